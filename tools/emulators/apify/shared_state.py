"""The machine under a lock, kept up to date by a clock; decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from emulators.apify.clock import Clock
from emulators.apify.machine import Machine


class SharedState:
    """Lets many threads use one machine, one after the other, each at the time of its turn."""

    def __init__(self, machine: Machine, clock: Clock) -> None:
        self._machine = machine
        self._clock = clock
        self._turn = threading.Condition(threading.RLock())
        self._is_closed = False
        clock.on_jump(self.wake)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    @contextmanager
    def use(self) -> Iterator[Machine]:
        """Give the machine, brought up to now, to one thread alone; then let others see what changed."""
        with self._turn:
            self._machine.advance(self._clock.now())
            try:
                yield self._machine
            finally:
                self._turn.notify_all()

    def wait(self, done: Callable[[Machine], bool], until: datetime | None = None) -> bool:
        """Return True once it is done, False when the (emulated) moment has come or this is closed."""
        with self._turn:
            while True:
                self._machine.advance(self._clock.now())
                if done(self._machine):
                    return True
                if self._is_closed or (until is not None and self._clock.now() >= until):
                    return False
                # A webhook's call that is overdue is held back, or a thread is about to make it and tell.
                due = self._machine.next_moment()
                moments = [
                    moment for moment in (until, due) if moment is not None and moment > self._machine.now
                ]
                self._turn.wait(self._clock.real_seconds_until(min(moments)) if moments else None)

    def wait_in_real_time(self, done: Callable[[Machine], bool], timeout_s: float) -> bool:
        """Wait until it is done, or for this many real seconds; return whether it is done."""

        def is_done() -> bool:
            self._machine.advance(self._clock.now())
            return done(self._machine)

        with self._turn:
            return self._turn.wait_for(is_done, timeout_s)

    def sleep(self, real_seconds: float) -> None:
        """Return after this time, or as soon as this is closed."""
        with self._turn:
            self._turn.wait_for(lambda: self._is_closed, real_seconds)

    def wake(self) -> None:
        """Let all waiting threads check again."""
        with self._turn:
            self._turn.notify_all()

    def close(self) -> None:
        """End all waits, now and later."""
        with self._turn:
            self._is_closed = True
            self._turn.notify_all()
