"""Records come line by line over a socket."""

from __future__ import annotations

import socket
from typing import Any, Final

import pytest
from real_engines.record_stream import RecordStream

TIMEOUT_S: Final = 30.0


@pytest.mark.parametrize(
    ("sent", "records"),
    [
        (b'{"key": 1}\nidle\n{"key": 2}\n', [{"key": 1}, {"key": 2}]),
        (b'{"key": 1}\n{"key": ', [{"key": 1}]),
    ],
    ids=["an answer is no record", "nor is half of one"],
)
def test_each_whole_object_is_a_record(sent: bytes, records: list[dict[str, Any]]) -> None:
    """What an engine that was stopped could not finish is left out, and nothing breaks."""
    received: list[dict[str, Any]] = []
    with (
        RecordStream(received.append) as stream,
        socket.create_connection(("127.0.0.1", stream.port), timeout=TIMEOUT_S) as engine,
    ):
        engine.sendall(sent)
        engine.shutdown(socket.SHUT_WR)
        assert engine.recv(1) == b""  # it reads to the end, then closes
    assert received == records
