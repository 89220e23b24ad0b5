"""The page over a deployment: its cluster, ledger and registry, read-only unless changes are allowed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from apify_camunda import __version__
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ConnectorError, InvalidInput
from apify_camunda.expressions.masking import MASK
from apify_camunda.identifiers import EventId, TenantId
from apify_camunda.inbound.ports import ConditionTrouble
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.element_report import DELETION_NOT_SEEN, INACTIVE
from apify_camunda.registration.domain.model_warnings import ModelWarning, model_warnings
from live_page import May, PageError, masked_text
from live_page.sources import JsonObject

from apify_camunda_cli.deployment.commands.webhooks import trouble_text
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_camunda import Definition, PageCamunda
from apify_camunda_cli.deployment.page_correction import check_unmasked, corrected, process_ids
from apify_camunda_cli.deployment.page_elements import PageElement, read_elements, shown_properties
from apify_camunda_cli.deployment.page_hints import Hints
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_room import PageRoom
from apify_camunda_cli.deployment.page_waiting import waits_for, webhook_of

INBOUND_TYPE: Final = "io.camunda:apify-inbound:1"
OUTBOUND_TYPE: Final = "io.camunda:apify-outbound:1"
_OPERATION: Final = "operation.type"
_REGISTERED: Final = "registered"
_STATUS_TEXTS: Final = {
    "registered": "Its webhook is registered; events reach it.",
    "waiting": "It waits: a service does not answer, or something is still missing.",
    "faulty": "It gets no events: a person must correct something.",
    "ready": "Its jobs are carried out by the poller.",
    INACTIVE: "It gets no events: a newer version of the process is deployed, or this one was deleted.",
    "unknown": "It has not been looked at yet.",
}


class DeploymentPage:
    """A PageSource over a deployment.

    Args:
        room: Where its stores and clients are used.
        ledger: How its ledger is read.
        allows_changes: Whether events may be replayed and resolved, and directions paused.
    """

    def __init__(self, room: PageRoom, ledger: PageLedger, *, allows_changes: bool) -> None:
        self.room = room
        self.ledger_view = ledger
        self._allows_changes = allows_changes
        self._camunda: PageCamunda | None = None
        self._secrets: Collection[str] | None = None

    @property
    def may(self) -> May:
        """Which writes are allowed."""
        return May(ledger=self._allows_changes, pause=self._allows_changes)

    def secret_values(self) -> Collection[str]:
        """Return the values that no answer may hold; none where the identity may not read them."""
        if self._secrets is None:
            try:
                self._secrets = self.room.run(_secret_values)
            except PageError:
                self._secrets = ()
        return self._secrets

    def state(self) -> JsonObject:
        """Return what the head of the page shows."""
        deployment = self.room.container.deployment
        return {
            "mode": "stack",
            "title": deployment.name,
            "version": __version__,
            "addresses": _addresses(deployment.environment),
            "examples": [],
            "paused": self.room.run(self.ledger_view.paused),
        }

    def processes(self) -> JsonObject:
        """Return the deployed processes with their elements."""
        return self.room.run(self._processes)

    def process_xml(self, key: str) -> str:
        """Return the BPMN XML of a definition."""

        async def work(container: Container) -> str:
            return await self.camunda(container).xml(key)

        return self.room.run(work)

    def element(self, key: str, element_id: str) -> JsonObject:
        """Return one element with its properties, what it waits for, and its last verdicts."""

        async def work(container: Container) -> JsonObject:
            return await self._element(container, key, element_id)

        return self.room.run(work)

    def deploy(self, file_name: str, content: str) -> JsonObject:
        """Deploy a BPMN file.

        Raises:
            PageError: It has a mask where the deployed version has a secret value.
        """
        mask = self._mask()

        async def work(container: Container) -> JsonObject:
            camunda, names = self.camunda(container), process_ids(content)
            for each in await camunda.definitions() if MASK in content else ():
                if each.is_latest and each.process_id in names:
                    check_unmasked(content, await camunda.xml(each.key), mask=mask)
            return {"processes": await camunda.deploy(file_name, content)}

        return self.room.run(work)

    def correct(self, key: str, element_id: str, name: str, value: str) -> JsonObject:
        """Deploy a definition once more with another value of one property of an element.

        Raises:
            PageError: There is no such element or property, or the value cannot be written.
        """
        mask = self._mask()

        async def work(container: Container) -> JsonObject:
            camunda = self.camunda(container)
            definition, _ = await self._found(container, key, element_id)
            content = corrected(await camunda.xml(key), element_id, name, value, mask=mask)
            return {"processes": await camunda.deploy(definition.resource_name, content)}

        return self.room.run(work)

    def load_example(self, name: str) -> JsonObject:
        """Refuse: examples are for local worlds.

        Raises:
            PageError: Always.
        """
        raise PageError(404, f"There is no example {name[:80]}; only a local page has examples.")

    def start(self, key: str, variables: Mapping[str, Any]) -> JsonObject:
        """Start an instance of a definition."""

        async def work(container: Container) -> JsonObject:
            return {"instanceKey": await self.camunda(container).start(key, variables)}

        return self.room.run(work)

    def instances(self, process_key: str | None, limit: int) -> JsonObject:
        """Return instances, newest first."""

        async def work(container: Container) -> JsonObject:
            found, total = await self.camunda(container).instances(process_key, limit)
            hints = await self._hints(container, [row for each in found for row in each.messages])
            return {"items": [each.to_json(hints) for each in found], "total": total}

        return self.room.run(work)

    def variables(self, instance_key: str) -> JsonObject:
        """Return the variables of an instance with their scopes."""

        async def work(container: Container) -> JsonObject:
            return {"items": await self.camunda(container).variables(instance_key)}

        return self.room.run(work)

    def cancel(self, instance_key: str) -> None:
        """Cancel an instance."""
        self.room.run(lambda container: self.camunda(container).cancel(instance_key))

    def resolve_incident(self, incident_key: str, retries: int | None) -> None:
        """Resolve an incident, after its job got so many retries."""
        self.room.run(lambda container: self.camunda(container).resolve_incident(incident_key, retries))

    def apify(self) -> JsonObject:
        """Return that Apify's side is not shown; the Apify Console shows it."""
        return {
            "available": False,
            "actors": [],
            "tasks": [],
            "runs": [],
            "webhooks": [],
            "deliveries": [],
        }

    def start_run(self, actor_id: str | None, task_id: str | None, given: Any) -> JsonObject:
        """Refuse: runs of a real Apify are started in its Console.

        Raises:
            PageError: Always.
        """
        del actor_id, task_id, given
        raise _not_emulated()

    def finish_run(self, run_id: str, status: str) -> None:
        """Refuse: runs of a real Apify end by themselves.

        Raises:
            PageError: Always.
        """
        del run_id, status
        raise _not_emulated()

    def repeat_delivery(self, delivery_id: str) -> None:
        """Refuse: a real Apify repeats deliveries by itself.

        Raises:
            PageError: Always.
        """
        del delivery_id
        raise _not_emulated()

    def test_webhook(self, webhook_id: str) -> None:
        """Refuse: webhooks of a real Apify are tried in its Console.

        Raises:
            PageError: Always.
        """
        del webhook_id
        raise _not_emulated()

    def events(self, limit: int, cursor: str | None) -> JsonObject:
        """Return events, newest first."""
        return self.room.run(lambda container: self.ledger_view.events(container, limit, cursor))

    def event(self, event_id: str) -> JsonObject:
        """Return one event with its payload and its verdicts."""
        return self.room.run(lambda container: self.ledger_view.event(container, EventId(event_id)))

    def replay(self, event_id: str) -> JsonObject:
        """Try again what was rejected of an event."""
        return self.room.run(lambda container: self.ledger_view.replay(container, EventId(event_id)))

    def resolve_event(self, event_id: str, *, happened: bool) -> JsonObject:
        """Say how the doubts of an event ended."""
        return self.room.run(
            lambda container: self.ledger_view.resolve(container, EventId(event_id), happened=happened)
        )

    def ledger(self) -> JsonObject:
        """Return effects by state, doubts, queues and attempts."""
        return self.room.run(self._ledger)

    def set_paused(self, direction: str, *, paused: bool) -> JsonObject:
        """Pause or resume a direction."""
        return self.room.run(
            lambda container: self.ledger_view.set_paused(container, direction, paused=paused)
        )

    def save(self) -> bytes:
        """Refuse: only a local world can be repeated.

        Raises:
            PageError: Always.
        """
        raise PageError(404, "Only a local page can be saved.")

    def camunda(self, container: Container) -> PageCamunda:
        """Return the cluster."""
        if self._camunda is None:
            self._camunda = PageCamunda(container.transports.rest)
        return self._camunda

    async def _hints(self, container: Container, waiting: Sequence[Mapping[str, Any]]) -> Hints:
        """Return what became of events, for open subscriptions."""
        if not waiting:
            return Hints()
        hints = await self.ledger_view.hints(container)
        names = {row["messageName"] for row in waiting} & hints.published.keys()
        return replace(hints, reached=await self.camunda(container).reached_keys(names))

    async def _ledger(self, container: Container) -> JsonObject:
        """Return the summary of the ledger; the operation of an attempt is that of its element now."""
        summary = await self.ledger_view.summary(container)
        if summary["attempts"]:
            operations: dict[tuple[str, str], str] = {}
            for definition in await self.camunda(container).definitions():
                for element in await self._elements(container, definition):
                    name = definition.process_id, element.id
                    operations.setdefault(name, dict(element.properties).get(_OPERATION, ""))
            for attempt in summary["attempts"]:
                attempt["operation"] = operations.get((attempt["processId"], attempt["elementId"]), "")
        return summary

    async def _processes(self, container: Container) -> JsonObject:
        camunda = self.camunda(container)
        definitions = await camunda.definitions()
        counts = await camunda.counts(each.key for each in definitions)
        registered = await _Registered.read(container)
        return {
            "items": [
                {
                    "key": each.key,
                    "processId": each.process_id,
                    "version": each.version,
                    "name": each.name,
                    "tenantId": each.tenant_id,
                    "resourceName": each.resource_name,
                    "isLatest": each.is_latest,
                    "counts": counts[each.key],
                    **await self._shown_elements(container, each, registered),
                }
                for each in definitions
            ]
        }

    async def _shown_elements(
        self, container: Container, definition: Definition, registered: _Registered
    ) -> JsonObject:
        """Return the elements of a definition, and a note for each warning at another element."""
        elements = await self._elements(container, definition)
        warnings = await self._warnings(container, definition)
        names = {each.id for each in elements}
        return {
            "elements": [_noted(registered.shown(definition, each), warnings) for each in elements],
            "notes": [f"{each.element_id} {each.text}" for each in warnings if each.element_id not in names],
        }

    async def _warnings(self, container: Container, definition: Definition) -> Sequence[ModelWarning]:
        types = _types(container)
        try:
            xml = await self.camunda(container).xml(definition.key)
            return model_warnings(
                xml,
                definition.process_id,
                inbound_type=types["inbound_type"],
                job_type=types["outbound_type"],
            )
        except (InvalidInput, PageError):
            return ()

    async def _elements(self, container: Container, definition: Definition) -> tuple[PageElement, ...]:
        try:
            xml = await self.camunda(container).xml(definition.key)
            return read_elements(xml, definition.process_id, **_types(container))
        except (InvalidInput, PageError):
            return ()

    def _mask(self) -> Callable[[str], str]:
        """Return what masks a text; it must not be asked for inside the room."""
        secrets = self.secret_values()
        return lambda text: masked_text(text, secrets)

    async def _found(self, container: Container, key: str, element_id: str) -> tuple[Definition, PageElement]:
        definitions = await self.camunda(container).definitions()
        definition = next((each for each in definitions if each.key == key), None)
        if definition is None:
            raise PageError(404, f"There is no process definition with the key {key[:80]}.")
        elements = await self._elements(container, definition)
        found = next((each for each in elements if each.id == element_id), None)
        if found is None:
            raise PageError(
                404, f"No element {element_id[:80]!r} with a template of ours is in this process."
            )
        return definition, found

    async def _element(self, container: Container, key: str, element_id: str) -> JsonObject:
        definition, found = await self._found(container, key, element_id)
        registered = await _Registered.read(container)
        inbound = registered.inbound(definition, found)
        verdicts = [] if inbound is None else await self.ledger_view.verdicts_of(container, inbound)
        subscriptions = await self.camunda(container).open_subscriptions(definition, found.id)
        return {
            **_noted(registered.shown(definition, found), await self._warnings(container, definition)),
            "properties": shown_properties(found),
            "waitsFor": waits_for(found, subscriptions, await self._hints(container, subscriptions)),
            "webhook": None if inbound is None else await webhook_of(container, inbound),
            "verdicts": verdicts,
        }


class _Registered:
    """What the registry says of elements."""

    def __init__(
        self,
        statuses: Iterable[ElementStatus],
        definitions: Iterable[ScannedDefinition],
        troubles: Iterable[ConditionTrouble],
    ) -> None:
        self._statuses = {(each.tenant_id, each.element): each for each in statuses}
        self._definitions = {str(each.definition.key): each for each in definitions}
        self._troubles = {(each.tenant_id, each.element): each for each in troubles}

    @classmethod
    async def read(cls, container: Container) -> _Registered:
        """Return what the registry of the deployment says now."""
        cluster = container.cluster_id
        return cls(
            await container.registry.elements(cluster),
            (await container.registry.known_definitions(cluster)).values(),
            await container.conditions.troubles(),
        )

    def inbound(self, definition: Definition, element: PageElement) -> InboundElement | None:
        """Return an element as it listens, or None where it does not."""
        scanned = self._definitions.get(definition.key)
        elements: Sequence[InboundElement] = scanned.elements if scanned else ()
        return next((each for each in elements if each.element_id == element.id), None)

    def shown(self, definition: Definition, element: PageElement) -> dict[str, Any]:
        """Return an element as the page lists it."""
        status, reason, notes = self._status(definition, element)
        return {
            "id": element.id,
            "name": element.name,
            "kind": element.kind,
            "bpmnType": element.bpmn_type,
            "template": element.template,
            "status": status,
            "statusText": _STATUS_TEXTS.get(status, status),
            "reason": reason,
            "notes": notes,
        }

    def _status(self, definition: Definition, element: PageElement) -> tuple[str, str | None, list[str]]:
        """Return state, reason and notes of an element in the words of its row."""
        if element.kind == "outbound":
            return "ready", None, []
        name = (TenantId(definition.tenant_id), f"{definition.process_id}/{definition.version}/{element.id}")
        row = self._statuses.get(name)
        trouble = trouble_text(self._troubles.get(name))
        troubles = [trouble] if trouble else []
        if row is None:
            return "unknown", None, troubles
        detail = row.detail or ""
        if row.state == _REGISTERED:
            said = [line for line in detail.splitlines() if line != DELETION_NOT_SEEN]  # true of the cluster
            return _REGISTERED, None, [*said, *troubles]
        if row.state == INACTIVE:
            return INACTIVE, None, troubles
        if row.state not in _STATUS_TEXTS:
            return "unknown", detail or None, troubles
        known = self._definitions.get(definition.key)
        notes = [note for name, note in (known.notes if known else ()) if name == element.id]
        reason = detail
        for note in notes:
            reason = reason.removesuffix(note).rstrip()
        return row.state, reason or None, [*notes, *troubles]


def _types(container: Container) -> dict[str, str]:
    """Return the types that the deployment serves."""
    environment = container.deployment.environment
    return {
        "inbound_type": environment.get("INBOUND_TYPE") or INBOUND_TYPE,
        "outbound_type": environment.get("OUTBOUND_JOB_TYPE") or OUTBOUND_TYPE,
    }


def _noted(element: JsonObject, warnings: Sequence[ModelWarning]) -> JsonObject:
    """Return an element with the warnings of the model about it as notes."""
    mine = [f"It {each.text}" for each in warnings if each.element_id == element["id"]]
    return {**element, "notes": [*element["notes"], *mine]}


def _not_emulated() -> PageError:
    return PageError(404, "Apify is not emulated here; use the Apify Console.")


async def _secret_values(container: Container) -> Collection[str]:
    try:
        return tuple((await container.secrets.secrets()).values())
    except ConnectorError:
        return ()


def _addresses(environment: Mapping[str, str]) -> list[dict[str, str]]:
    known = (
        ("http_url", "HTTP API, where webhooks are sent", "PUBLIC_URL"),
        ("camunda_rest", "Camunda over REST", "CAMUNDA_REST_URL"),
        ("camunda_grpc", "Camunda over gRPC", "CAMUNDA_GRPC_ADDRESS"),
        ("apify_url", "Apify", "APIFY_BASE_URL"),
    )
    return [
        {"name": name, "label": label, "value": value}
        for name, label, variable in known
        if (value := environment.get(variable))
    ]
