"""A source of the page that holds what a test gives it, and a server over it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from live_page import Changes, May, PageError, PageServer, StepRing

MOMENT = datetime(2027, 3, 1, tzinfo=UTC)
SECRET = "a-planted-secret"
EVERYTHING = May(
    deploy=True,
    start=True,
    cancel=True,
    resolve_incident=True,
    apify=True,
    ledger=True,
    pause=True,
    save=True,
)


@dataclass
class FakeSource:
    """Answers each call with its own name and arguments."""

    may: May = EVERYTHING
    shown: Mapping[str, Any] = field(default_factory=dict)

    def secret_values(self) -> tuple[str, ...]:
        return (SECRET, "abcd")

    def state(self) -> dict[str, Any]:
        return dict(self.shown)

    def process_xml(self, key: str) -> str:
        return f"<definitions key='{key}' token='{SECRET}'/>"

    def save(self) -> bytes:
        return b"PK"

    def event(self, event_id: str) -> dict[str, Any]:
        raise PageError(404, f"No event {event_id} is remembered.")

    def ledger(self) -> dict[str, Any]:
        raise RuntimeError(f"an error of our own with {SECRET}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *given, **named: {"called": name, "given": [*given], "named": named}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])


@dataclass(frozen=True)
class Page:
    """A served page."""

    server: PageServer
    ring: StepRing
    changes: Changes

    @property
    def port(self) -> int:
        return urlsplit(self.server.url).port or 0

    @property
    def path(self) -> str:
        return urlsplit(self.server.url).path

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        whole_path: str | None = None,
    ) -> Answer:
        """Send a request; a body that is no bytes is sent as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if method == "POST" else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            target = self.path + path if whole_path is None else whole_path
            connection.request(method, target, content, {**given, **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def step(self, what: str, **facts: Any) -> None:
        self.ring.add(at=MOMENT, who="apify", what=what, lane="apify", facts=facts, is_detail=False)


@contextmanager
def served(source: Any = None, ring: StepRing | None = None) -> Iterator[Page]:
    """Serve a page over a source."""
    steps, changes = ring or StepRing(mask=lambda facts: facts), Changes()
    with PageServer(source or FakeSource(), steps, changes) as server:
        yield Page(server, steps, changes)
