"""Real engines come up healthy, keep their clock as told, and leave nothing behind, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from real_engines import CamundaInMemory, DynamoDBLocal, RealEngine
from real_engines.java_process import JavaFailed, JavaProcess
from real_engines.jdk import find_jdk
from real_engines.maven import cache

from tests.e2e.command import processes_of
from tests.e2e.world import eventually
from tests.engines import available_or_skip
from tests.engines.fixtures import ON_BOTH, engine_named
from tests.threads import alive, started_here

TOOLS = Path(__file__).parents[2] / "tools"
PARENT = """
import sys, threading
from real_engines import CamundaInMemory

with CamundaInMemory() as engine:
    print(engine.grpc_address, flush=True)
    threading.Event().wait()
"""

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("version", ON_BOTH)
def test_clock_moves_as_told(version: str, request: pytest.FixtureRequest) -> None:
    """The engine's time is ours to move: its next records are so much later."""
    engine = engine_named(version, request)
    before = last_time(engine)
    engine.pass_time(timedelta(hours=3))
    assert last_time(engine) - before >= timedelta(hours=3).total_seconds() * 1000


def last_time(engine: RealEngine) -> int:
    """Return the engine's time in milliseconds, as it says of a message that is published now."""
    published: dict[int, int] = {}

    def hear(record: dict[str, Any]) -> None:
        if (record["valueType"], record["intent"]) == ("MESSAGE", "PUBLISHED"):
            published[record["key"]] = record["timestamp"]

    stop = engine.history.listen(hear)
    try:
        with grpc.insecure_channel(engine.grpc_address) as channel:
            message = pb.PublishMessageRequest(name="what time is it", correlationKey="")
            key = gateway_pb2_grpc.GatewayStub(channel).PublishMessage(message, timeout=60).key
        eventually(lambda: key in published)
    finally:
        stop()
    return published[key]


@pytest.mark.parametrize("start", [CamundaInMemory, DynamoDBLocal])
def test_stop_leaves_nothing_behind(
    start: Callable[[], AbstractContextManager[object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the end no process, thread or file of ours is left."""
    part = available_or_skip(start)  # what it needs is fetched by now
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache().parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with started_here() as threads, part:
        assert processes_of(tmp_path)
    assert processes_of(tmp_path) == {}
    assert alive(threads) == []
    assert [each.name for each in tmp_path.iterdir() if each.name != "hsperfdata_root"] == []


def test_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    """An engine dies with the process that started it, even if that was killed."""
    available_or_skip(CamundaInMemory)
    ours = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "XDG_CACHE_HOME": str(cache().parent),
        "PYTHONPATH": str(TOOLS),
    }
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        env={**os.environ, **ours},
        text=True,
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("127.0.0.1:")
        assert len(processes_of(tmp_path)) == 2
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    eventually(lambda: processes_of(tmp_path) == {})


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-cp", ".", "NoSuchProgram"], "It ended with code 1: .*NoSuchProgram"),
        (["-version"], "It ended with code 0: .*version"),
    ],
)
def test_program_that_fails_shows_what_it_wrote(
    tmp_path: Path, arguments: Sequence[str], reason: str
) -> None:
    """A program that ends before it is ready is no engine; its last words are in the error."""
    java = str(available_or_skip(find_jdk).java)
    process = JavaProcess([java, *arguments], environment={}, folder=tmp_path)
    try:
        with pytest.raises(JavaFailed, match=f"(?s){reason}"):
            process.wait_until(lambda: False, timeout_s=60)
    finally:
        process.stop(at_once=True)


def test_program_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    """When the time is over the error says so."""
    java = str(available_or_skip(find_jdk).java)
    process = JavaProcess([java, "-version"], environment={}, folder=tmp_path)
    try:
        with pytest.raises(JavaFailed, match="not ready within 0"):
            process.wait_until(lambda: False, timeout_s=0)
    finally:
        process.stop(at_once=True)
