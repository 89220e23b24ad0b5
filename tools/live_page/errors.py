"""What a request cannot have; the server answers it as `{"error": {"message"}}`."""

from __future__ import annotations


class PageError(Exception):
    """A request is refused.

    Attributes:
        status: The HTTP status, 4xx or 5xx.
        message: One sentence for a person: what is wrong, with which value, and what to do.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
