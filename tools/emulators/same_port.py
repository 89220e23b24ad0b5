"""Listens again where a server listened before: while it did not, a connection may have got its port."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

_TIMEOUT_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.1

T = TypeVar("T")


def listening(open_port: Callable[[], T], port: int) -> T:
    """Return what `open_port` opens; where it is to be a certain port, try for a while.

    Raises:
        OSError: The port is taken.
        RuntimeError: The same, in the words of gRPC.

    """
    end = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            return open_port()
        except (OSError, RuntimeError):
            if port == 0 or time.monotonic() > end:
                raise
        time.sleep(_LOOK_AGAIN_S)
