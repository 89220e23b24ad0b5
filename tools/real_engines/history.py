"""What an engine's own records tell; asked from any thread, it changes nothing in the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from .projection import Record, Rows

_T = TypeVar("_T")


class History:
    """Takes records as they come, and answers questions about what they say together."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rows = Rows()
        self._listeners: list[Callable[[Record], Any]] = []
        self._last_change = time.monotonic()

    def take(self, record: Record) -> None:
        """Take the engine's next record."""
        with self._changed:
            self._rows.take(record)
            self._last_change = time.monotonic()
            self._changed.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(record)

    def listen(self, listener: Callable[[Record], Any]) -> Callable[[], None]:
        """Pass on each later record as well; return what ends that."""
        with self._changed:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def ask(self, question: Callable[[Rows], _T]) -> _T:
        """Return the answer to a question about the rows, which do not change meanwhile."""
        with self._changed:
            return question(self._rows)

    def wait_for(self, question: Callable[[Rows], _T | None], *, timeout_s: float) -> _T:
        """Return the first answer that is neither None nor False, asking after each record.

        Raises:
            TimeoutError: There was none in time.
        """
        end = time.monotonic() + timeout_s
        with self._changed:
            while True:
                answer = question(self._rows)
                if answer is not None and answer is not False:
                    return answer
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise TimeoutError(f"The engine's records did not show it within {timeout_s} s")

    def wait_for_change(self, timeout_s: float) -> None:
        """Wait for the next record, or until the time is over."""
        with self._changed:
            self._changed.wait(timeout_s)

    def quiet_for_s(self) -> float:
        """Return for how many seconds no record has come."""
        with self._changed:
            return time.monotonic() - self._last_change
