"""The ledger and the registry as the page shows them, and what a person does about an event."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.effect import Effect, MessageEffect
from apify_camunda.inbound.domain.poison import DEATHS_OF_POISON
from apify_camunda.inbound.ports import EventHistory
from apify_camunda.outbound.dynamodb_attempts import StoredAttempt
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.routes import shown_route
from live_page import PageError

from apify_camunda_cli.deployment.attempts import attempt_json
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.directions import DIRECTIONS, PAUSED, RESUMED
from apify_camunda_cli.deployment.page_hints import Hints, Origin
from apify_camunda_cli.deployment.page_verdicts import is_of, recorded_verdict, state_word, verdict

_WORST_FIRST: Final = ("in doubt", "rejected", "being processed", "open", "done")
MOST_VERDICTS: Final = 50
_LONGEST_KEPT: Final = timedelta(minutes=1)
_REST: Final = 3
"""For how many times as long as reading took what was read is kept."""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event whose payload is at hand.

    Attributes:
        deliveries: One for each route through which it came.
        actor_name: The Actor's name, or its id, or None.
    """

    deliveries: tuple[ReceivedEvent, ...]
    actor_name: str | None = None


Known: TypeAlias = Mapping[EventId, KnownEvent]
"""Events whose payloads are at hand."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of events at one moment."""

    histories: Mapping[EventId, EventHistory]
    known: Known
    aside: Mapping[EventId, str] = field(default_factory=dict)
    starters: Mapping[str, str] = field(default_factory=dict)
    """The key of the instance that started a run, by the run's id."""
    attempts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Attempts that go on, by the keys of their jobs."""


class PageLedger:
    """Reads and changes the ledger for the page, with the flows that the commands use.

    Args:
        keeps_for: How old what was read may be; the whole ledger is read. Where reading takes long, what was
            read is kept for some times as long, so that an open page does not read all the time.
        known: Returns events whose payloads are at hand beside those that the ledger keeps.
    """

    def __init__(self, keeps_for: timedelta, known: Callable[[], Known] = dict) -> None:
        self._keeps_for = keeps_for
        self._known = known
        self._read: tuple[datetime, Ledger] | None = None  # until when it is kept
        self._reading = asyncio.Lock()

    async def read(self, container: Container) -> Ledger:
        """Return every event that is remembered, with the payloads that are at hand."""
        async with self._reading:
            now = container.clock.now()
            if self._read is None or not timedelta() < self._read[0] - now <= _LONGEST_KEPT:
                ledger = await self._read_tables(container)
                done = container.clock.now()
                rest = min(max(self._keeps_for, _REST * (done - now)), _LONGEST_KEPT)
                self._read = done + rest, ledger
            return self._read[1]

    async def hints(self, container: Container) -> Hints:
        """Return what became of events; the keys that reached an instance are known to the cluster only."""
        ledger = await self.read(container)
        hints = Hints(starters=ledger.starters, attempts=ledger.attempts)
        for event, history in ledger.histories.items():
            for effect in history.effects:
                _note_effect(hints, ledger, history, effect)
            known = ledger.known.get(event)
            if not history.effects and known is not None:
                await _note_ignored(container, hints, event, known)
        return hints

    async def _read_tables(self, container: Container) -> Ledger:
        kept = {
            event: KnownEvent(tuple(deliveries), _actor_of(deliveries))
            for event, deliveries in (await container.events.all_kept()).items()
        }
        histories = {each.event: each for each in await container.events.history()}
        aside = {each.event: each.reason for each in await container.events.aside()}
        attempts = await container.attempts.history()
        return Ledger(
            histories, {**kept, **self._known()}, aside, _instances_of_runs(attempts), _that_go_on(attempts)
        )

    async def events(self, container: Container, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return events, newest first; the cursor is the id of the last one of the page before."""
        ledger = await self.read(container)
        names = sorted(
            {*ledger.histories, *ledger.known}, key=lambda event: (_at(ledger, event), event), reverse=True
        )
        if cursor is not None:
            if cursor not in names:
                raise PageError(400, "The cursor is of an event that is not remembered; begin again.")
            names = names[names.index(EventId(cursor)) + 1 :]
        shown = names[:limit]
        more = shown[-1] if len(names) > limit else None
        return {"items": [_row(ledger, event) for event in shown], "cursor": more}

    async def event(self, container: Container, event: EventId) -> dict[str, Any]:
        """Return one event with its payload and its verdicts."""
        ledger = await self.read(container)
        if event not in ledger.histories and event not in ledger.known:
            raise PageError(404, f"No event {event[:80]} is remembered; events are kept for 14 days.")
        known = ledger.known.get(event)
        return {
            **_row(ledger, event),
            "payload": _scope(known.deliveries[0]) if known else None,
            "verdicts": await _verdicts_of_event(container, ledger, event),
        }

    async def verdicts_of(self, container: Container, element: InboundElement) -> list[dict[str, Any]]:
        """Return what the last events meant to an element, newest first."""
        ledger = await self.read(container)
        listening = await _routes_of(container, element)
        found = []
        for event in {*ledger.histories, *ledger.known}:
            effects = _effects(ledger, event)
            known = ledger.known.get(event)
            mine = next((each for each in effects if is_of(each, element)), None)
            delivery = _delivery_to(known, listening)
            if delivery is not None:
                found.append(verdict(delivery, element, _received_effects(ledger, event)))
            elif mine is not None and known is not None:
                found.append(verdict(known.deliveries[0], element, effects))
            elif mine is not None:
                found.append(recorded_verdict(event, _at(ledger, event), mine))
        return sorted(found, key=lambda each: str(each["at"]), reverse=True)[:MOST_VERDICTS]

    async def summary(self, container: Container) -> dict[str, Any]:
        """Return effects by state, doubts, what waits in the queues, and attempts."""
        ledger = await self.read(container)
        effects = Counter(
            state_word(effect) for history in ledger.histories.values() for effect in history.effects
        )
        doubts = [
            _row(ledger, event)
            for event, history in ledger.histories.items()
            if any(effect.state.value == "attempted" for effect in history.effects)
        ]
        return {
            "effectCounts": dict(effects),
            "inDoubt": sorted(doubts, key=lambda row: str(row["at"]), reverse=True),
            "parked": await _parked(container, ledger),
            "undelivered": await _undelivered(container),
            "attempts": [_attempt(each) for each in await container.attempts.history()],
        }

    async def replay(self, container: Container, event: EventId) -> dict[str, str]:
        """Try again what was rejected of an event.

        Raises:
            PageError: It was not kept.
        """
        self._read = None
        tried = await container.replay(event)
        if tried is None:
            raise PageError(
                409, f"Event {event[:12]} was not kept: only events that were rejected or are in doubt are."
            )
        return {"message": f"Effects that are tried again now: {tried}."}

    async def resolve(self, container: Container, event: EventId, *, happened: bool) -> dict[str, str]:
        """Say how every doubt of an event ended.

        Raises:
            PageError: No effect of it is in doubt.
        """
        self._read = None
        doubts = [
            effect for effect in await container.events.effects_of(event) if effect.state.value == "attempted"
        ]
        settled = [await container.replay.resolve(event, each.key, happened=happened) for each in doubts]
        if not any(settled):
            raise PageError(409, f"No effect of event {event[:12]} is in doubt (any more).")
        return {"message": "Noted as done." if happened else "Noted; it is tried again now."}

    async def paused(self, container: Container) -> dict[str, bool]:
        """Return which direction is paused."""
        return {each: await container.registry.is_paused(each) for each in DIRECTIONS}

    async def set_paused(self, container: Container, direction: str, *, paused: bool) -> dict[str, str]:
        """Pause or resume a direction, and say what happens now."""
        await container.registry.set_paused(direction, paused=paused)
        return {"message": (PAUSED if paused else RESUMED)[direction]}


def _scope(received: ReceivedEvent) -> dict[str, Any]:
    """Return what the expressions of an element see of a delivery, the names that are used most first."""
    return dict(sorted(delivery_context(received).items()))


def _that_go_on(attempts: Sequence[StoredAttempt]) -> Mapping[str, Mapping[str, Any]]:
    """Return the attempts that have not ended, by the keys of their jobs."""
    shown = map(attempt_json, attempts)
    return {str(each["job"]): each for each in shown if each["nextLook"] is not None}


def _instances_of_runs(attempts: Sequence[StoredAttempt]) -> Mapping[str, str]:
    """Return the key of the instance that started a run, by the run's id."""
    return {
        str(each.attempt.run_id): each.attempt.place.split("/")[1]
        for each in attempts
        if each.attempt.run_id is not None and each.attempt.place.count("/") > 1
    }


def _note_effect(hints: Hints, ledger: Ledger, history: EventHistory, effect: Effect) -> None:
    """Note a message that was published, or why an effect was rejected."""
    known = ledger.known.get(history.event)
    run = known.deliveries[0].event.run().id if known else None
    at = effect.attempted_at or history.changed_at
    if isinstance(effect, MessageEffect) and effect.state.value == "done":
        key = effect.correlation_key
        origin = Origin(run or (key if key in ledger.starters else None), at)
        hints.published.setdefault(effect.name, []).append((key, origin))
    if effect.state.value == "rejected":
        place = effect.element.process_id, effect.element.element_id
        said = f"an event of run {run or history.event[:12]} was rejected: {effect.explanation}"
        hints.rejected.setdefault(place, []).append((said, Origin(run, at)))


async def _note_ignored(container: Container, hints: Hints, event: EventId, known: KnownEvent) -> None:
    run = known.deliveries[0].event.run().id
    said = f"an event of run {run or event[:12]} was ignored: the activation condition was not true for it"
    for delivery in known.deliveries:
        for element in await container.registry.listeners(delivery.route) or ():
            place = element.process_id, element.element_id
            hints.ignored.setdefault(place, []).append((said, Origin(run, delivery.received_at)))


def _row(ledger: Ledger, event: EventId) -> dict[str, Any]:
    known = ledger.known.get(event)
    delivery = known.deliveries[0] if known else None
    effects = _effects(ledger, event)
    return {
        "id": event,
        "eventType": delivery.event.event_type if delivery else "",
        "runId": (delivery.event.run().id if delivery else None) or "",
        "actorName": (known.actor_name if known else None) or "",
        "at": _at(ledger, event),
        "state": _state(ledger, event, effects),
        "effects": [_effect(ledger, event, effect) for effect in effects],
    }


def _state(ledger: Ledger, event: EventId, effects: Sequence[Effect]) -> str:
    if event in ledger.aside:
        return "set aside"
    if event not in ledger.histories:
        return "not received"
    words = {state_word(effect) for effect in effects}
    return next((word for word in _WORST_FIRST if word in words), "ignored")


def _effects(ledger: Ledger, event: EventId) -> tuple[Effect, ...]:
    history = ledger.histories.get(event)
    return history.effects if history else ()


def _received_effects(ledger: Ledger, event: EventId) -> tuple[Effect, ...] | None:
    """Return the effects of an event, or None where the event has not been received."""
    return _effects(ledger, event) if event in ledger.histories or event in ledger.aside else None


def _at(ledger: Ledger, event: EventId) -> str:
    known, history = ledger.known.get(event), ledger.histories.get(event)
    if known is not None:
        return known.deliveries[0].received_at.isoformat()
    return history.changed_at.isoformat() if history else ""


def _effect(ledger: Ledger, event: EventId, effect: Effect) -> dict[str, Any]:
    history = ledger.histories[event]
    return {
        "key": effect.key,
        "elementId": effect.element.element_id,
        "processId": effect.element.process_id,
        "version": effect.element.version,
        "state": state_word(effect),
        "outcome": _what(effect),
        "reason": effect.explanation,
        "route": ", ".join(shown_route(route) for route in history.routes),
        "at": (effect.attempted_at or history.changed_at).isoformat(),
    }


def _what(effect: Effect) -> str:
    if effect.kind == "start":
        return "start of an instance"
    name, key = getattr(effect, "name", None), getattr(effect, "correlation_key", "")
    if name is None:
        return "no message or start could be determined"
    return f"message {name!r} with key {key!r}" if key else f"message {name!r}"


async def _verdicts_of_event(container: Container, ledger: Ledger, event: EventId) -> list[dict[str, Any]]:
    known, effects = ledger.known.get(event), _effects(ledger, event)
    received = _received_effects(ledger, event)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for delivery in known.deliveries if known else ():
        for element in await container.registry.listeners(delivery.route) or ():
            place = {"elementId": element.element_id, "processId": element.process_id}
            found[element.process_id, element.element_id] = {**verdict(delivery, element, received), **place}
    for effect in effects:
        name = effect.element.process_id, effect.element.element_id
        if name not in found:
            place = {"elementId": name[1], "processId": name[0]}
            found[name] = {**recorded_verdict(event, _at(ledger, event), effect), **place}
    return list(found.values())


async def _routes_of(container: Container, element: InboundElement) -> frozenset[str]:
    """Return the routes on which an element listens now."""
    routes = await container.registry.routes()
    prefix = f"{element.key}#"
    return frozenset(
        route
        for route, keys in routes.items()
        if any(key == element.key or key.startswith(prefix) for key in keys)
    )


def _delivery_to(known: KnownEvent | None, routes: frozenset[str]) -> ReceivedEvent | None:
    return next((each for each in known.deliveries if each.route in routes), None) if known else None


def _actor_of(deliveries: Sequence[ReceivedEvent]) -> str | None:
    data = deliveries[0].event.event_data if deliveries else None
    actor = (data or {}).get("actorId")
    return str(actor) if actor else None


async def _parked(container: Container, ledger: Ledger) -> list[dict[str, Any]]:
    """Return the events that wait: those that are open by the ledger, and those that were set aside."""
    found = [
        {"id": event, "at": _at(ledger, event), "reason": reason, "attempts": DEATHS_OF_POISON}
        for event, reason in ledger.aside.items()
    ]
    open_now = [
        event
        for event, history in ledger.histories.items()
        if any(effect.state.value in ("open", "claimed") for effect in history.effects)
    ]
    found += [
        {
            "id": event,
            "at": _at(ledger, event),
            "reason": "It waits for its next try: Camunda did not take it, or inbound is paused.",
            "attempts": 1,
        }
        for event in open_now
    ]
    unnamed = await container.parked.count() - len(open_now) if container.deployment.reconciler else 0
    if unnamed > 0:
        found.append(
            {
                "id": f"{unnamed} more in the queue",
                "at": container.clock.now().isoformat(),
                "reason": "They wait in the queue for their next try, or secure a replay that was just made.",
                "attempts": 0,
            }
        )
    return found


async def _undelivered(container: Container) -> list[dict[str, Any]]:
    count = await container.undelivered.count() if container.undelivered else 0
    if not count:
        return []
    why = "`apify-camunda events replay --undelivered` puts them back into the queue."
    now = container.clock.now().isoformat()
    return [{"id": f"{count} events in the dead-letter queue", "at": now, "reason": why}]


def _attempt(stored: Any) -> dict[str, Any]:
    found = attempt_json(stored)
    outcome = stored.attempt.outcome or {}
    return {
        "jobKey": str(found["job"]),
        "elementId": found["element"],
        "processId": found["process"],
        "instanceKey": found["instance"],
        "operation": "",
        "state": found["state"],
        "runId": found["run"],
        "since": found["since"],
        "nextLook": found["nextLook"],
        "reason": outcome.get("message") or stored.attempt.lost_by or None,
    }
