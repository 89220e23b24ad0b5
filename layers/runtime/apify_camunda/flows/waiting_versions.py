"""Finds the older versions that still wait for messages, by a bounded number of questions a tick.

It decides nothing about what such a version listens to (flows/scan_definitions.py).
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.contracts.json_types import DefinitionKey
from apify_camunda.contracts.log_facts import LogFacts
from apify_camunda.errors import EngineUnavailable
from apify_camunda.ports import Clock, ProcessCatalog

log = logging.getLogger(__name__)

_TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which definitions were seen to wait.

    Attributes:
        round: Within about this time each older version is asked about once.
    """

    keys: frozenset[DefinitionKey]
    round: timedelta = timedelta()


class WaitingVersions:
    """Asks the cluster who waits: for lists where it has them, else about one definition after another.

    Args:
        probes: In one tick so many older versions with elements of ours are asked about one by one, and so
            many that nobody has read yet. They take turns, so that of any number each is asked about at last.
    """

    def __init__(self, *, catalog: ProcessCatalog, clock: Clock, probes: int) -> None:
        self._catalog = catalog
        self._ours = _Turns(clock, probes)
        self._unread = _Turns(clock, probes)

    async def __call__(
        self, older: Collection[DefinitionKey], *, known: Collection[DefinitionKey]
    ) -> Waiting:
        """Return who was seen to wait; all the older ones where nobody answers.

        Args:
            older: Versions that are not the newest and have elements that may wait.
            known: All that have been or will be read; of the others only a list can tell.
        """
        try:
            listed = await self._catalog.waiting_definitions()
            if listed is None:
                return Waiting(await self._alive(self._ours.next(older)), self._ours.round(older))
            unsure = [key for key in older if key in listed.perhaps]
            asked = [*self._ours.next(unsure), *self._unread.next(listed.perhaps.difference(known))]
            return Waiting(listed.surely | await self._alive(asked), self._ours.round(unsure))
        except EngineUnavailable as error:
            log.warning("waiting versions could not be asked for", extra=LogFacts(error=error.message))
            return Waiting(frozenset(older))

    async def _alive(self, keys: Collection[DefinitionKey]) -> frozenset[DefinitionKey]:
        return frozenset([key for key in keys if await self._catalog.has_instances(key)])


class _Turns:
    """Hands out keys in turns of a bounded size.

    It goes on after the last key that was handed out; one that remembers none, in a new environment, begins
    where a tick a minute would have come by now.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._last: DefinitionKey | None = None

    def next(self, keys: Collection[DefinitionKey]) -> list[DefinitionKey]:
        """Return the keys whose turn it is; all where they are few."""
        ordered = sorted(keys)
        if len(ordered) <= self._size:
            return ordered
        if self._last is None:
            begin = int(self._clock.now().timestamp() // _TICK.total_seconds()) * self._size % len(ordered)
        else:
            begin = sum(key <= self._last for key in ordered) % len(ordered)
        turn = (ordered + ordered)[begin : begin + self._size]
        self._last = turn[-1]
        return turn

    def round(self, keys: Collection[DefinitionKey]) -> timedelta:
        """Return how long it takes until each key has had its turn."""
        return -(-len(keys) // self._size) * _TICK
