"""What is due when: moves the machine's time forward and lets things happen in the order of their times."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from emulators.apify.identity import to_milliseconds


@dataclass(frozen=True)
class TraceEvent:
    """Something that happened, for listeners."""

    time: datetime
    kind: str
    """`run`, `webhook`, `delivery`, `request`, `fault` or `actor.invented`."""
    facts: Mapping[str, str | int | None] = field(default_factory=dict)


class Timeline:
    """The machine's time, what will happen in it, and what has happened.

    Attributes:
        now: The time of the action that runs now.
        trace: What happened and was not fetched yet, oldest first.
    """

    def __init__(self, start: datetime) -> None:
        self.now = to_milliseconds(start)
        self.trace: list[TraceEvent] = []
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Let `action` happen at `moment`, after what was planned for the same moment before."""
        self._count += 1
        heapq.heappush(self._due, (to_milliseconds(moment), self._count, action))

    def next_due(self) -> datetime | None:
        """Return when the next thing happens, or None."""
        return self._due[0][0] if self._due else None

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due until `now`, each at its own time; time never goes back."""
        now = to_milliseconds(now)
        while self._due and self._due[0][0] <= now:
            moment, _, action = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            action()
        self.now = max(self.now, now)

    def note(self, kind: str, **facts: str | int | None) -> None:
        """Tell the listeners."""
        self.trace.append(TraceEvent(self.now, kind, facts))
