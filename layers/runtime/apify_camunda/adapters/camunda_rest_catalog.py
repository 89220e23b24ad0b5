"""The deployed process definitions, over REST v2 (search and XML exist nowhere else).

What a cluster does not know is asked once: a filter that was refused as unknown is never sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from apify_camunda.contracts.element import ProcessDefinition
from apify_camunda.contracts.json_types import DefinitionKey, Json, JsonObject, TenantId
from apify_camunda.errors import EngineRejected

from .camunda_rest import CamundaRest

PAGE_SIZE = 200
MAX_PAGES = 500
"""A server that repeats its page would be asked for ever; 100,000 definitions are more than clusters have."""


class RestCatalog:
    """ProcessCatalog over REST v2.

    Args:
        cluster_id: What names the cluster in our rows; keys mean nothing beyond it.
    """

    def __init__(self, rest: CamundaRest, *, cluster_id: str) -> None:
        self._rest = rest
        self._cluster_id = cluster_id
        self._knows_state = True
        self._knows_statistics = True

    @property
    def sees_undeployed(self) -> bool:
        """Say whether definitions that were deleted disappear from the catalogue."""
        return self._knows_state

    async def cluster_id(self) -> str:
        """Return what names this cluster in our rows."""
        return self._cluster_id

    async def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        """Yield the newest version of every active process; see ProcessCatalog."""
        try:
            async for item in self._pages("/process-definitions/search", self._latest_filter()):
                yield _definition(item)
        except EngineRejected as error:
            if not self._knows_state or "[filter.state]" not in error.message:
                raise
            self._knows_state = False
            async for item in self._pages("/process-definitions/search", self._latest_filter()):
                yield _definition(item)

    async def waiting_definitions(self, known: Sequence[DefinitionKey]) -> frozenset[DefinitionKey]:
        """Return the definitions with waiting message subscriptions; see ProcessCatalog."""
        if self._knows_statistics:
            try:
                return await self._waiting_by_statistics()
            except EngineRejected as error:
                if error.rejection != "NOT_FOUND":
                    raise
                self._knows_statistics = False
        return frozenset([key for key in known if await self._is_waiting(key)])

    async def xml(self, key: DefinitionKey) -> str | None:
        """Return the BPMN XML; see ProcessCatalog."""
        try:
            answer = await self._rest.ask("GET", f"/process-definitions/{key}/xml", accept="text/xml")
        except EngineRejected as error:
            if error.rejection == "NOT_FOUND":
                return None
            raise
        return answer.text or None

    async def definition(self, key: DefinitionKey) -> ProcessDefinition | None:
        """Return one definition; see ProcessCatalog."""
        try:
            return _definition(await self._rest.ask_json("GET", f"/process-definitions/{key}"))
        except EngineRejected as error:
            if error.rejection == "NOT_FOUND":
                return None
            raise

    async def newest_active(self, process_id: str, tenant_id: TenantId) -> ProcessDefinition | None:
        """Return the newest active version of one process; see ProcessCatalog."""
        wanted: dict[str, Json] = {"processDefinitionId": process_id, "tenantId": tenant_id}
        if self._knows_state:
            wanted["state"] = "ACTIVE"
        question: JsonObject = {
            "filter": wanted,
            "sort": [{"field": "version", "order": "DESC"}],
            "page": {"limit": 1},
        }
        answer = await self._rest.ask_json("POST", "/process-definitions/search", question)
        return _definition(answer["items"][0]) if answer["items"] else None

    def _latest_filter(self) -> JsonObject:
        wanted: dict[str, Json] = {"isLatestVersion": True}
        if self._knows_state:
            wanted["state"] = "ACTIVE"
        return wanted

    async def _waiting_by_statistics(self) -> frozenset[DefinitionKey]:
        path = "/process-definitions/statistics/message-subscriptions"
        found = [
            DefinitionKey(int(item["processDefinitionKey"]))
            async for item in self._pages(path, {"messageSubscriptionState": "CREATED"})
        ]
        return frozenset(found)

    async def _is_waiting(self, key: DefinitionKey) -> bool:
        """Say whether instances of this definition are alive: on 8.8 they stand for their subscriptions."""
        wanted: dict[str, Json] = {"processDefinitionKey": str(key), "state": "ACTIVE"}
        answer = await self._rest.ask_json(
            "POST", "/process-instances/search", {"filter": wanted, "page": {"limit": 1}}
        )
        return bool(answer["items"])

    async def _pages(self, path: str, wanted: JsonObject) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of all pages, following `endCursor` until a page is empty or has none."""
        page: dict[str, Json] = {"limit": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            answer = await self._rest.ask_json("POST", path, {"filter": wanted, "page": page})
            items = answer.get("items") or []
            for item in items:
                yield item
            cursor = (answer.get("page") or {}).get("endCursor")
            if not items or not cursor or cursor == page.get("after"):
                return
            page = {"limit": PAGE_SIZE, "after": cursor}


def _definition(item: dict[str, Any]) -> ProcessDefinition:
    return ProcessDefinition(
        key=DefinitionKey(int(item["processDefinitionKey"])),
        process_id=item["processDefinitionId"],
        name=item.get("name"),
        version=int(item["version"]),
        tenant_id=TenantId(item.get("tenantId") or "<default>"),
    )
