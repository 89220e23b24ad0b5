"""The terms of commands: how long a request may wait, and what is refused because nobody here would do it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from emulators.camunda.rest.problems import Problem

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=10)
"""How long a request waits where it asks for no time of its own."""
LOOK_AGAIN: Final = timedelta(milliseconds=250)
"""How often a waiting request looks whether its client is still there."""


def milliseconds(value: int | None) -> timedelta:
    """Return a duration as requests give it; none where it is absent."""
    return timedelta(milliseconds=value or 0)


def refuse_unserved(body: Mapping[str, Any], *names: str) -> None:
    """Refuse what a gateway would do and this one cannot, so that nobody takes silence for success.

    Raises:
        Problem: 501, the body asks for one of these.

    """
    for name in names:
        if body.get(name):
            raise Problem(501, "Not Implemented", f"The stand-in does not serve {name}.")
