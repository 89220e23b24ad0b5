"""What an event asks of the engine, over REST v2: messages, instances, and questions about both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apify_camunda.camunda.model import (
    InstanceAlreadyCreated,
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
    StartResult,
)
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.wire import milliseconds
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.identifiers import TenantId
from apify_camunda.json_types import Json, JsonObject

_PARTITION_SHIFT = 51
"""A key is the number of its partition, then 51 bits that the partition counts.

Source: Camunda's Protocol.java, KEY_BITS
"""
_PROCESS_NAMES = ("processDefinitionId", "processDefinitionVersion")
_PROCESS_NAMES_BEFORE_8_8 = ("bpmnProcessId", "version")
_EVIDENCE_PAGE = 200
_EVIDENCE_PAGES = 5
_BUSINESS_IDS_SINCE = (8, 9)
_VERSION_DEADLINE_S = 2.0
"""A start does not wait longer for the cluster's version; it goes without a business id then."""

_ENDED = frozenset({"COMPLETED", "TERMINATED"})
"""The states of an element instance that does not come back."""


class RestCommands:
    """EngineCommands, InstanceSearch and ElementSearch over REST v2."""

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest
        self._knows_tags = True
        self._knows_business_ids: bool | None = None
        self._process_names = _PROCESS_NAMES

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        body: JsonObject = {
            "name": command.name,
            "correlationKey": command.correlation_key,
            "timeToLive": milliseconds(command.time_to_live),
            "variables": command.variables,
            "tenantId": command.tenant_id,
        }
        if command.message_id:
            body["messageId"] = command.message_id
        try:
            answer = await self._rest.ask_json("POST", "/messages/publication", body)
        except EngineRejected as error:
            if error.rejection == "ALREADY_EXISTS":
                return MessageAlreadyPublished()
            raise
        return MessagePublished(int(answer["messageKey"]))

    async def start_process(self, command: StartProcess) -> StartResult:
        """Create an instance of exactly this version; see EngineCommands.

        The tag is left out for good once the cluster has refused it as unknown (before 8.8); likewise a
        process has its older names in the request once the cluster has asked for them. The business id is
        sent where the cluster's version knows it, and left out for good where it is refused as unknown.
        """
        process_id, version = self._process_names
        body: JsonObject = {
            process_id: command.process_id,
            version: command.version,
            "variables": command.variables,
            "tenantId": command.tenant_id,
        }
        if self._knows_tags:
            body["tags"] = [command.tag]
        if command.business_id is not None and await self._takes_business_ids():
            body["businessId"] = command.business_id
        try:
            answer = await self._rest.ask_json("POST", "/process-instances", body)
        except EngineRejected as error:
            if "businessId" in body and error.rejection == "ALREADY_EXISTS":
                return InstanceAlreadyCreated()
            if self._knows_tags and _says_unknown(error, "tags"):
                self._knows_tags = False
            elif "businessId" in body and _says_unknown(error, "businessId"):
                self._knows_business_ids = False
            elif self._process_names is _PROCESS_NAMES and _asks_for(error, _PROCESS_NAMES_BEFORE_8_8[0]):
                self._process_names = _PROCESS_NAMES_BEFORE_8_8
            else:
                raise
            return await self.start_process(command)
        return InstanceCreated(int(answer["processInstanceKey"]))

    async def _takes_business_ids(self) -> bool:
        """Say whether the cluster's version knows business ids; one that does not tell is asked again."""
        if self._knows_business_ids is None:
            try:
                topology = await self._rest.ask_json("GET", "/topology", deadline_s=_VERSION_DEADLINE_S)
            except (EngineRejected, EngineUnavailable):
                return False
            self._knows_business_ids = _minor_version(topology) >= _BUSINESS_IDS_SINCE
        return self._knows_business_ids

    async def instances_with_tag(self, tag: str) -> Sequence[int]:
        """Return the instances that carry `tag`; see InstanceSearch."""
        filters: dict[str, Json] = {"tags": [tag]}
        answer = await self._search("/process-instances/search", filters, limit=10)
        return [int(item["processInstanceKey"]) for item in answer["items"]]

    async def message_was_correlated(self, command: PublishMessage, *, since: datetime) -> bool:
        """Say whether such a message was correlated at or after `since`; see InstanceSearch."""
        filters: dict[str, Json] = {
            "messageName": command.name,
            "correlationKey": command.correlation_key,
            "tenantId": command.tenant_id,
            "correlationTime": {"$gte": since.isoformat(timespec="milliseconds")},  # cut as the cluster's are
        }
        answer = await self._search("/correlated-message-subscriptions/search", filters, limit=1)
        return bool(answer["items"])

    async def shows_all_before(self, moment: datetime, *, process_id: str, tenant_id: TenantId) -> bool:
        """Say whether the search surely shows what happened before `moment`; see InstanceSearch.

        Of a busy cluster only the first pages are read: a partition that is in none of them lags behind.
        """
        visible: dict[str, Json] = {"processDefinitionId": process_id, "tenantId": tenant_id}
        if not (await self._search("/process-instances/search", visible, limit=1))["items"]:
            return False
        topology = await self._rest.ask_json("GET", "/topology")
        unseen = set(range(1, int(topology["partitionsCount"]) + 1))
        since: dict[str, Json] = {"startDate": {"$gte": moment.isoformat(timespec="milliseconds")}}
        after: str | None = None
        for _ in range(_EVIDENCE_PAGES):
            answer = await self._search(
                "/element-instances/search", since, limit=_EVIDENCE_PAGE, after=after, sort="startDate"
            )
            unseen -= {int(item["elementInstanceKey"]) >> _PARTITION_SHIFT for item in answer["items"]}
            after = answer["page"].get("endCursor")
            if not unseen or not answer["items"] or not after:
                break
        return not unseen

    async def element_has_ended(self, element_instance_key: int) -> bool:
        """Say whether an element was completed or terminated; see ElementSearch."""
        filters: dict[str, Json] = {"elementInstanceKey": str(element_instance_key)}
        answer = await self._search("/element-instances/search", filters, limit=1)
        return any(item.get("state") in _ENDED for item in answer["items"])

    async def _search(
        self,
        path: str,
        filters: dict[str, Json],
        *,
        limit: int,
        after: str | None = None,
        sort: str | None = None,
    ) -> Any:
        """Return a page of a search, the first unless `after` has the cursor of the one before.

        Raises:
            EngineRejected: This cluster has no such search, and waiting does not help.
        """
        question: dict[str, Json] = {"filter": filters, "page": {"limit": limit}}
        if after is not None:
            question["page"] = {"limit": limit, "after": after}
        if sort is not None:
            question["sort"] = [{"field": sort, "order": "ASC"}]
        try:
            return await self._rest.ask_json("POST", path, question)
        except EngineUnavailable as error:
            if error.code == ErrorCode.ENGINE_UNIMPLEMENTED:
                raise EngineRejected(error.message, rejection="NOT_OFFERED") from error
            raise


def _minor_version(topology: Any) -> tuple[int, int]:
    """Return the version of the gateway, for example (8, 10); (0, 0) where it tells none."""
    told = topology.get("gatewayVersion") if isinstance(topology, dict) else None
    found = re.match(r"(\d+)\.(\d+)", told) if isinstance(told, str) else None
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _asks_for(error: EngineRejected, name: str) -> bool:
    """Say whether the cluster refused the request because it misses the property `name`."""
    return error.rejection == "INVALID_ARGUMENT" and name in error.message


def _says_unknown(error: EngineRejected, name: str) -> bool:
    """Say whether the cluster refused the request because it does not know the property `name`."""
    return error.rejection == "INVALID_ARGUMENT" and f"[{name}]" in error.message
