"""`apify-camunda local --serve`: when it is ready, how it ends, and that it leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from emulators.camunda.rest import RestApi, RestServer
from emulators.camunda.server import CamundaStandIn

from tests.e2e.command import ENDS_WITHIN_S, eventually, processes_of, run, serving, when_ready


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def is_open(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_ready_file_names_every_address(tmp_path: Path) -> None:
    """
    While all is up, the ready file holds every address and the process; each address answers.
    """
    ready_file = tmp_path / "ready.json"
    ready_file.write_text("left by an earlier run, and no JSON")
    with serving(tmp_path, "--ready-file", ready_file) as process:
        eventually(lambda: ready_file.exists() and ready_file.read_text().startswith("{"))
        ready = when_ready(ready_file)

        assert ready.keys() == {
            "http_url",
            "apify_url",
            "camunda_grpc",
            "camunda_rest",
            "dynamodb_url",
            "page_url",
            "pid",
            "operator",
            "steps",
        }
        assert ready["pid"] == process.pid
        assert "everything.started" in Path(ready["steps"]).read_text()
        assert httpx.get(f"{ready['camunda_rest']}/v2/topology").status_code == 200
        assert httpx.get(f"{ready['apify_url']}/v2/users/me").status_code == 401
        assert httpx.post(f"{ready['http_url']}/apify/unknown", json={}, timeout=20).status_code == 401
        host, _, port = ready["camunda_grpc"].rpartition(":")
        assert is_open(host, int(port))

        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 0
    assert [path.name for path in tmp_path.glob("*ready*")] == []
    assert not Path(ready["steps"]).exists()
    assert out.rstrip().endswith("Stopped.")
    assert "Traceback" not in out
    assert processes_of(tmp_path) == {}
    assert not is_open(host, int(port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_while_it_starts_stops_it(tmp_path: Path, number: signal.Signals) -> None:
    """
    Ctrl-C and SIGTERM end it cleanly also while it starts, even when they come twice.
    """
    with serving(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Starting")
        eventually(lambda: len(processes_of(tmp_path)) > 1)
        process.send_signal(number)
        process.send_signal(number)
        out, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 0
    assert "Traceback" not in out
    assert processes_of(tmp_path) == {}


def test_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    """
    Where it is killed without a chance to clean up, its children die with it.
    """
    ready_file = tmp_path / "ready.json"
    with serving(tmp_path, "--ready-file", ready_file) as process:
        when_ready(ready_file)
        assert len(processes_of(tmp_path)) > 2

        process.kill()

        eventually(lambda: processes_of(tmp_path) == {})


def test_real_engine_and_other_apify_are_used(tmp_path: Path) -> None:
    """
    Addresses of an engine and of an Apify that run elsewhere are used as they are; none is started here. A
    program gets JSON when all is up, and when it was stopped.
    """
    camunda = CamundaStandIn()
    rest = RestServer(RestApi(camunda.engine))
    ready_file = tmp_path / "ready.json"
    with camunda, rest:
        given = ("--camunda-grpc", camunda.grpc_address, "--camunda-rest", rest.address)
        apify = "http://127.0.0.1:9"
        with serving(tmp_path, *given, "--apify", apify, "--ready-file", ready_file, "--json") as process:
            ready = when_ready(ready_file)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert ready["camunda_grpc"] == camunda.grpc_address
    assert ready["camunda_rest"] == given[3]
    assert ready["apify_url"] == apify
    told = [json.loads(line) for line in out.splitlines()]
    assert ("local", "everything.ready") in [(step.get("who"), step.get("what")) for step in told]
    assert told[-1] == {"summary": {"state": "stopped"}}


@pytest.mark.parametrize(
    "option",
    ["--http-port", "--apify-port", "--page-port", "--camunda-grpc-port", "--camunda-rest-port"],
)
def test_taken_port_is_reported(tmp_path: Path, option: str) -> None:
    """
    A port that is taken is reported in one line with its option, exit code 2, and nothing keeps running.
    """
    with taken_port() as port:
        said = run(tmp_path, "--serve", option, str(port))

    assert said.exit_code == 2
    assert said.err == f"apify-camunda: {option} {port} cannot be opened: Address already in use.\n"
    assert processes_of(tmp_path) == {}
