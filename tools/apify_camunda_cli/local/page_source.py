"""The page over the local world: what a deployment shows, and the emulated Apify, examples and recordings."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from apify_camunda import __version__
from apify_camunda.identifiers import EventId
from live_page import Changes, May, PageError
from live_page.sources import JsonObject

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_ledger import KnownEvent, PageLedger
from apify_camunda_cli.deployment.page_room import PageRoom
from apify_camunda_cli.deployment.page_source import DeploymentPage
from apify_camunda_cli.local.examples import Example
from apify_camunda_cli.local.page_apify import PageApify
from apify_camunda_cli.local.page_recording import Recorder
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld

_KEEPS_FOR: Final = timedelta(milliseconds=500)
_LABELS: Final = {
    "http_url": "HTTP API, where webhooks are sent",
    "apify_url": "Apify",
    "camunda_grpc": "Camunda over gRPC",
    "camunda_rest": "Camunda over REST",
    "dynamodb_url": "DynamoDB",
}


class LocalPage(DeploymentPage):
    """A PageSource over a running local world.

    Args:
        room: Where the world's stores and clients are used.
        world: The world.
        secrets: What processes call `{{secrets.NAME}}`, by name.
        hidden: Values that no answer may hold, those of the secrets among them.
        world_document: The world's Apify, as a world file has it.
        examples: What can be loaded with one click.
        changes: Where a change is noted that ends after its request.
    """

    def __init__(
        self,
        room: PageRoom,
        world: LocalWorld,
        *,
        secrets: Mapping[str, str],
        hidden: Collection[str],
        world_document: Mapping[str, Any],
        examples: Sequence[Example],
        changes: Changes,
    ) -> None:
        self._world = world
        self._apify = PageApify(world.apify, world.aws.http_url) if world.apify else None
        self._values = _secret_values(world, hidden)
        self._examples = {each.name: each for each in examples}
        self._changes = changes
        self._reconciling = threading.Lock()
        self._recorder = Recorder(world_document, secrets, self._values) if self._apify else None
        super().__init__(room, PageLedger(_KEEPS_FOR, self._known_events), allows_changes=True)

    @property
    def may(self) -> May:
        """Which writes are allowed."""
        return May(
            deploy=True,
            start=True,
            cancel=True,
            resolve_incident=True,
            apify=self._apify is not None,
            ledger=True,
            pause=True,
            save=self._recorder is not None,
        )

    def secret_values(self) -> Collection[str]:
        """Return the values that no answer may hold."""
        return self._values

    def state(self) -> JsonObject:
        """Return what the head of the page shows."""
        return {
            "mode": "local",
            "title": "Local world",
            "version": __version__,
            "addresses": [
                {"name": name, "label": _LABELS.get(name, name), "value": value}
                for name, value in self._world.addresses().items()
                if value
            ],
            "examples": [
                {"name": each.name, "title": each.title, "description": each.description}
                for each in self._examples.values()
            ],
            "paused": self.room.run(self.ledger_view.paused),
        }

    def deploy(self, file_name: str, content: str) -> JsonObject:
        """Deploy a BPMN file, and let its webhooks be reconciled at once."""
        deployed = super().deploy(file_name, content)
        self.reconcile_soon()
        return deployed

    def correct(self, key: str, element_id: str, name: str, value: str) -> JsonObject:
        """Deploy with another value of a property, and let the webhooks be reconciled at once."""
        deployed = super().correct(key, element_id, name, value)
        self.reconcile_soon()
        return deployed

    def load_example(self, name: str) -> JsonObject:
        """Deploy an example, and add what its world has to the emulated Apify.

        Raises:
            PageError: There is no such example.
        """
        example = self._examples.get(name)
        if example is None:
            raise PageError(404, f"There is no example {name[:80]!r}; the state lists those that there are.")
        if self._world.apify is not None:
            with self._world.apify.use() as machine:
                machine.adopt(example.world())
        if self._recorder is not None:
            self._recorder.note_world(example.document())
        content = example.process.read_text(encoding="utf-8")
        return {**self.deploy(example.process.name, content), "variables": example.variables}

    def start(self, key: str, variables: Mapping[str, Any]) -> JsonObject:
        """Start an instance of a definition, and remember with which variables."""
        started = super().start(key, variables)
        if self._recorder is not None:
            self._recorder.note_start(started["instanceKey"], variables)
        return started

    def save(self) -> bytes:
        """Return an archive with which what was seen can be repeated.

        Raises:
            PageError: Apify is not emulated here.
        """
        if self._recorder is None:
            raise PageError(404, "What a real Apify did cannot be repeated, so nothing can be saved.")
        recorder, runs = self._recorder, self._emulated().recorded_runs()

        async def work(container: Container) -> bytes:
            ledger = await self.ledger_view.read(container)
            return await recorder.archive(self.camunda(container), ledger, runs, ledger.starters)

        return self.room.run(work)

    def apify(self) -> JsonObject:
        """Return Actors, tasks, runs, webhooks and deliveries."""
        if self._apify is None:
            return super().apify()
        return self._apify.overview(self.room.run(_starters))

    def start_run(
        self, actor_id: str | None, task_id: str | None, given: Any, ends_as: str | None
    ) -> JsonObject:
        """Start a run as a person does it in the Console; it may end at once."""
        run_id = self._emulated().start_run(actor_id, task_id, given, ends_as)
        if ends_as is not None:
            self._note_end(run_id)
        return {"runId": run_id}

    def finish_run(self, run_id: str, status: str) -> None:
        """End a run now with a status."""
        self._emulated().finish_run(run_id, status)
        self._note_end(run_id)

    def _note_end(self, run_id: str) -> None:
        if self._recorder is not None:
            self._recorder.note_end(run_id)

    def repeat_delivery(self, delivery_id: str) -> None:
        """Send a delivery once more."""
        self._emulated().repeat_delivery(delivery_id)

    def test_webhook(self, webhook_id: str) -> None:
        """Send a TEST event to a webhook."""
        self._emulated().test_webhook(webhook_id)

    def reconcile_soon(self) -> None:
        """Let the webhooks be reconciled beside everything else; one waits for the other."""
        threading.Thread(target=self._reconcile, name="page-reconcile", daemon=True).start()

    def _reconcile(self) -> None:
        with self._reconciling:
            try:
                self._world.reconcile()
            except (FunctionFailed, OSError, RuntimeError):
                return  # the function's log is on the time line; a world that stops is no failure
        self._changes.note("processes", "apify")

    def _emulated(self) -> PageApify:
        if self._apify is None:
            raise PageError(404, "Apify is not emulated here; use the Apify Console.")
        return self._apify

    def _known_events(self) -> Mapping[EventId, KnownEvent]:
        return self._apify.known_events() if self._apify is not None else {}


def _secret_values(world: LocalWorld, hidden: Collection[str]) -> tuple[str, ...]:
    if world.apify is None:
        return tuple(hidden)
    with world.apify.use() as machine:
        tokens = [token.token for user in machine.directory.users for token in user.tokens]
    return (*hidden, *tokens)


async def _starters(container: Container) -> Mapping[str, str]:
    """Return which element of which instance started a run, by the run's id."""
    found: dict[str, str] = {}
    for stored in await container.attempts.history():
        attempt = stored.attempt
        if attempt.run_id is not None:
            process, instance, element, *_ = (*attempt.place.split("/"), "", "", "")
            found[attempt.run_id] = f"{process}/{element} of instance {instance}"
    return found
