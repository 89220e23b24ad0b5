"""Decides which definitions listen, and which of their rows are written or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.identifiers import DefinitionKey
from apify_camunda.registration.domain.definitions import (
    Known,
    Newest,
    ScannedDefinition,
    newest_known,
)

WAITS_FOR: Final = timedelta(hours=1)
"""How long an older version that was seen to wait is taken to wait: it is not asked about each tick.

Where there are so many that their round takes longer, it is taken to wait for two rounds.
"""
NOTE_WAITING_EVERY: Final = timedelta(minutes=20)
"""How often it is noted that an older version waits."""
FORGET_AFTER: Final = timedelta(days=30)
"""The row of an older version is deleted when no instance was seen to wait for so long."""
MOST_FORGOTTEN: Final = 200
"""The most rows that one tick deletes; the others follow in the next."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which definitions were seen to wait.

    Attributes:
        round: Within about this time each older version is asked about once.
        listed: All that may wait as far as the cluster lists them, ours or not; None: unknown.
    """

    keys: frozenset[DefinitionKey]
    round: timedelta = timedelta()
    listed: frozenset[DefinitionKey] | None = frozenset()


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What follows from a scan.

    Attributes:
        listening: The definitions that listen, older ones without what only the newest does.
        to_save: Rows that have changed.
        to_forget: Keys of rows that are not needed any more, as many as one tick deletes.
    """

    listening: tuple[ScannedDefinition, ...]
    to_save: Mapping[DefinitionKey, ScannedDefinition]
    to_forget: tuple[DefinitionKey, ...]


def scan_plan(known: Known, newest: Newest, waiting: Waiting, *, doubtful: Known, now: datetime) -> ScanPlan:
    """Return what follows from what is deployed.

    Args:
        known: The rows about this cluster, those of this tick included.
        newest: The newest version of each process.
        waiting: Which older versions were seen to wait.
        doubtful: Rows about an earlier cluster, used for definitions that have not been read again yet.
        now: The time of the tick.
    """
    listening: list[ScannedDefinition] = []
    to_save: dict[DefinitionKey, ScannedDefinition] = {}
    to_forget: list[DefinitionKey] = []
    newest_keys = _newest_keys(known, newest)
    unseen = {each.process for each in known.values() if each.unseen_since}
    for key, each in known.items():
        if key in newest_keys:
            listening.append(each)
        elif not each.may_wait:
            if waiting.listed is not None and key not in waiting.listed:
                to_forget.append(key)
        elif each.process in unseen:
            listening.append(each.without_starts())
        else:
            noted = _with_note(each, waiting, now)
            if noted is not each:
                to_save[key] = noted
            if _is_heard(noted, waiting, now):
                listening.append(each.without_starts())
            elif _is_forgotten(noted, now):
                to_forget.append(key)
    listening += [each for key, each in doubtful.items() if key not in known]
    return ScanPlan(tuple(listening), to_save, tuple(to_forget[:MOST_FORGOTTEN]))


def _newest_keys(known: Known, newest: Newest) -> frozenset[DefinitionKey]:
    """Return the versions that listen as newest: until a newer one has been read, the newest that we know."""
    unread = {process for process, each in newest.items() if each.key not in known}
    stand_ins = newest_known(each for each in known.values() if each.process in unread)
    return frozenset(
        {each.key for each in newest.values()} | {each.definition.key for each in stand_ins.values()}
    )


def _with_note(each: ScannedDefinition, waiting: Waiting, now: datetime) -> ScannedDefinition:
    """Return the row with the note that its version waits, where that is due."""
    if each.last_waiting is None:
        return each.seen_waiting(now)
    is_due = now - each.last_waiting >= NOTE_WAITING_EVERY
    return each.seen_waiting(now) if is_due and each.definition.key in waiting.keys else each


def _is_heard(each: ScannedDefinition, waiting: Waiting, now: datetime) -> bool:
    if each.definition.key in waiting.keys or each.last_waiting is None:
        return True
    return now - each.last_waiting < max(WAITS_FOR, 2 * waiting.round)


def _is_forgotten(each: ScannedDefinition, now: datetime) -> bool:
    return each.last_waiting is not None and now - each.last_waiting >= FORGET_AFTER
