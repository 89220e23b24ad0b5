"""Requests, answers and the table that joins them; knows paths and parameters, not what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from emulators.apify import rejections
from emulators.apify.identity import read_time
from emulators.apify.json_text import parsed, written
from emulators.apify.machine import Machine
from emulators.apify.rejections import Rejection
from emulators.apify.state import Caller, Run

_MAX_WAIT_S = 60
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request, read and decoded."""

    method: str
    segments: tuple[str, ...]
    """The decoded parts of the path; `acts` is written `actors`."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    base_url: str
    client_ip: str

    @property
    def path(self) -> str:
        return "/" + "/".join(self.segments)

    @property
    def token(self) -> str | None:
        """The API token, from the header or the parameter."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token else self.query.get("token")


def read_target(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the path's decoded segments and the query of a request target."""
    path, _, query = target.partition("?")
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    if segments[:2] == ["v2", "acts"]:
        segments[1] = "actors"
    return tuple(segments), dict(parse_qsl(query, keep_blank_values=True))


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WaitForRun:
    """The answer is given when the run has ended or at a certain time, whichever comes first."""

    run: Run
    until: datetime
    answer: Callable[[], Answer]


Outcome: TypeAlias = Answer | WaitForRun


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """Return the value as JSON; underscores in names of headers become hyphens."""
    return Answer(
        status=status,
        body=written(value),
        content_type=_JSON,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
    )


def data_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """Return the value in Apify's envelope."""
    return json_answer({"data": value}, status, **headers)


@dataclass(frozen=True)
class Call:
    """One request on its way through a route."""

    machine: Machine
    request: Request
    params: Mapping[str, str]

    @property
    def caller(self) -> Caller:
        """The user of the token, and what it may do.

        Raises:
            Rejection: There is no valid token.
        """
        return self.machine.directory.caller(self.request.token)

    @property
    def optional_caller(self) -> Caller | None:
        """The user of the token, or None if there is no token.

        Raises:
            Rejection: There is a token, and it is not valid.
        """
        return self.caller if self.request.token else None

    def text(self, name: str) -> str | None:
        return self.request.query.get(name) or None

    def flag(self, name: str) -> bool:
        return self.request.query.get(name) in ("1", "true")

    def integer(self, name: str, default: int, *, minimum: int = 0) -> int:
        value = self.optional_integer(name, minimum=minimum)
        return default if value is None else value

    def optional_integer(self, name: str, *, minimum: int = 0) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            value = int(text)
        except ValueError:
            raise rejections.invalid_value(name, text, "must be an integer") from None
        if value < minimum:
            raise rejections.invalid_value(name, text, f"must be at least {minimum}")
        return value

    def optional_number(self, name: str) -> float | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            raise rejections.invalid_value(name, text, "must be a number") from None
        if not 0 <= value < float("inf"):
            raise rejections.invalid_value(name, text, "must be a number of 0 or more")
        return value

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if text is None:
            return None
        moment = read_time(text)
        if moment is None:
            raise rejections.invalid_value(name, text, "must be a valid ISO 8601 datetime")
        return moment

    def wait_seconds(self) -> int:
        """Return how long the caller waits for the run, at most a minute."""
        return min(self.integer("waitForFinish", 0), _MAX_WAIT_S)

    def json_object(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            Rejection: It is not a JSON object, or is not said to be JSON.
        """
        value = self._json()
        if not isinstance(value, dict):
            raise rejections.invalid_input("The request body must be a JSON object.")
        return value

    def json_items(self) -> list[dict[str, Any]]:
        """Return the objects of the body: one, or a list of them.

        Raises:
            Rejection: It holds something else, or is not said to be JSON.
        """
        value = self._json()
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in items):
            raise rejections.invalid_input("The items must be JSON objects.")
        return items

    def _json(self) -> Any:
        content_type = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type != "application/json":
            message = "The request must specify the Content-Type: application/json HTTP header."
            raise Rejection(400, "invalid-content-type-header", message)
        try:
            return parsed(self.request.body)
        except ValueError:
            raise rejections.invalid_input("The request body is not valid JSON.") from None


RouteFunction: TypeAlias = Callable[[Call], Outcome]


class Routes:
    """What answers which method and path."""

    def __init__(self) -> None:
        self._routes: list[tuple[tuple[str, ...], dict[str, RouteFunction]]] = []

    def add(self, method: str, pattern: str, function: RouteFunction) -> None:
        """Answer paths of the pattern (`/v2/actors/{actorId}`) so; the first that fits wins."""
        segments = tuple(pattern.split("/")[1:])
        for known, methods in self._routes:
            if known == segments:
                methods[method] = function
                return
        self._routes.append((segments, {method: function}))

    def listed(self) -> list[tuple[str, str]]:
        """Return every method and path that is answered."""
        return [(method, "/" + "/".join(pattern)) for pattern, methods in self._routes for method in methods]

    def find(self, request: Request) -> tuple[RouteFunction, dict[str, str]]:
        """Return what answers the request, and the parameters in its path.

        Raises:
            Rejection: Nothing answers this path, or not with this method.
        """
        for pattern, methods in self._routes:
            params = _match(pattern, request.segments)
            if params is None:
                continue
            method = "GET" if request.method == "HEAD" and "HEAD" not in methods else request.method
            if method not in methods:
                raise rejections.method_not_allowed(sorted(methods))
            return methods[method], params
        raise rejections.page_not_found()


def _match(pattern: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params = {}
    for wanted, given in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            params[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return params
