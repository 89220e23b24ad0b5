"""Does what falls due with time: ends of locks and back-offs, timers, ends of messages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from emulators.camunda.jobs import BACK_OFF, LOCK, Jobs
from emulators.camunda.messages import TIME_TO_LIVE, Messages
from emulators.camunda.store import Store
from emulators.camunda.timers import TIMER, Timers


@dataclass(frozen=True, slots=True)
class _Kind:
    still_due: Callable[[int, datetime], bool]
    apply_effect: Callable[[int], None]


class Scheduler:
    """Finds what is due next, and does it."""

    def __init__(self, store: Store, jobs: Jobs, messages: Messages, timers: Timers) -> None:
        self._store = store
        self._kinds: Mapping[str, _Kind] = {
            LOCK: _Kind(jobs.lock_is_due, jobs.hand_back),
            BACK_OFF: _Kind(jobs.back_off_is_due, jobs.hand_back),
            TIME_TO_LIVE: _Kind(messages.is_due, messages.expire),
            TIMER: _Kind(timers.is_due, timers.fire),
        }
        self._still_due = {name: kind.still_due for name, kind in self._kinds.items()}

    def next_at(self) -> datetime | None:
        """Return when something is due next."""
        return self._store.next_due(self._still_due)

    def take(self) -> Callable[[], None] | None:
        """Return the first thing that is due by now, to be done at once; None where nothing is."""
        taken = self._store.take_due(self._still_due)
        if taken is None:
            return None
        key, what = taken
        return lambda: self._kinds[what].apply_effect(key)
