"""Refusals as the gateway words them, RFC 9457 problem documents, and the one that is the stand-in's own."""

from collections.abc import Mapping
from typing import Any, Final, Self

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):
    """A refusal that is answered to the client.

    Attributes:
        status: the HTTP status, also repeated in the document.
        title: for a rejected command the rejection's type (ALREADY_EXISTS), else the status phrase.
        detail: one sentence for a person.

    """

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail

    @classmethod
    def unreadable_property(cls, place: str) -> Self:
        """Return the 400 for a request property that is unknown or of the wrong type.

        Source: https://github.com/camunda/camunda/pull/37895

        """
        return cls(400, "Bad Request", f"Request property [{place}] cannot be parsed")

    @classmethod
    def invalid_argument(cls, detail: str) -> Self:
        return cls(400, "INVALID_ARGUMENT", detail)

    @classmethod
    def unserved(cls, place: str) -> Self:
        """Return the 501 for what a gateway does and the stand-in does not."""
        return cls(501, "Not Implemented", f"The stand-in does not serve {place}.")

    @classmethod
    def not_found(cls, what: str, key: str) -> Self:
        return cls(404, "NOT_FOUND", f"{what} with key '{key}' not found")

    @classmethod
    def exhausted(cls, detail: str = "Failed to execute the request: all partitions reject it") -> Self:
        """Return what back pressure looks like since 8.8 (older gateways answered 429)."""
        return cls(503, "RESOURCE_EXHAUSTED", detail)

    def document(self, instance: str) -> dict[str, object]:
        """Return the JSON body; `instance` is the path of the refused request."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }


def refuse_unserved(body: Mapping[str, Any], *names: str) -> None:
    """Refuse what a gateway would do and this one cannot, so that it is noticed.

    Raises:
        Problem: 501, the body asks for one of these.

    """
    for name in names:
        if body.get(name):
            raise Problem.unserved(name)
