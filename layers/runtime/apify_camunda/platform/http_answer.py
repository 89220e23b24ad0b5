"""One answer over HTTP/1.1, and what is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 32 * 1024 * 1024
"""The largest body that is read."""


class BadAnswer(Exception):
    """What came is no HTTP, or too much of it."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer.

    Attributes:
        headers: With names in lower case.
    """

    status: int
    headers: dict[bytes, bytes]
    body: bytes
