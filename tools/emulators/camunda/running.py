"""How commands are carried out: one at a time, whole or not at all, and how time passes for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Condition
from uuid import UUID, uuid5

from emulators.camunda.assembly import Assembly
from emulators.camunda.clock import EngineClock
from emulators.camunda.reading import ReadSide
from emulators.camunda.rejection import Rejection
from emulators.camunda.state import TraceEvent
from emulators.camunda.tenancy import Tenancy

NO_TIME = timedelta(0)

_CLUSTER_IDS = UUID("5b8b6f0e-3d0c-4a5e-9f62-6f1f1c0a7d11")

Listener = Callable[[TraceEvent], None]


class Running(ReadSide):
    """The lock, the transaction of a command, the listeners and the clock."""

    def __init__(
        self,
        clock: EngineClock | None = None,
        *,
        multi_tenancy: bool = False,
        drains: bool = False,
        unique_business_ids: bool = False,
    ) -> None:
        """Begin empty.

        Args:
            clock: The engine's time.
            multi_tenancy: Whether commands must name their tenant; else they may name the default one only.
            drains: Whether a definition whose instances run can be deleted (8.10), or is refused (8.8).
            unique_business_ids: Whether a process may have one active instance a business id.
        """
        self._clock = clock or EngineClock()
        self._drains = drains
        self._unique_business_ids = unique_business_ids
        self._resets = 0
        super().__init__(Assembly(self._clock, drains=drains), Condition())
        self._tenancy = Tenancy(multi_tenancy)
        self._listeners: list[Listener] = []

    @property
    def is_multi_tenant(self) -> bool:
        """Whether the cluster has several tenants."""
        return self._tenancy.is_enabled

    @property
    def cluster_id(self) -> str:
        """The id that tells this cluster from the one that it was before a reset."""
        return str(uuid5(_CLUSTER_IDS, str(self._resets)))

    def reset(self) -> None:
        """Become a new, empty cluster: keys start again from the first, the clock goes on."""
        with self._changed:
            self._use(Assembly(self._clock, drains=self._drains))
            self._resets += 1
            for listener in tuple(self._listeners):
                listener(TraceEvent(self._clock.now(), "cluster.reset", {"cluster_id": self.cluster_id}))
            self._changed.notify_all()

    def wake_waiters(self) -> None:
        """Let every blocked call look again at whether it is still wanted."""
        with self._changed:
            self._changed.notify_all()

    @property
    def clock(self) -> EngineClock:
        """The engine's clock; move it by `pin_clock`, `advance_clock` and `reset_clock`."""
        return self._clock

    def pin_clock(self, instant: datetime) -> None:
        """Stop the clock at `instant` and do what is due by then."""
        self._clock.pin(instant)
        self._time_moved()

    def advance_clock(self, by: timedelta) -> None:
        """Move the clock forward and do what is due by then."""
        self._clock.advance(by)
        self._time_moved()

    def reset_clock(self) -> None:
        """Follow real time again."""
        self._clock.reset()
        self._time_moved()

    def tick(self) -> int:
        """Do all that is due (timers, lock time-outs, back-offs, ends of messages); return how much."""
        count = 0
        with self._changed:
            while (work := self._assembly.scheduler.take()) is not None:
                self._do_due(work)
                count += 1
        return count

    def next_due(self) -> datetime | None:
        """Return when `tick` has something to do next, on the engine's clock."""
        with self._changed:
            return self._assembly.scheduler.next_at()

    def wait_for_change(self, timeout: timedelta) -> None:
        """Block until something changed, or `timeout` (real time)."""
        with self._changed:
            self._changed.wait(timeout.total_seconds())

    def wait_until_due(self, at_most: timedelta, *, unless: Callable[[], bool] = lambda: False) -> None:
        """Block until `tick` has something to do, something changed, or `at_most` has passed (real time)."""
        with self._changed:
            if unless():
                return
            due = self._assembly.scheduler.next_at()
            wait = at_most
            if due is not None and not self._clock.is_pinned:
                wait = min(wait, due - self._clock.now())
            if wait > NO_TIME:
                self._changed.wait(wait.total_seconds())

    def listen(self, callback: Listener) -> Callable[[], None]:
        """Call back for each thing that happens, after its command; return what ends that."""
        with self._changed:
            self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _do_due(self, work: Callable[[], None]) -> None:
        try:
            with self._command():
                work()
        except Rejection as rejection:  # a process that loops without end must not stop time for the others
            with self._command():
                self._store.happened("time.failed", reason=rejection.message)

    def _time_moved(self) -> None:
        self.tick()
        self.wake_waiters()

    @contextmanager
    def _command(self) -> Iterator[None]:
        with self._changed:
            with self._store.transaction() as happened:
                yield
                self._assembly.processor.run()
            for event in happened:
                for listener in tuple(self._listeners):
                    listener(event)
            self._changed.notify_all()
