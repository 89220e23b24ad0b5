"""The page over a deployment: its cluster, ledger and registry, read-only unless changes are allowed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from apify_camunda import __version__
from apify_camunda.errors import ConnectorError
from apify_camunda.expressions.masking import MASK
from apify_camunda.identifiers import EventId
from live_page import May, PageError, masked_text
from live_page.sources import JsonObject

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_camunda import PageCamunda
from apify_camunda_cli.deployment.page_correction import check_unmasked, corrected, process_ids
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_processes import PageProcesses
from apify_camunda_cli.deployment.page_reasons import hints_for
from apify_camunda_cli.deployment.page_room import PageRoom


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
        return self.room.run(lambda container: self._shown(container).processes())

    def process_xml(self, key: str) -> str:
        """Return the BPMN XML of a definition."""

        async def work(container: Container) -> str:
            return await self.camunda(container).xml(key)

        return self.room.run(work)

    def element(self, key: str, element_id: str) -> JsonObject:
        """Return one element with its properties, what it waits for, and its last verdicts."""

        async def work(container: Container) -> JsonObject:
            return await self._shown(container).element(key, element_id)

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
            definition, _ = await self._shown(container).found(key, element_id)
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
            hints = await hints_for(container, self.camunda(container), self.ledger_view, found)
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

    def start_run(
        self, actor_id: str | None, task_id: str | None, given: Any, ends_as: str | None
    ) -> JsonObject:
        """Refuse: runs of a real Apify are started in its Console.

        Raises:
            PageError: Always.
        """
        del actor_id, task_id, given, ends_as
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

    def _shown(self, container: Container) -> PageProcesses:
        return PageProcesses(container, self.camunda(container), self.ledger_view)

    async def _ledger(self, container: Container) -> JsonObject:
        """Return the summary of the ledger; the operation of an attempt is that of its element now."""
        summary = await self.ledger_view.summary(container)
        if summary["attempts"]:
            operations = await self._shown(container).operations()
            for attempt in summary["attempts"]:
                attempt["operation"] = operations.get((attempt["processId"], attempt["elementId"]), "")
        return summary

    def _mask(self) -> Callable[[str], str]:
        """Return what masks a text; it must not be asked for inside the room."""
        secrets = self.secret_values()
        return lambda text: masked_text(text, secrets)


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
