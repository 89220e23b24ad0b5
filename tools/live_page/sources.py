"""What the page needs of the program that serves it. Answers are JSON objects as docs/page.md has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """Which writes a page allows; what it does not allow is answered 403, and the page hides it."""

    deploy: bool = False
    start: bool = False
    cancel: bool = False
    resolve_incident: bool = False
    apify: bool = False
    ledger: bool = False
    pause: bool = False
    save: bool = False
    feel: bool = True

    def to_json(self) -> dict[str, bool]:
        """Return the form of the API."""
        return {
            "deploy": self.deploy,
            "start": self.start,
            "cancel": self.cancel,
            "resolveIncident": self.resolve_incident,
            "apify": self.apify,
            "ledger": self.ledger,
            "pause": self.pause,
            "save": self.save,
            "feel": self.feel,
        }


class PageSource(Protocol):
    """What is shown, and what a person may do about it.

    Every method may raise PageError, and is called from many threads. Keys of Camunda are strings.
    """

    @property
    def may(self) -> May:
        """Which writes are allowed."""
        ...

    def secret_values(self) -> Collection[str]:
        """Return the values that no answer may hold; they are masked."""
        ...

    def state(self) -> JsonObject:
        """Return mode, title, addresses, examples and pauses; `may` is added by the server."""
        ...

    def processes(self) -> JsonObject:
        """Return the deployed processes with their elements."""
        ...

    def process_xml(self, key: str) -> str:
        """Return the BPMN XML of a definition."""
        ...

    def element(self, key: str, element_id: str) -> JsonObject:
        """Return one element of a definition with its properties and verdicts."""
        ...

    def deploy(self, file_name: str, content: str) -> JsonObject:
        """Deploy a BPMN file."""
        ...

    def correct(self, key: str, element_id: str, name: str, value: str) -> JsonObject:
        """Deploy a definition once more with another value of one property of an element."""
        ...

    def load_example(self, name: str) -> JsonObject:
        """Deploy an example, with what its world has of Apify."""
        ...

    def start(self, key: str, variables: Mapping[str, Any]) -> JsonObject:
        """Start an instance of a definition."""
        ...

    def instances(self, process_key: str | None, limit: int) -> JsonObject:
        """Return instances, newest first."""
        ...

    def variables(self, instance_key: str) -> JsonObject:
        """Return the variables of an instance with their scopes."""
        ...

    def cancel(self, instance_key: str) -> None:
        """Cancel an instance."""
        ...

    def resolve_incident(self, incident_key: str, retries: int | None) -> None:
        """Resolve an incident, after its job got so many retries."""
        ...

    def apify(self) -> JsonObject:
        """Return Actors, tasks, runs, webhooks and deliveries."""
        ...

    def start_run(
        self, actor_id: str | None, task_id: str | None, given: Any, ends_as: str | None
    ) -> JsonObject:
        """Start a run of an Actor or a task, as a person does it in the Console; it may end at once."""
        ...

    def finish_run(self, run_id: str, status: str) -> None:
        """End a run now with a status."""
        ...

    def repeat_delivery(self, delivery_id: str) -> None:
        """Send a delivery once more."""
        ...

    def test_webhook(self, webhook_id: str) -> None:
        """Send a TEST event to a webhook."""
        ...

    def events(self, limit: int, cursor: str | None) -> JsonObject:
        """Return events, newest first."""
        ...

    def event(self, event_id: str) -> JsonObject:
        """Return one event with its payload and what it meant to each element."""
        ...

    def replay(self, event_id: str) -> JsonObject:
        """Try again what was rejected of an event."""
        ...

    def resolve_event(self, event_id: str, *, happened: bool) -> JsonObject:
        """Say how the doubts of an event ended."""
        ...

    def ledger(self) -> JsonObject:
        """Return effects by state, doubts, parked and undelivered events, attempts."""
        ...

    def set_paused(self, direction: str, *, paused: bool) -> JsonObject:
        """Pause or resume `inbound` or `outbound`."""
        ...

    def save(self) -> bytes:
        """Return a ZIP archive with which what was seen can be repeated."""
        ...
