"""`apify-camunda local --camunda engine`: Camunda 8.6.0 itself, for people who try a process."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from real_engines import CamundaDistribution, CamundaInMemory
from real_engines.maven import cache

from tests.e2e.command import (
    ENDS_WITHIN_S,
    EXAMPLES,
    eventually,
    processes_of,
    run,
    run_example,
    serving,
    when_ready,
)
from tests.e2e.test_examples import TEA_ITEMS
from tests.engines import available_or_skip

ENGINE = ("--camunda", "engine")
CALL_S = 60
TEA = ("--variables", '{"query": "tea"}')


@pytest.mark.engine
@pytest.mark.xdist_group("camunda-8.6.0")
class TestOnTheEngine:
    @pytest.fixture(autouse=True)
    def fetched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the command, whose HOME is its own, use what was fetched already."""
        available_or_skip(CamundaDistribution)
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache().parent))

    def test_example_runs_to_its_end(self, tmp_path: Path) -> None:
        """
        The process is deployed to the engine and runs there; its steps are shown as those of the stand-in.
        """
        said = run_example(tmp_path, "async-actor", *ENGINE, *TEA)

        assert (said.exit_code, said.err) == (0, "")
        assert (said.summary["state"], said.summary["variables"]["items"]) == ("ended", TEA_ITEMS)
        assert said.summary["messages_published"] == 1
        assert said.path == [
            *("Start", "RunActor", "Fork", "Confirm", "ActorFinished", "Join", "GetItems", "End"),
        ]
        assert processes_of(tmp_path) == {}

    def test_process_that_does_not_end_says_where_it_waits(self, tmp_path: Path) -> None:
        """
        At the time limit the command tells what the instance waits for, as the engine's records show it.
        """
        endless = json.loads((EXAMPLES / "async-actor.world.json").read_text())
        endless["actors"][0]["runs"][0]["durationSeconds"] = 3600
        world = tmp_path / "endless.world.json"
        world.write_text(json.dumps(endless))
        process = EXAMPLES / "async-actor.bpmn"
        said = run(tmp_path, "--process", process, "--world", world, "--json", *ENGINE, *TEA, "--until", "20")

        assert said.exit_code == 1
        assert said.summary["state"] == "stuck"
        assert "ActorFinished waits for message" in said.summary["reason"]
        assert processes_of(tmp_path) == {}

    def test_served_engine_takes_what_is_deployed_where_it_was_told(self, tmp_path: Path) -> None:
        """
        Processes that are deployed and started over REST and gRPC, at the addresses of the ready file, run to
        their end; a deployed process that listens to events has its webhook; SIGTERM stops the engine too.
        """
        ready_file, world = tmp_path / "ready.json", EXAMPLES / "async-actor.world.json"
        with serving(tmp_path, *ENGINE, "--world", world, "--ready-file", ready_file) as process:
            ready = when_ready(ready_file)
            over_rest = httpx.Client(base_url=ready["camunda_rest"], timeout=CALL_S)
            with over_rest, grpc.insecure_channel(ready["camunda_grpc"]) as channel:
                over_grpc = gateway_pb2_grpc.GatewayStub(channel)

                told = over_rest.post("/v2/deployments", files={"resources": example("async-actor")})
                assert told.status_code == 200, told.text
                [resource] = [pb.Resource(name=n, content=c) for n, c in [example("run-actor")]]
                over_grpc.DeployResource(pb.DeployResourceRequest(resources=[resource]), timeout=CALL_S)

                eventually(lambda: is_registered(ready_file, "async-actor"))
                assert items_of(over_grpc, "async-actor", query="tea") == TEA_ITEMS
                created = over_rest.post(
                    "/v2/process-instances",
                    json={
                        "processDefinitionId": "run-actor",
                        "variables": {"url": "https://example.com/"},
                        "awaitCompletion": True,
                        "requestTimeout": CALL_S * 1000,
                    },
                )
                assert created.status_code == 200, created.text
                assert created.json()["variables"]["status"] == "SUCCEEDED"

            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=ENDS_WITHIN_S)

        assert process.returncode == 0
        assert out.rstrip().endswith("Stopped.")
        assert not ready_file.exists()
        assert processes_of(tmp_path) == {}

    def test_killed_parent_leaves_no_engine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        Where it is killed without a chance to clean up, the engine's Java process dies with it.
        """
        monkeypatch.setenv("TMPDIR", str(tmp_path))  # what the killed one leaves lies there
        ready_file = tmp_path / "ready.json"
        with serving(tmp_path, *ENGINE, "--ready-file", ready_file) as process:
            when_ready(ready_file)
            assert any("java" in command for command in processes_of(tmp_path).values())

            process.kill()

            eventually(lambda: processes_of(tmp_path) == {})

    def test_ctrl_c_while_the_engine_starts_stops_it(self, tmp_path: Path) -> None:
        """
        The engine takes some seconds to start; Ctrl-C then ends the command and the Java process.
        """
        with serving(tmp_path, *ENGINE) as process:
            eventually(lambda: any("java" in command for command in processes_of(tmp_path).values()))
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=ENDS_WITHIN_S)

        assert process.returncode == 0
        assert out.rstrip().endswith("Stopped.")
        assert processes_of(tmp_path) == {}

    def test_process_that_the_engine_refuses_is_reported(self, tmp_path: Path) -> None:
        """
        A process that the engine refuses is reported in one line, with exit code 2.
        """
        process = tmp_path / "gateway.bpmn"
        whole = example("run-actor")[1].decode()
        process.write_text(re.sub("<bpmn:serviceTask.*</bpmn:serviceTask>", "", whole, flags=re.DOTALL))

        said = run(tmp_path, "--process", process, *ENGINE)

        assert said.exit_code == 2
        assert said.err.startswith(f"apify-camunda: The process file {process} cannot be deployed: ")
        assert said.err.count("\n") == 1
        assert processes_of(tmp_path) == {}


def example(name: str) -> tuple[str, bytes]:
    path = EXAMPLES / f"{name}.bpmn"
    return path.name, path.read_bytes()


def is_registered(ready_file: Path, process: str) -> bool:
    """Say whether the deployment reports that the webhook of an element of the process exists."""
    asked = [sys.executable, "-m", "apify_camunda_cli", "webhooks", "list", "--json", "--ready"]
    told = json.loads(subprocess.run([*asked, ready_file], capture_output=True, check=True).stdout)
    return any(
        each["element"].startswith(f"{process}/") and each["state"] == "registered"
        for each in told["elements"]
    )


def items_of(gateway: gateway_pb2_grpc.GatewayStub, process: str, **variables: str) -> Any:
    """Start an instance, and return its items once it has ended."""
    start = pb.CreateProcessInstanceRequest(
        bpmnProcessId=process, version=-1, variables=json.dumps(variables)
    )
    request = pb.CreateProcessInstanceWithResultRequest(request=start, requestTimeout=int(CALL_S * 1000))
    answer = gateway.CreateProcessInstanceWithResult(request, timeout=CALL_S)
    return json.loads(answer.variables)["items"]


@pytest.mark.engine
def test_without_maven_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where the engine cannot be fetched the command ends with one line and exit code 2, and starts nothing.
    """
    available_or_skip(CamundaInMemory)  # without a JDK the test is skipped here
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nowhere")

    said = run_example(tmp_path, "async-actor", *ENGINE, *TEA)

    assert said.exit_code == 2
    assert said.err.startswith("apify-camunda: --camunda engine cannot be started: The Maven client mvn is")
    assert said.err.count("\n") == 1
    assert processes_of(tmp_path) == {}
