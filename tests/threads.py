"""Tells which threads a test started, apart from those of servers that other tests share with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_TIMEOUT_S = 10.0


@contextmanager
def started_here() -> Iterator[set[threading.Thread]]:
    """Yield the set of the threads that are started from here, and from threads that were.

    Servers that live longer than a test start and end threads of their own at any time, so what
    `threading.enumerate()` shows before and after a test says little.
    """
    ours: set[threading.Thread] = set()
    here = threading.current_thread()
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        if threading.current_thread() is here or threading.current_thread() in ours:
            ours.add(thread)
        start(thread)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(threading.Thread, "start", noted)
        yield ours


def alive(threads: set[threading.Thread]) -> list[str]:
    """Return the names of those that do not end.

    asyncio's own threads, one for each child process until Python 3.12, end a moment after their child:
    each thread has some seconds.
    """
    for thread in threads:
        thread.join(_TIMEOUT_S)
    return [thread.name for thread in threads if thread.is_alive()]
