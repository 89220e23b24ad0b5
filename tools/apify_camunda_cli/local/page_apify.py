"""The emulated Apify as the page shows it, and what a person does there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.webhooks.events import TEST_EVENT_TYPE, ReceivedEvent
from apify_camunda.webhooks.parsing import parse_delivery
from emulators.apify import ApifyEmulator
from emulators.apify.machine import Machine
from emulators.apify.rejections import Rejection
from emulators.apify.run_inputs import input_of_task, json_input
from emulators.apify.runs import OptionChanges, RunInput, StartRequest
from emulators.apify.state import TERMINAL, Dispatch, Origin, Run, RunStatus, Webhook
from emulators.apify.world import Actor, Task, User
from live_page import PageError

from apify_camunda_cli.deployment.page_ledger import KnownEvent

MOST_SHOWN: Final = 500
_LONGEST_ANSWER: Final = 500
_ENDS: Final[Mapping[str, RunStatus]] = {
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "TIMED-OUT": "TIMED-OUT",
    "ABORTED": "ABORTED",
}
_PATHS_OF_EVENTS: Final = ("/apify/", "/inbound/")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRun:
    """A run as it went.

    Attributes:
        target: `owner/name` of its Actor or task.
        behaves_as: `owner/name` of the Actor or task whose behaviours the run has.
        behaviour: Which of those it has, or None where they were changed.
        status: How it ended, or None while it runs.
        seconds: How long it ran, or None.
        is_by_hand: Whether a person started it.
    """

    id: str
    target: str
    is_task: bool
    behaves_as: str
    behaviour: int | None
    input: Any
    status: str | None
    seconds: float | None
    is_by_hand: bool


class PageApify:
    """Reads and changes the emulated Apify.

    Args:
        emulator: The emulator.
        http_url: Where our HTTP API is: webhooks that point there are ours.
    """

    def __init__(self, emulator: ApifyEmulator, http_url: str) -> None:
        self._emulator = emulator
        self._http_url = http_url
        self._known: dict[str, tuple[EventId, ReceivedEvent] | None] = {}

    def overview(self, starters: Mapping[str, str]) -> dict[str, Any]:
        """Return Actors, tasks, runs, webhooks and deliveries.

        Args:
            starters: Which element started a run, by the run's id.
        """
        with self._emulator.use() as machine:
            users = machine.directory.users
            runs = [run for user in users for run in machine.runs.of(user)]
            webhooks = [webhook for user in users for webhook in machine.webhooks.of(user)]
            dispatches = [each for user in users for each in machine.dispatches.of(user)]
            return {
                "available": True,
                "actors": [
                    {"id": each.id, "name": f"{each.owner}/{each.name}", "title": each.title or each.name}
                    for each in machine.directory.actors
                ],
                "tasks": [
                    {"id": each.id, "name": f"{each.owner}/{each.name}", "actorId": each.actor_id}
                    for each in machine.directory.tasks
                ],
                "runs": [_run(each, starters) for each in _newest(runs, lambda run: run.started_at)],
                "webhooks": [self._webhook(each) for each in webhooks[-MOST_SHOWN:]],
                "deliveries": [_delivery(each) for each in _newest(dispatches, lambda one: one.created_at)],
            }

    def start_run(
        self, actor_id: str | None, task_id: str | None, given: Any, ends_as: str | None = None
    ) -> str:
        """Start a run as a person does it in the Console, and return its id.

        Args:
            actor_id: The Actor, or None.
            task_id: The task, or None.
            given: The input of the run, or None.
            ends_as: The status in which it ends at once, or None where it goes on.

        Raises:
            PageError: There is no such Actor or task, or Apify refuses the run.
        """
        with self._emulator.use() as machine:
            target = _target(machine, actor_id, task_id)
            user = _user_for(machine, target)
            run_input = RunInput(value=None, record=None) if given is None else json_input(given)
            try:
                run = machine.runs.start(
                    StartRequest(
                        user=user,
                        target=target,
                        changes=OptionChanges(),
                        input=input_of_task(target, run_input) if isinstance(target, Task) else run_input,
                        origin=Origin(kind="WEB"),
                    )
                )
            except Rejection as rejection:
                raise PageError(409, f"Apify refuses the run: {rejection.message}") from rejection
            if ends_as is not None:
                machine.runs.finish(run, _ENDS[ends_as])
            return run.id

    def finish_run(self, run_id: str, status: str) -> None:
        """End a run now.

        Raises:
            PageError: There is no such run, or it has ended.
        """
        with self._emulator.use() as machine:
            run = _found(machine, run_id)
            if run.status in TERMINAL:
                raise PageError(409, f"Run {run_id} has ended already: {run.status}.")
            machine.runs.finish(run, _ENDS[status])

    def repeat_delivery(self, delivery_id: str) -> None:
        """Call a webhook once more for the same event.

        Raises:
            PageError: There is no such delivery, or it is being made.
        """
        with self._emulator.use() as machine:
            for user in machine.directory.users:
                for dispatch in machine.dispatches.of(user):
                    if dispatch.id == delivery_id:
                        if not machine.dispatches.repeat(dispatch):
                            raise PageError(409, "This delivery is being made just now; try again.")
                        return
        raise PageError(404, f"There is no delivery {delivery_id[:80]}.")

    def test_webhook(self, webhook_id: str) -> None:
        """Send a TEST event to a webhook.

        Raises:
            PageError: There is no such webhook.
        """
        with self._emulator.use() as machine:
            for user in machine.directory.users:
                for webhook in machine.webhooks.of(user):
                    if webhook.id == webhook_id:
                        machine.webhooks.test(webhook)
                        return
        raise PageError(404, f"There is no webhook {webhook_id[:80]}.")

    def recorded_runs(self) -> list[RecordedRun]:
        """Return every run, oldest first, as a recording needs it."""
        with self._emulator.use() as machine:
            runs = [run for user in machine.directory.users for run in machine.runs.of(user)]
            return [_recorded(each) for each in sorted(runs, key=lambda run: run.started_at)]

    def known_events(self) -> dict[EventId, KnownEvent]:
        """Return the events that Apify has sent to our HTTP API, with their payloads."""
        with self._emulator.use() as machine:
            names = {each.id: f"{each.owner}/{each.name}" for each in machine.directory.actors}
            sent = [
                each
                for user in machine.directory.users
                for each in machine.dispatches.of(user)
                if each.event_type != TEST_EVENT_TYPE and self._path_of(each.request_url) is not None
            ]
        found: dict[EventId, KnownEvent] = {}
        for dispatch in sent:
            known = self._received(dispatch)
            if known is not None:
                event, received = known
                others = found[event].deliveries if event in found else ()
                actor = names.get(str(dispatch.event_data.get("actorId")))
                found[event] = KnownEvent((*others, received), actor)
        return found

    def _received(self, dispatch: Dispatch) -> tuple[EventId, ReceivedEvent] | None:
        """Return a dispatch as our HTTP API gets it, with the event's id."""
        if dispatch.id not in self._known:
            self._known[dispatch.id] = self._parsed(dispatch)
        return self._known[dispatch.id]

    def _parsed(self, dispatch: Dispatch) -> tuple[EventId, ReceivedEvent] | None:
        request = HttpRequest(
            method="POST",
            path=self._path_of(dispatch.request_url) or "",
            headers={name.lower(): value for name, value in dispatch.headers.items()},
            params={},
            body=dispatch.body,
            received_at=dispatch.created_at,
        )
        parsed = parse_delivery(request)
        return (event_id(parsed), parsed) if isinstance(parsed, ReceivedEvent) else None

    def _path_of(self, url: str) -> str | None:
        """Return the path of a URL of ours to which events are sent, or None."""
        path = url.removeprefix(self._http_url)
        return path if path != url and path.startswith(_PATHS_OF_EVENTS) else None

    def _webhook(self, webhook: Webhook) -> dict[str, Any]:
        settings = webhook.settings
        return {
            "id": webhook.id,
            "actorId": settings.condition.actor_id,
            "taskId": settings.condition.task_id,
            "eventTypes": list(settings.event_types),
            "url": settings.request_url,
            "isOurs": settings.request_url.startswith(f"{self._http_url}/"),
            "isAdHoc": settings.is_ad_hoc,
        }


def _recorded(run: Run) -> RecordedRun:
    target: Actor | Task = run.task or run.actor
    owner: Actor | Task = run.task if run.task and run.task.runs else run.actor
    end = run.finished_at
    return RecordedRun(
        id=run.id,
        target=f"{target.owner}/{target.name}",
        is_task=run.task is not None,
        behaves_as=f"{owner.owner}/{owner.name}",
        behaviour=owner.runs.index(run.behaviour) if run.behaviour in owner.runs else None,
        input=run.input,
        status=run.status if end is not None else None,
        seconds=None if end is None else (end - run.stretch_started_at).total_seconds(),
        is_by_hand=run.origin.kind == "WEB",
    )


def _newest(rows: list[Any], moment: Any) -> Iterator[Any]:
    return iter(sorted(rows, key=moment, reverse=True)[:MOST_SHOWN])


def _run(run: Run, starters: Mapping[str, str]) -> dict[str, Any]:
    by_hand = "by hand" if run.origin.kind == "WEB" else None
    return {
        "id": run.id,
        "actorId": run.actor.id,
        "actorName": f"{run.actor.owner}/{run.actor.name}",
        "taskId": run.task.id if run.task else None,
        "status": run.status,
        "startedAt": run.started_at.isoformat(),
        "finishedAt": _text(run.finished_at),
        "datasetId": run.dataset.id,
        "startedBy": starters.get(run.id, by_hand),
    }


def _delivery(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "id": dispatch.id,
        "webhookId": dispatch.webhook.id,
        "runId": dispatch.event_data.get("actorRunId"),
        "eventType": dispatch.event_type,
        "at": dispatch.created_at.isoformat(),
        "status": dispatch.status,
        "attempts": [
            {
                "at": call.started_at.isoformat(),
                "httpStatus": call.response_status,
                "answer": (call.response_body or call.error_message or "")[:_LONGEST_ANSWER],
            }
            for call in dispatch.calls
        ],
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _target(machine: Machine, actor_id: str | None, task_id: str | None) -> Actor | Task:
    wanted = actor_id or task_id
    targets: list[Actor | Task] = [*(machine.directory.tasks if task_id else machine.directory.actors)]
    found = next((each for each in targets if each.id == wanted), None)
    if found is None:
        raise PageError(
            404, f"There is no {'task' if task_id else 'Actor'} {str(wanted)[:80]} at this Apify."
        )
    return found


def _user_for(machine: Machine, target: Actor | Task) -> User:
    """Return the owner, or the world's first user if the owner is not one of its users."""
    return machine.directory.user(target.owner) or machine.directory.users[0]


def _found(machine: Machine, run_id: str) -> Run:
    for user in machine.directory.users:
        for run in machine.runs.of(user):
            if run.id == run_id:
                return run
    raise PageError(404, f"There is no run {run_id[:80]}.")
