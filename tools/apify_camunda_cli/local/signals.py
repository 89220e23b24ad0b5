"""Stops a run at the first signal; a later signal does not interrupt the shutdown."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_EXIT_OF_SIGNALS = 128
_STOPPING = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)


class StopSignals:
    """Raises KeyboardInterrupt in the main thread, at most once."""

    def __init__(self) -> None:
        self._number = int(signal.SIGINT)

    @property
    def exit_code(self) -> int:
        """Return the code of a program that a signal ended: 130 after Ctrl-C."""
        return _EXIT_OF_SIGNALS + self._number

    def at_signals(self) -> None:
        """Let SIGTERM and the end of the terminal stop the run as Ctrl-C does."""
        for number in _STOPPING:
            if number != signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN:
                continue  # started with `nohup`
            signal.signal(number, self._interrupt)

    def from_any_thread(self) -> None:
        """Stop the run, even if the main thread works or waits, and where SIGTERM is ignored."""
        main = threading.main_thread().ident
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)  # the only one that `at_signals` always takes

    def is_under_way(self) -> None:
        """Let no signal disturb what follows."""
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self.is_under_way()
        self._number = number
        raise KeyboardInterrupt
