"""The deployed process definitions, over REST v2 (search and XML exist nowhere else).

What a cluster does not know is asked once: a filter that was refused as unknown is never sent again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import WaitingDefinitions
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.wire import tenant_of
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.identifiers import DefinitionKey, TenantId
from apify_camunda.json_types import Json, JsonObject

log = logging.getLogger(__name__)

PAGE_SIZE = 200
MAX_PAGES = 500
"""The most pages, for a server that repeats its page; no cluster has 100,000 definitions."""

_SEARCH = "/process-definitions/search"


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

    async def told_cluster_id(self) -> str | None:
        """Return what the cluster calls itself, by its topology; see ProcessCatalog."""
        topology = await self._rest.ask_json("GET", "/topology")
        told = topology.get("clusterId") if isinstance(topology, dict) else None
        return told if isinstance(told, str) and told else None

    async def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        """Yield the newest version of every active process; see ProcessCatalog."""
        async for item in self._pages(_SEARCH, {"isLatestVersion": True}, self._search_active):
            definition = _definition_or_none(item)
            if definition is None:
                # Its process is asked for alone before it counts as gone.
                log.warning("definition in a list was unreadable")
                continue
            yield definition

    async def waiting_definitions(self) -> WaitingDefinitions | None:
        """Return the definitions with message subscriptions, where they are listed; see ProcessCatalog.

        A subscription that does not interrupt shows as CORRELATED after its first message, though it waits on
        (seen on 8.8.21); so does one that is over.
        """
        if not self._knows_statistics:
            return None
        try:
            surely = await self._with_subscriptions("CREATED")
            return WaitingDefinitions(surely, await self._with_subscriptions("CORRELATED") - surely)
        except EngineUnavailable as error:
            if error.code != ErrorCode.ENGINE_UNIMPLEMENTED:
                raise
            self._knows_statistics = False
            return None

    async def has_instances(self, key: DefinitionKey) -> bool:
        """Say whether instances of a definition are alive; see ProcessCatalog."""
        wanted: dict[str, Json] = {"processDefinitionKey": str(key), "state": "ACTIVE"}
        question: JsonObject = {"filter": wanted, "page": {"limit": 1}}
        return bool(_items(await self._search("/process-instances/search", question)))

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
        items = _items(await self._search_active(_SEARCH, _newest_of(process_id, tenant_id)))
        return _definition(items[0]) if items else None

    async def shows_process(self, process_id: str, tenant_id: TenantId) -> bool:
        """Say whether any version of a process is shown; see ProcessCatalog."""
        return bool(_items(await self._search(_SEARCH, _newest_of(process_id, tenant_id))))

    async def _search_active(self, path: str, question: JsonObject) -> Any:
        """Search among the active definitions; among all, once the cluster has refused `state` as unknown."""
        if not self._knows_state:
            return await self._search(path, question)
        wanted = cast("JsonObject", question["filter"])
        try:
            return await self._search(path, {**question, "filter": {**wanted, "state": "ACTIVE"}})
        except EngineRejected as error:
            if "[filter.state]" not in error.message:
                raise
            self._knows_state = False
            return await self._search(path, question)

    async def _search(self, path: str, question: JsonObject) -> Any:
        return await self._rest.ask_json("POST", path, question)

    async def _with_subscriptions(self, state: str) -> frozenset[DefinitionKey]:
        path = "/process-definitions/statistics/message-subscriptions"
        found = [
            key
            async for item in self._pages(path, {"messageSubscriptionState": state}, self._search)
            if (key := _key_or_none(item)) is not None
        ]
        return frozenset(found)

    async def _pages(
        self, path: str, wanted: JsonObject, search: Callable[[str, JsonObject], Awaitable[Any]]
    ) -> AsyncIterator[Any]:
        """Yield the items of all pages, following `endCursor` until a page is empty or has none."""
        page: dict[str, Json] = {"limit": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            answer = await search(path, {"filter": wanted, "page": page})
            items = _items(answer)
            for item in items:
                yield item
            cursor = (answer.get("page") or {}).get("endCursor")
            if not items or not cursor or cursor == page.get("after"):
                return
            page = {"limit": PAGE_SIZE, "after": cursor}
        raise EngineUnavailable(
            f"{path} did not end after {MAX_PAGES} pages of {PAGE_SIZE}; what was read is not the whole."
        )


def _newest_of(process_id: str, tenant_id: TenantId) -> JsonObject:
    return {
        "filter": {"processDefinitionId": process_id, "tenantId": tenant_id},
        "sort": [{"field": "version", "order": "DESC"}],
        "page": {"limit": 1},
    }


def _items(answer: Any) -> list[Any]:
    """Return the items of a search.

    Raises:
        EngineUnavailable: The answer has none, so it is not the engine's; an empty list would say much more.
    """
    items = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise EngineUnavailable("A search was answered without items; the answer is not Camunda's.")
    return items


def _definition(item: Any) -> ProcessDefinition:
    definition = _definition_or_none(item)
    if definition is None:
        raise EngineUnavailable("Camunda answered with a definition that cannot be read.")
    return definition


def _definition_or_none(item: Any) -> ProcessDefinition | None:
    try:
        return ProcessDefinition(
            key=DefinitionKey(int(item["processDefinitionKey"])),
            process_id=item["processDefinitionId"],
            name=item.get("name"),
            version=int(item["version"]),
            tenant_id=tenant_of(item.get("tenantId")),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _key_or_none(item: Any) -> DefinitionKey | None:
    try:
        return DefinitionKey(int(item["processDefinitionKey"]))
    except (KeyError, TypeError, ValueError):
        return None
