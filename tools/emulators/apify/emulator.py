"""An Apify on this machine: joins the machine, its clock, its HTTP api and its delivery; decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Self

from emulators.apify.api import Api
from emulators.apify.clock import Clock, ScaledClock
from emulators.apify.delivery import Delivery
from emulators.apify.faults import Faults
from emulators.apify.http_server import ApifyServer
from emulators.apify.machine import Machine
from emulators.apify.shared_state import SharedState
from emulators.apify.timeline import TraceEvent
from emulators.apify.world import World
from emulators.apify.world_file import default_world

DELIVERY_TIMEOUT = timedelta(minutes=2)

Listener = Callable[[TraceEvent], None]


class ApifyEmulator:
    """Apify's API v2 on a port of this machine, with runs that go on and webhooks that are really called.

    Attributes:
        faults: What goes wrong.
        clock: Where its time comes from.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        clock: Clock | None = None,
        time_scale: float = 1.0,
        delivery_timeout: timedelta = DELIVERY_TIMEOUT,
        begins: bool = True,
    ) -> None:
        """Make an emulator of a world; `start` opens its port.

        Args:
            world: What there is; None means the default world.
            clock: Emulated time; None means wall time, `time_scale` times as fast.
            time_scale: How many emulated seconds pass in a real one.
            delivery_timeout: How long (in real time) a called webhook may take to answer.
            begins: Whether the world's events count from now; else from `begin`.
        """
        self.clock = clock or ScaledClock(time_scale)
        self.faults = Faults()
        self._machine = Machine(world or default_world(), self.clock.now(), begins=begins)
        self._live = SharedState(self._machine, self.clock)
        self._listeners: list[Listener] = []
        self._delivery = Delivery(
            self._live, self.clock, self.faults, self._tell, delivery_timeout.total_seconds()
        )
        self._server: ApifyServer | None = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL, to use instead of `https://api.apify.com`.

        Raises:
            RuntimeError: It has not been started.
        """
        if self._server is None:
            raise RuntimeError("the Apify emulator has not been started")
        return self._server.address

    @property
    def machine(self) -> Machine:
        """The machine as it was last seen; while the emulator runs, look at it through `use`."""
        return self._machine

    def use(self) -> AbstractContextManager[Machine]:
        """Give the machine, brought up to now, to the calling thread alone."""
        return self._live.use()

    def listen(self, listener: Listener) -> None:
        """Call the listener for each thing that happens from now on, in order, on one thread."""
        self._listeners.append(listener)

    def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Open the port (0: a free one), let time have its effects, and return the base URL.

        Raises:
            RuntimeError: It was started before.
        """
        if self._server is not None:
            raise RuntimeError("an Apify emulator can be started once")
        self._server = ApifyServer((host, port), Api(self._live), self._live, self.faults)
        self._server.start()
        self._delivery.start()
        return self._server.address

    def stop(self) -> None:
        """Close the port and end every thread; what is under way is cut off. Once is enough."""
        with self._lock:
            if self._server is None or self._live.is_closed:
                return
            self._live.close()
            self._server.stop()
            self._delivery.stop()

    def begin(self) -> None:
        """Let the world's events happen, counted from now; once is enough."""
        with self.use() as machine:
            machine.begin()

    def hold_deliveries(self) -> None:
        """Call no webhooks until `release_deliveries`."""
        self._delivery.hold()

    def release_deliveries(self) -> None:
        """Call the webhooks that were held back, and those that come."""
        self._delivery.release()

    def settle(self, timeout_s: float = 30) -> bool:
        """Return True once every due webhook call was made and told, False after these real seconds."""

        def is_settled(machine: Machine) -> bool:
            return machine.is_settled and not machine.has_trace and not self._delivery.is_telling

        return self._live.wait_in_real_time(is_settled, timeout_s)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tell(self, events: Sequence[TraceEvent]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event)
