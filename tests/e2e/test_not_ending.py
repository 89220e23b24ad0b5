"""What `apify-camunda local --process` says of a process that does not end, and of what it cannot use."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

from tests.e2e.command import EXAMPLES, Said, processes_of, run

WAITING_FOR_NOBODY = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:process id="waiting" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:receiveTask id="Approve" messageRef="m">
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:receiveTask>
    <bpmn:endEvent id="End"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="a" sourceRef="Start" targetRef="Approve" />
    <bpmn:sequenceFlow id="b" sourceRef="Approve" targetRef="End" />
  </bpmn:process>
  <bpmn:message id="m" name="approval">
    <bpmn:extensionElements>
      <zeebe:subscription correlationKey="=&quot;order-1&quot;" />
    </bpmn:extensionElements>
  </bpmn:message>
</bpmn:definitions>
"""


def world_file(folder: Path, **changes: Any) -> Path:
    """Return a world with one user, and an Actor whose runs take an hour unless changed."""
    actor = {
        "owner": "acme",
        "name": "crawler",
        "builds": [{"number": "1.0.1", "tags": ["latest"]}],
        "runs": [{"durationSeconds": 3600}],
    }
    world = {"users": [{"username": "acme", "tokens": ["token-of-acme"]}], "actors": [actor], **changes}
    path = folder / "world.json"
    path.write_text(json.dumps(world))
    return path


def run_in(world: Path, process: Path, *given: str) -> Said:
    said = run(world.parent, "--process", process, "--world", world, "--json", *given)
    assert said.err == ""
    assert processes_of(world.parent) == {}
    return said


def test_incident_is_the_end(tmp_path: Path) -> None:
    """
    An incident ends the run with exit code 1; the reason names the element and what went wrong.
    """
    said = run_in(world_file(tmp_path, actors=[]), EXAMPLES / "run-actor.bpmn")

    assert said.exit_code == 1
    assert said.summary["state"] == "stuck"
    assert said.summary["reason"].startswith("an incident: JOB_NO_RETRIES at Work: ")
    assert "ACTOR_NOT_FOUND" in said.summary["reason"]
    assert len(said.summary["incidents"]) == 1


def test_time_limit_is_the_end(tmp_path: Path) -> None:
    """
    At the time limit the run ends with exit code 1; the reason says where the instance waits.
    """
    said = run_in(world_file(tmp_path), EXAMPLES / "run-actor.bpmn", "--until", "7")

    assert said.exit_code == 1
    assert said.summary["reason"].startswith("the time limit of 7 s: Work waits for ")
    assert "io.camunda:apify-outbound:1" in said.summary["reason"]


def test_missing_message_is_reported(tmp_path: Path) -> None:
    """
    Where an instance waits for what will never come, the run ends before its limit and names it.
    """
    process = tmp_path / "waiting.bpmn"
    process.write_text(WAITING_FOR_NOBODY)

    said = run_in(world_file(tmp_path), process)

    assert said.exit_code == 1
    assert said.summary["reason"] == (
        "nothing can move it: Approve waits for message 'approval' with key 'order-1'"
    )


def test_start_event_without_events_is_reported(tmp_path: Path) -> None:
    """
    A process that only an event starts does not begin where the world file has none.
    """
    said = run_in(world_file(tmp_path), EXAMPLES / "start-event.bpmn")

    assert said.exit_code == 1
    assert said.summary["reason"].startswith("nothing can move it: no instance has been started")


def test_process_that_camunda_refuses_is_reported(tmp_path: Path) -> None:
    """
    A process that Camunda does not take ends the run with its reason in one line, and exit code 2.
    """
    process = tmp_path / "headless.bpmn"
    flow = '<bpmn:incoming>a</bpmn:incoming>|<bpmn:sequenceFlow id="a".*?/>'
    start = f"<bpmn:startEvent.*?</bpmn:startEvent>|{flow}"
    process.write_text(re.sub(start, "", WAITING_FOR_NOBODY))

    said = run(tmp_path, "--process", process)

    assert said.exit_code == 2
    assert said.err == (
        f"apify-camunda: The process file {process} cannot be deployed: "
        "'headless.bpmn': - Element: waiting - ERROR: Must have at least one start event\n"
    )
    assert said.err.count("\n") == 1
    assert processes_of(tmp_path) == {}


def test_variables_that_camunda_refuses_are_reported(tmp_path: Path) -> None:
    """
    Variables with which no instance starts end the run with the reason in one line, and exit code 2.
    """
    said = run(tmp_path, "--process", EXAMPLES / "run-actor.bpmn", "--variables", '{"n": 1e400}')

    assert said.exit_code == 2
    assert said.err.startswith("apify-camunda: No instance can be started with these variables: ")
    assert said.err.count("\n") == 1
    assert processes_of(tmp_path) == {}


def test_database_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    """
    A DynamoDB that is not there ends the run in one line with its address, and exit code 2.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"

    said = run(tmp_path, "--process", EXAMPLES / "run-actor.bpmn", "--dynamodb", nobody)

    assert said.exit_code == 2
    assert said.err.startswith(f"apify-camunda: --dynamodb {nobody} cannot be used: ")
    assert said.err.count("\n") == 1
    assert processes_of(tmp_path) == {}


def test_what_cannot_be_used_is_reported(tmp_path: Path) -> None:
    """
    What cannot be used is reported in one line, with exit code 2, before anything starts.
    """
    said = run(tmp_path, "--process", EXAMPLES / "run-actor.world.json")

    assert (said.exit_code, said.out) == (2, "")
    assert "run-actor.world.json is not BPMN" in said.err
    assert said.err.count("\n") == 1
