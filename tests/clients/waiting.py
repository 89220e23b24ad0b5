"""Waits for what a client does to the stand-in, and no longer than a test can bear."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from emulators.camunda.engine import Engine

TIMEOUT: Final = timedelta(seconds=60)
_LONGEST_NAP: Final = timedelta(milliseconds=250)

T = TypeVar("T")


def wait_for(engine: Engine, look: Callable[[], T | None]) -> T:
    """Return what `look` finds in the engine, as soon as it does.

    Raises:
        TimeoutError: It does not.
    """
    end = time.monotonic() + TIMEOUT.total_seconds()
    while (found := look()) is None:
        if time.monotonic() > end:
            raise TimeoutError("The client did not do what was expected of it.")
        engine.wait_for_change(_LONGEST_NAP)
    return found
