"""The engine's clock: an injected source of time that can be moved or stopped; it waits for nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock


def wall_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class EngineClock:
    """Time as the engine sees it."""

    source: Callable[[], datetime] = wall_clock
    _offset: timedelta = timedelta(0)
    _pinned: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def now(self) -> datetime:
        """Return the engine's current instant, aware."""
        with self._lock:
            return self._pinned if self._pinned is not None else self.source() + self._offset

    @property
    def is_pinned(self) -> bool:
        """Whether time is stopped until it is moved."""
        return self._pinned is not None

    def pin(self, instant: datetime) -> None:
        """Stop the clock at `instant` (aware)."""
        with self._lock:
            self._pinned = instant

    def advance(self, by: timedelta) -> None:
        """Move the clock forward; a pinned clock stays pinned."""
        with self._lock:
            if self._pinned is not None:
                self._pinned += by
            else:
                self._offset += by

    def reset(self) -> None:
        """Follow the source again."""
        with self._lock:
            self._pinned = None
            self._offset = timedelta(0)
