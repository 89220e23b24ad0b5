"""Decides from the state of a running process whether it goes on, has ended, or never will, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

QUIET = timedelta(seconds=3)
"""How long nothing must have happened before the run is given up."""
NOT_STARTED = "no instance has been started; its start event waits for an event from Apify"


@dataclass(frozen=True, slots=True)
class InstanceView:
    """One process instance.

    Attributes:
        state: ACTIVE, COMPLETED or TERMINATED.
        waits_for: What each waiting element waits for, in words.
    """

    key: int
    state: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What can be seen at one moment.

    Attributes:
        instances: The instances of the process that is watched, oldest first.
        quiet_for: How long nothing has happened anywhere.
        something_is_due: A timer, a run at Apify, a delivery or an event of the world is still to come.
        elapsed: Since the run began.
    """

    instances: tuple[InstanceView, ...]
    quiet_for: timedelta
    something_is_due: bool
    elapsed: timedelta


@dataclass(frozen=True, slots=True)
class GoesOn:
    """Look again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Every instance has ended."""

    instance: InstanceView


@dataclass(frozen=True, slots=True)
class Stuck:
    """It will not end (in time); `reason` says what it waits for."""

    reason: str
    instance: InstanceView | None


Verdict: TypeAlias = GoesOn | Ended | Stuck


def judge(view: View, *, limit: timedelta) -> Verdict:
    """Return what `view` means; `limit` is how long the run may take."""
    for instance in view.instances:
        if instance.incidents:
            return Stuck("an incident: " + "; ".join(instance.incidents), instance)
        if instance.state == "TERMINATED":
            return Stuck("the instance was terminated", instance)
    alive = [instance for instance in view.instances if instance.state == "ACTIVE"]
    if view.instances and not alive:
        return Ended(view.instances[-1])
    where = _where(alive[0]) if alive else NOT_STARTED
    shown = alive[0] if alive else None
    if view.elapsed >= limit:
        return Stuck(f"the time limit of {limit.total_seconds():g} s: {where}", shown)
    if view.quiet_for >= QUIET and not view.something_is_due:
        return Stuck(f"nothing can move it: {where}", shown)
    return GoesOn()


def _where(instance: InstanceView) -> str:
    return "; ".join(instance.waits_for) or "no element of it waits for anything"
