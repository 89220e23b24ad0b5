"""Decides how an attempt may change: each transition, the states that allow it, and the row after it.

The flows ask for a transition, the store applies it to the row as it is, and so does the fake. A call that
was cut off and arrives late meets another state or another value, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias, assert_never

from apify_camunda.apify.model import TERMINAL_STATUSES
from apify_camunda.identifiers import RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState

MAX_REPORTED_RUNS: Final = 5
"""A start makes one run; more than some reports of others are mistakes, and are not kept."""


@dataclass(frozen=True, slots=True)
class TakeLease:
    """Move the right to start; allowed to the poller that has read the lease as it is now.

    Attributes:
        seen: The lease that the poller has read.
        until: The new end; None gives the right up.
        lost_by: Why the start request was not answered; empty where it has yet to be sent.
    """

    seen: datetime | None
    until: datetime | None
    lost_by: str = ""


@dataclass(frozen=True, slots=True)
class NoteWebhookRefused:
    """Apify took no ad-hoc webhook: the start request is sent again without one."""


@dataclass(frozen=True, slots=True)
class NoteRun:
    """Write down the attempt's run. The first run is kept; the number of looks starts again at 0."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class NoteReport:
    """Write down what a callback says: the status of the known run, or the id of a run to check."""

    run_id: RunId
    status: str


@dataclass(frozen=True, slots=True)
class NoteLook:
    """Count a look at the run, or a start that was put off.

    Attributes:
        seen: The count that the poller has read: a callback may have reset it since.
        shown: Whether Apify has shown the run.
    """

    seen: int
    shown: bool = False


@dataclass(frozen=True, slots=True)
class ExpectRetries:
    """Let a job that comes with so few retries go on with this attempt; the number only falls."""

    retries: int


@dataclass(frozen=True, slots=True)
class Decide:
    """Write the outcome before it is reported."""

    outcome: JsonObject


@dataclass(frozen=True, slots=True)
class Reconsider:
    """Drop the outcome that Camunda refused: with any retries the attempt goes on with its run."""

    outcome: JsonObject


@dataclass(frozen=True, slots=True)
class Close:
    """Note that the outcome was reported; the job was left with so many retries."""

    retries: int


@dataclass(frozen=True, slots=True)
class Abandon:
    """End the attempt without an outcome: its job was cancelled while its run went on."""


Transition: TypeAlias = (
    TakeLease
    | NoteWebhookRefused
    | NoteRun
    | NoteReport
    | NoteLook
    | ExpectRetries
    | Decide
    | Reconsider
    | Close
    | Abandon
)

_OPEN: Final = frozenset({AttemptState.STARTING, AttemptState.STARTED})
ALLOWED: Final[Mapping[type[Transition], frozenset[AttemptState]]] = {
    TakeLease: frozenset({AttemptState.STARTING}),
    NoteWebhookRefused: frozenset({AttemptState.STARTING}),
    NoteRun: _OPEN,
    NoteReport: _OPEN,
    NoteLook: _OPEN,
    ExpectRetries: _OPEN | {AttemptState.DECIDED},
    Decide: _OPEN,
    Reconsider: frozenset({AttemptState.DECIDED}),
    Close: frozenset({AttemptState.DECIDED}),
    Abandon: _OPEN,
}
"""The states in which each transition is allowed."""


def after(row: Attempt, transition: Transition) -> Attempt | None:  # noqa: C901, PLR0911 - one case a transition
    """Return the row after a transition; None where the row does not allow it."""
    if row.state not in ALLOWED[type(transition)]:
        return None
    match transition:
        case TakeLease(seen, until, lost_by):
            lost_starts = row.lost_starts + bool(lost_by)
            moved = replace(row, lease_until=until, lost_by=lost_by, lost_starts=lost_starts)
            return moved if row.lease_until == seen else None
        case NoteWebhookRefused():
            return replace(row, sends_callback=False)
        case NoteRun(run_id):
            return _with_run(row, run_id)
        case NoteReport(run_id, status):
            return _reported(row, run_id, status)
        case NoteLook(seen, shown):
            counted = replace(row, looks=seen + 1, is_seen=row.is_seen or shown)
            return counted if row.looks == seen else None
        case ExpectRetries(retries):
            return replace(row, retries=retries) if retries < row.retries else None
        case Decide(outcome):
            return replace(row, state=AttemptState.DECIDED, outcome=outcome)
        case Reconsider(outcome):
            state = AttemptState.STARTING if row.run_id is None else AttemptState.STARTED
            resumed = replace(row, state=state, outcome=None, retries=0)
            return resumed if row.outcome == outcome else None
        case Close(retries):
            return replace(row, state=AttemptState.CLOSED, outcome=None, retries=retries)
        case Abandon():
            return replace(row, state=AttemptState.CLOSED, retries=0)
        case _:
            assert_never(transition)


def _with_run(row: Attempt, run_id: RunId) -> Attempt | None:
    if row.run_id is not None:
        return row if row.run_id == run_id else None
    return replace(row, state=AttemptState.STARTED, run_id=run_id, looks=0, reported_runs=())


def _reported(row: Attempt, run_id: RunId, status: str) -> Attempt | None:
    """Return the row with a report; a terminal status stays, because callbacks may come in any order."""
    if row.run_id is None:
        known = run_id in row.reported_runs
        if not known and len(row.reported_runs) >= MAX_REPORTED_RUNS:
            return None
        return row if known else replace(row, reported_runs=(*row.reported_runs, run_id))
    if row.run_id != run_id:
        return None
    return row if row.run_status in TERMINAL_STATUSES else replace(row, run_status=status, looks=0)
