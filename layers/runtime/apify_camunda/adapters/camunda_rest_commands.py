"""What an event asks of the engine, over REST v2: messages, instances, and questions about both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apify_camunda.contracts.commands import (
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
)
from apify_camunda.contracts.json_types import Json, JsonObject
from apify_camunda.errors import EngineRejected, EngineUnavailable

from .camunda_rest import CamundaRest


class RestCommands:
    """EngineCommands and InstanceSearch over REST v2."""

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest
        self._knows_tags = True

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        body: JsonObject = {
            "name": command.name,
            "correlationKey": command.correlation_key,
            "timeToLive": _milliseconds(command.time_to_live),
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

    async def start_process(self, command: StartProcess) -> InstanceCreated:
        """Create an instance of exactly this definition; see EngineCommands.

        The tag is left out for good once the cluster has refused it as unknown (before 8.8).
        """
        body: JsonObject = {
            "processDefinitionKey": str(command.definition_key),
            "variables": command.variables,
            "tenantId": command.tenant_id,
        }
        if self._knows_tags:
            body["tags"] = [command.tag]
        try:
            answer = await self._rest.ask_json("POST", "/process-instances", body)
        except EngineRejected as error:
            if not self._knows_tags or not _says_unknown(error, "tags"):
                raise
            self._knows_tags = False
            return await self.start_process(command)
        return InstanceCreated(int(answer["processInstanceKey"]))

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

    async def _search(self, path: str, filters: dict[str, Json], *, limit: int) -> Any:
        """Return the first page of a search.

        Raises:
            EngineRejected: This cluster has no such search; waiting for it is in vain.
        """
        try:
            return await self._rest.ask_json("POST", path, {"filter": filters, "page": {"limit": limit}})
        except EngineUnavailable as error:
            if error.code == "ENGINE_UNIMPLEMENTED":
                raise EngineRejected(error.message, rejection="NOT_OFFERED") from error
            raise


def _says_unknown(error: EngineRejected, name: str) -> bool:
    """Say whether the cluster refused the request because it does not know the property `name`."""
    return error.rejection == "INVALID_ARGUMENT" and f"[{name}]" in error.message


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
