"""The durations of commands: how long a request may wait, and how requests give times."""

from datetime import timedelta
from typing import Final

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=10)
"""How long a request waits where it asks for no time of its own."""
LOOK_AGAIN: Final = timedelta(milliseconds=250)
"""How often a waiting request looks whether its client is still there."""


def milliseconds(value: int | None) -> timedelta:
    """Return a duration as requests give it; none where it is absent."""
    return timedelta(milliseconds=value or 0)
