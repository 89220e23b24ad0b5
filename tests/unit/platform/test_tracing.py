"""What X-Ray gets about calls: a fake daemon on 127.0.0.1 listens."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.errors import StoreUnavailable
from apify_camunda.platform.tracing import XRay, traced

from tests.fakes.clock import NOON, FrozenClock

SAMPLED = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
TOKEN = "apify_api_secret"
ONE_SECOND = timedelta(seconds=1)


@dataclass
class Port:
    """A port whose calls take a second."""

    clock: FrozenClock
    error: Exception | None = None
    given: list[object] = field(default_factory=list)

    async def note(self, event: str, variables: Mapping[str, Any], *, job: int = 0) -> str:
        self.given += [event, variables, job]
        self.clock.advance(ONE_SECOND)
        if self.error:
            raise self.error
        return "a result"

    def with_token(self, token: str) -> Port:
        self.given.append(token)
        return self


@dataclass
class Daemon:
    """Listens as the X-Ray daemon does."""

    listener: socket.socket

    @property
    def address(self) -> str:
        host, port = self.listener.getsockname()
        return f"{host}:{port}"

    def heard(self) -> list[dict[str, Any]]:
        """Return the documents that came; sending to this machine's own address is done when it returns."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                header, _, document = self.listener.recv(65_536).partition(b"\n")
            except BlockingIOError:
                return found
            assert json.loads(header) == {"format": "json", "version": 1}
            found.append(json.loads(document))


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        yield Daemon(listener)


def call(daemon: Daemon, port: Port, *, header: str = SAMPLED) -> str:
    """Call the port once, as a flow does in an invocation with this trace header."""
    environment = {"_X_AMZN_TRACE_ID": header, "AWS_XRAY_DAEMON_ADDRESS": daemon.address}
    xray = XRay(environment=lambda: environment, clock=port.clock)
    try:
        opened = traced(port, "Events", xray).with_token(TOKEN)
        return asyncio.run(opened.note("event-1", {"name": TOKEN}, job=7))
    finally:
        xray.close()


def test_call_is_a_subsegment_of_the_invocation(daemon: Daemon) -> None:
    """
    A call is shown below the invocation's segment with its name, its time and the ids that it is about.
    """
    port = Port(FrozenClock())

    assert call(daemon, port) == "a result"

    [document] = daemon.heard()
    assert len(document.pop("id")) == 16
    assert document == {
        "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        "parent_id": "53995c3f42cd8ad8",
        "type": "subsegment",
        "name": "Events.note",
        "namespace": "remote",
        "start_time": NOON.timestamp(),
        "end_time": (NOON + ONE_SECOND).timestamp(),
        "annotations": {"event_id": "event-1", "job_key": 7},
    }


def test_failed_call_has_its_code_alone(daemon: Daemon) -> None:
    """
    A call that fails is a fault with a code; its message, arguments and token are not told.
    """
    port = Port(FrozenClock(), StoreUnavailable(f"No answer for {TOKEN}."))

    with pytest.raises(StoreUnavailable):
        call(daemon, port)

    [document] = daemon.heard()
    assert document["fault"] is True
    assert document["annotations"]["code"] == "STORE_UNAVAILABLE"
    assert TOKEN in port.given
    assert TOKEN not in json.dumps(document)


@pytest.mark.parametrize("header", ["", SAMPLED.replace("Sampled=1", "Sampled=0"), "Sampled=1", "nonsense"])
def test_what_is_not_sampled_is_not_told(daemon: Daemon, header: str) -> None:
    """
    An invocation that X-Ray does not sample sends nothing, and its calls work as ever.
    """
    assert call(daemon, Port(FrozenClock()), header=header) == "a result"
    assert daemon.heard() == []


def test_missing_daemon_harms_nothing() -> None:
    """
    Where no daemon is named, the call works as ever.
    """
    port = Port(FrozenClock())
    xray = XRay(environment=lambda: {"_X_AMZN_TRACE_ID": SAMPLED}, clock=port.clock)

    assert asyncio.run(traced(port, "Events", xray).note("event-1", {})) == "a result"
    xray.close()
