"""Timers of elements and of process definitions: when they are due, and what their firing means."""

from dataclasses import dataclass, replace
from datetime import datetime

from emulators.camunda.actions import StartInstance, Trigger
from emulators.camunda.expressions import evaluate_time
from emulators.camunda.model import Element, TimerEvent, TimerKind
from emulators.camunda.rejection import Stuck
from emulators.camunda.schedules import (
    FOR_EVER,
    InvalidSchedule,
    parse_cycle,
    parse_date,
    parse_interval,
)
from emulators.camunda.state import ElementInstance, IncidentKind, ProcessDefinition, Timer, Variables
from emulators.camunda.store import Store

TIMER = "timer"

_NAMES = {TimerKind.DATE: "date-time", TimerKind.DURATION: "duration", TimerKind.CYCLE: "cycle"}
_MEANINGS = {
    TimerKind.DATE: "one of '[DATE_TIME, STRING]'",
    TimerKind.DURATION: "one of '[DURATION, PERIOD, STRING]'",
    TimerKind.CYCLE: "'STRING'",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """An evaluated timer."""

    due_at: datetime
    repetitions: int
    cycle: str | None = None


class Timers:
    """Creates, fires and removes timers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def evaluate(self, event: TimerEvent, variables: Variables) -> Schedule:
        """Return when a timer is due.

        Raises:
            Stuck: Its expression fails or means no time.
        """
        text = evaluate_time(event.expression, variables, _MEANINGS[event.kind])
        try:
            match event.kind:
                case TimerKind.DATE:
                    return Schedule(parse_date(text), 1)
                case TimerKind.DURATION:
                    return Schedule(parse_interval(text).after(self._store.now), 1)
                case TimerKind.CYCLE:
                    cycle = parse_cycle(text)
                    return Schedule(cycle.first_after(self._store.now), cycle.times, text)
        except InvalidSchedule as error:
            shown = event.expression.strip().removeprefix("=").strip()
            message = f"Invalid {_NAMES[event.kind]} format '{text}' for expression '{shown}'."
            raise Stuck(IncidentKind.EXTRACT_VALUE_ERROR, message) from error

    def open(self, host: ElementInstance, event: Element, schedule: Schedule) -> None:
        """Let an element instance wait for a point in time."""
        self._put(schedule, host.definition_key, event.id, host.key)

    def open_start(self, definition: ProcessDefinition, event: Element, schedule: Schedule) -> None:
        """Let a definition be started at a point in time."""
        self._put(schedule, definition.key, event.id, None)

    def close(self, host_key: int, element_ids: frozenset[str] | None = None) -> None:
        """Remove an element instance's timers, all or those of some events."""
        for timer in self._store.timers.find("element", host_key):
            if element_ids is None or timer.element_id in element_ids:
                self._store.timers.remove(timer.key)

    def close_starts(self, definition_key: int) -> None:
        """Remove the timers that start a definition."""
        for timer in self._store.timers.find("start", definition_key):
            self._store.timers.remove(timer.key)

    def is_due(self, key: int, at: datetime) -> bool:
        """Return whether a timer is still due at an instant."""
        timer = self._store.timers.get(key)
        return timer is not None and timer.due_at == at

    def fire(self, key: int) -> None:
        """Trigger what a timer is for, and let it wait again if it repeats."""
        timer = self._store.timers[key]
        self._store.timers.remove(key)
        self._store.happened("timer.fired", element_id=timer.element_id)
        if timer.cycle is not None and timer.repetitions not in {0, 1}:
            self._repeat(timer, timer.cycle)
        if timer.element_instance_key is not None:
            self._store.agenda.append(Trigger(timer.element_instance_key, timer.element_id, {}))
        else:
            self._store.agenda.append(
                StartInstance(
                    key=self._store.new_key(),
                    definition_key=timer.definition_key,
                    element_id=timer.element_id,
                    variables={},
                )
            )

    def _repeat(self, timer: Timer, cycle: str) -> None:
        left = FOR_EVER if timer.repetitions == FOR_EVER else timer.repetitions - 1
        due_at = parse_cycle(cycle).next_after(timer.due_at)
        again = replace(timer, key=self._store.new_key(), due_at=due_at, repetitions=left)
        self._store.timers.put(again)
        self._store.put_due(due_at, again.key, TIMER)

    def _put(self, schedule: Schedule, definition_key: int, element_id: str, host_key: int | None) -> None:
        timer = self._store.timers.put(
            Timer(
                key=self._store.new_key(),
                due_at=schedule.due_at,
                repetitions=schedule.repetitions,
                cycle=schedule.cycle,
                definition_key=definition_key,
                element_id=element_id,
                element_instance_key=host_key,
            )
        )
        self._store.put_due(timer.due_at, timer.key, TIMER)
        self._store.happened("timer.created", element_id=element_id, due_at=timer.due_at)
