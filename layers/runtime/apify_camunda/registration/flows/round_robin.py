"""Hands out keys round robin, so that a bounded number of questions a tick reaches each key in the end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

from apify_camunda.platform.ports import Clock

_TICK = timedelta(minutes=1)


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...
    def __le__(self, other: Any, /) -> bool: ...


_Key = TypeVar("_Key", bound=_Ordered)


class RoundRobin(Generic[_Key]):
    """Hands out keys in batches of a bounded size.

    A batch begins after the last key of the batch before. A new environment, which has no last key, begins
    where one tick a minute would have come by now.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._last: _Key | None = None

    def next(self, keys: Collection[_Key]) -> list[_Key]:
        """Return the next batch; all keys where they fit into one."""
        ordered = sorted(keys)
        if len(ordered) <= self._size:
            return ordered
        if self._last is None:
            begin = int(self._clock.now().timestamp() // _TICK.total_seconds()) * self._size % len(ordered)
        else:
            begin = sum(key <= self._last for key in ordered) % len(ordered)
        batch = (ordered + ordered)[begin : begin + self._size]
        self._last = batch[-1]
        return batch

    def round(self, keys: Collection[_Key]) -> timedelta:
        """Return how long it takes until each key has been in a batch."""
        return -(-len(keys) // self._size) * _TICK
