"""Things that go wrong on purpose: which requests they hit, and how often; others carry them out."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias


@dataclass(frozen=True)
class DropAnswer:
    """The request takes effect, and the connection is cut instead of an answer."""


@dataclass(frozen=True)
class DropRequest:
    """The connection is cut before the request takes effect."""


@dataclass(frozen=True, kw_only=True)
class AnswerWith:
    """Another answer comes; without effect, or after it."""

    status: int
    error_type: str = "internal-server-error"
    message: str = "Internal server error"
    after_effect: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    raw_body: bytes | None = None
    """Sent as HTML instead of Apify's JSON, as a gateway in front of Apify would."""


@dataclass(frozen=True)
class DelayAnswer:
    """The answer is delayed by this many real seconds; the effect is not."""

    seconds: float


@dataclass(frozen=True)
class DeliverTwice:
    """A webhook is called twice for one dispatch, which Apify says may happen in rare cases."""


RequestFault: TypeAlias = DropAnswer | DropRequest | AnswerWith | DelayAnswer
Fault: TypeAlias = RequestFault | DeliverTwice


@dataclass(kw_only=True)
class _Planned:
    fault: Fault
    method: str
    path: str
    parameter: str | None
    left: int | None


class Faults:
    """The faults that are still to come, in the order they were added; safe to use from any thread."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()

    def add(
        self,
        fault: Fault,
        *,
        method: str = "*",
        path: str = "*",
        parameter: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let a fault hit the next requests of this kind.

        Args:
            fault: What goes wrong.
            method: The method, or `*`.
            path: A pattern of the path, for example `/v2/actors/*/runs` (`acts` is written `actors`). For
                DeliverTwice, of the webhook's whole URL.
            parameter: Only requests that have this query parameter.
            times: How many requests; None means all from now on.
        """
        with self._lock:
            self._planned.append(
                _Planned(fault=fault, method=method, path=path, parameter=parameter, left=times)
            )

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._planned.clear()

    def take_for_request(self, method: str, path: str, query: Mapping[str, str]) -> RequestFault | None:
        """Return the fault of this request, and count it."""
        fault = self._take(method, path, query, deliveries=False)
        return None if isinstance(fault, DeliverTwice) else fault

    def take_for_delivery(self, url: str) -> DeliverTwice | None:
        """Return the fault of this call of a webhook, and count it."""
        fault = self._take("POST", url, {}, deliveries=True)
        return fault if isinstance(fault, DeliverTwice) else None

    def _take(self, method: str, path: str, query: Mapping[str, str], *, deliveries: bool) -> Fault | None:
        with self._lock:
            for planned in self._planned:
                if (
                    isinstance(planned.fault, DeliverTwice) == deliveries
                    and planned.method in ("*", method)
                    and fnmatchcase(path, planned.path)
                    and (planned.parameter is None or planned.parameter in query)
                    and planned.left != 0
                ):
                    if planned.left is not None:
                        planned.left -= 1
                    return planned.fault
            return None
