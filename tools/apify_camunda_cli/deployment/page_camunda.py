"""Camunda as the page shows it, over REST v2: definitions, instances with tokens, incidents, variables."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.errors import EngineRejected, ErrorCode
from live_page import PageError

from apify_camunda_cli.deployment.page_instances import Around, Instance
from apify_camunda_cli.deployment.page_searches import MOST_ROWS, PageSearches
from apify_camunda_cli.formatting import json_value, one_line

MOST_DEFINITIONS: Final = 500
_LONGEST_WORDS: Final = 1_000
_AROUND_A_REASON: Final = re.compile(
    r"\APOST /v2/deployments was answered \d+ [^:]*:\s*"
    r"(Command '[^']*' rejected with code '[^']*':\s*)?"
    r"(Expected to deploy new resources, but encountered the following errors:\s*)?"
)
"""What Camunda's answer to a deployment says before the reason."""
_TOO_LARGE: Final = (
    "The variables take {size} bytes, which is too large for Camunda: all that a start writes must fit into "
    "one message of the cluster (4 MB by default). Start it with smaller variables, for example with the id "
    "of a dataset in place of its items."
)
_STATES: Final = ("ACTIVE", "COMPLETED", "TERMINATED")
_OPEN_JOBS: Final = ("CREATED", "FAILED", "RETRIES_UPDATED", "TIMED_OUT", "ERROR_THROWN")


@dataclass(frozen=True, slots=True)
class Definition:
    """A deployed version of a process."""

    key: str
    process_id: str
    version: int
    name: str
    tenant_id: str
    resource_name: str
    is_latest: bool


class PageCamunda:
    """Reads and changes a cluster for the page; every method may raise ConnectorError."""

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest
        self._xml: dict[str, str] = {}
        self._searches = PageSearches(rest)

    async def definitions(self) -> Sequence[Definition]:
        """Return the deployed definitions, newest first."""
        rows = await self._searches.rows("process-definitions", {}, "processDefinitionKey", MOST_DEFINITIONS)
        newest: dict[tuple[str, str], int] = {}
        for row in rows:
            name = (row.get("tenantId") or "", row["processDefinitionId"])
            newest[name] = max(newest.get(name, 0), int(row["version"]))
        return [
            Definition(
                key=str(row["processDefinitionKey"]),
                process_id=row["processDefinitionId"],
                version=int(row["version"]),
                name=row.get("name") or row["processDefinitionId"],
                tenant_id=row.get("tenantId") or "",
                resource_name=row.get("resourceName") or "",
                is_latest=newest[row.get("tenantId") or "", row["processDefinitionId"]]
                == int(row["version"]),
            )
            for row in rows
        ]

    async def xml(self, key: str) -> str:
        """Return the BPMN XML of a definition.

        Raises:
            PageError: There is no such definition.
        """
        if key not in self._xml:
            _check_key(key)
            try:
                answer = await self._rest.ask("GET", f"/process-definitions/{key}/xml", accept="text/xml")
            except EngineRejected as error:
                raise PageError(404, f"There is no process definition with the key {key}.") from error
            self._xml[key] = answer.text
        return self._xml[key]

    async def counts(self, keys: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
        """Return how many instances and incidents each definition has."""
        wanted = list(keys)
        found = await asyncio.gather(*(self._counts(key) for key in wanted))
        return dict(zip(wanted, found, strict=True))

    async def deploy(self, file_name: str, content: str) -> list[dict[str, Any]]:
        """Deploy a file and return the processes in it.

        Raises:
            PageError: Camunda refuses the file; the message begins with what is wrong.
        """
        try:
            answer = await self._rest.upload(
                "/deployments", {file_name: content.encode(errors="replace")}, {}
            )
        except EngineRejected as error:
            raise PageError(409, one_line(_AROUND_A_REASON.sub("", error.message), _LONGEST_WORDS)) from error
        found = (item.get("processDefinition") for item in answer["deployments"])
        return [
            {
                "processId": each["processDefinitionId"],
                "version": int(each["processDefinitionVersion"]),
                "key": str(each["processDefinitionKey"]),
            }
            for each in found
            if each
        ]

    async def start(self, key: str, variables: Mapping[str, Any]) -> str:
        """Start an instance of a definition and return its key.

        Raises:
            PageError: The variables are too large.
        """
        _check_key(key)
        body: dict[str, Any] = {"processDefinitionKey": key, "variables": dict(variables)}
        try:
            answer = await self._rest.ask_json("POST", "/process-instances", body)
        except EngineRejected as error:
            if error.code != ErrorCode.PAYLOAD_TOO_LARGE:
                raise
            size = len(json.dumps(body["variables"]).encode())
            raise PageError(409, _TOO_LARGE.format(size=size)) from error
        return str(answer["processInstanceKey"])

    async def cancel(self, key: str) -> None:
        """Cancel an instance."""
        _check_key(key)
        await self._rest.ask("POST", f"/process-instances/{key}/cancellation", {})

    async def resolve_incident(self, key: str, retries: int | None) -> None:
        """Resolve an incident; its job gets one retry where none are given, as it could not go on without."""
        _check_key(key)
        found = await self._searches.rows("incidents", {"incidentKey": key}, "incidentKey", 1)
        job = found[0].get("jobKey") if found else None
        if job is not None:
            await self._rest.ask("PATCH", f"/jobs/{job}", {"changeset": {"retries": retries or 1}})
        await self._rest.ask("POST", f"/incidents/{key}/resolution", {})

    async def instances(self, process_key: str | None, limit: int) -> tuple[list[Instance], int]:
        """Return the newest instances, and how many there are."""
        wanted: dict[str, Any] = {}
        if process_key is not None:
            _check_key(process_key)
            wanted["processDefinitionKey"] = process_key
        page = await self._searches.page("process-instances", wanted, "processInstanceKey", limit)
        rows = page["items"]
        elements, incidents, jobs, waiting = await asyncio.gather(
            self._searches.rows_if_there("element-instances", wanted, "processInstanceKey"),
            self._searches.rows_if_there("incidents", {**wanted, "state": "ACTIVE"}, "incidentKey"),
            self._jobs(wanted),
            self._subscriptions({}),
        )
        around = Around(elements, incidents, jobs, waiting)
        total = int((page.get("page") or {}).get("totalItems") or len(rows))
        return [around.instance(row) for row in rows], total

    async def waiting(self, row: Mapping[str, Any]) -> Instance:
        """Return an instance with what it waits for, from its own row; its incidents are left out."""
        of = {"processInstanceKey": str(row["processInstanceKey"])}
        elements, jobs, waiting = await asyncio.gather(
            self._searches.rows_if_there("element-instances", of, "elementInstanceKey"),
            self._jobs(of),
            self._subscriptions(of),
        )
        return Around(elements, (), jobs, waiting).instance(row)

    async def instances_with_resolved_incidents(self) -> frozenset[str]:
        """Return the keys of instances of which an incident was resolved."""
        rows = await self._searches.rows("incidents", {"state": "RESOLVED"}, "incidentKey", MOST_ROWS)
        return frozenset(str(row.get("processInstanceKey")) for row in rows)

    async def variables(self, instance_key: str) -> list[dict[str, Any]]:
        """Return the variables of an instance with the element in whose scope each is."""
        _check_key(instance_key)
        wanted = {"processInstanceKey": instance_key}
        rows, elements = await asyncio.gather(
            self._searches.rows("variables", wanted, "name", MOST_ROWS, query="?truncateValues=false"),
            self._searches.rows("element-instances", wanted, "elementInstanceKey", MOST_ROWS),
        )
        scopes = {str(row["elementInstanceKey"]): row["elementId"] for row in elements}
        return [
            {
                "name": row["name"],
                "value": json_value(row.get("value")),
                "scope": scopes.get(str(row["scopeKey"]), ""),
            }
            for row in rows
        ]

    async def open_subscriptions(
        self, definition: Definition, element_id: str
    ) -> Sequence[Mapping[str, Any]]:
        """Return the subscriptions of the definition's instances that wait at an element."""
        rows = await self._searches.rows(
            "message-subscriptions",
            {"processDefinitionId": definition.process_id, "elementId": element_id},
            "messageSubscriptionKey",
            MOST_ROWS,
        )
        return [
            row
            for row in rows
            if row.get("messageSubscriptionState") == "CREATED"
            and str(row.get("processDefinitionKey") or definition.key) == definition.key
        ]

    async def reached_keys(self, names: Collection[str]) -> frozenset[tuple[str, str]]:
        """Return names and keys of messages that reached an instance, or for which one waits or waited.

        Args:
            names: The names of messages that are looked at.
        """
        if not names:
            return frozenset()
        wanted = {"messageName": {"$in": sorted(names)}}
        found = await asyncio.gather(
            self._searches.rows_if_there("correlated-message-subscriptions", wanted, "messageKey"),
            self._searches.rows_if_there("message-subscriptions", wanted, "messageSubscriptionKey"),
        )
        return frozenset(
            (row["messageName"], row.get("correlationKey") or "") for rows in found for row in rows
        )

    async def _jobs(self, of: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        wanted = {**of, "state": {"$in": list(_OPEN_JOBS)}}
        return await self._searches.rows_if_there("jobs", wanted, "jobKey")

    async def _subscriptions(self, of: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        wanted = {**of, "messageSubscriptionState": "CREATED"}
        return await self._searches.rows_if_there("message-subscriptions", wanted, "messageSubscriptionKey")

    async def _counts(self, key: str) -> dict[str, int]:
        asked = [
            self._searches.total("process-instances", {"processDefinitionKey": key, "state": state})
            for state in _STATES
        ]
        asked.append(
            self._searches.total_if_there("incidents", {"processDefinitionKey": key, "state": "ACTIVE"})
        )
        active, completed, terminated, incidents = await asyncio.gather(*asked)
        return {
            "active": active,
            "completed": completed,
            "terminated": terminated,
            "incidents": incidents,
        }


def _check_key(key: str) -> None:
    if not (key.isascii() and key.isdecimal()) or len(key) > 19:
        raise PageError(404, f"{key[:80]!r} is no key of Camunda.")
