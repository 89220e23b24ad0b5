"""Camunda's Java client, the one of its connector runtime, asks the stand-in that speaks as 8.8."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest
from emulators.camunda.rest import GatewayVersion
from real_engines import ConnectorRuntime, find_jdk
from real_engines.java_process import compiled

from tests.builders_process import Bpmn, MessageRef
from tests.engines.availability import available_or_skip
from tests.unit.emulators.camunda_rest.processes import RunningRest, running_rest

PROGRAM: Final = Path(__file__).with_name("java") / "JavaClient.java"
TIMEOUT_S: Final = 120.0

WORKING: Final = Bpmn("working").start().task(job_type="work", retries="2", headers={"who": "me"}).end()
WAITING: Final = Bpmn("waiting").start().catch(message=MessageRef("finished", "=orderId")).end()
STRAIGHT: Final = Bpmn("straight").start().end()

ANSWERS: Final = {
    "topology": "8.8.0",
    "definitions": "[working, waiting, straight]",
    "definitions after the last": "[]",
    "definitions by offset": "3",
    "latest definitions": "2",
    "definition": "1",
    "xml": "true",
    "instances by tag": "[event:1]",
    "instances by state and time": "[working ACTIVE, working ACTIVE, waiting COMPLETED, waiting ACTIVE]",
    "instances by alternatives": "2",
    "instance": "ACTIVE null null",
    "elements": "[task ACTIVE false, task ACTIVE true]",
    "variables": "[note 8191 true, orderId 3 false, orderId 3 false]",
    "variables whole": "9002",
    "incidents": "[task no]",
    "jobs": "[CREATED 2 null, FAILED 0 no]",
    "subscriptions": "[7 CORRELATED, 8 CREATED]",
    "correlations": "[7 catch]",
    "publish": "published",
    "publish again": "409 ALREADY_EXISTS",
    "correlate": "404 NOT_FOUND",
    "start": '{"a":"ü"}',
    "job": "{who=me} {note=" + "x" * 9000 + "}",
}


@pytest.mark.engine
@pytest.mark.xdist_group("java-client")
def test_the_java_client_is_understood_and_understands() -> None:
    """What the client sends, empty lists and all, is read as it is meant, and so are the answers."""
    jdk, jars = available_or_skip(lambda: (find_jdk(), ConnectorRuntime.jars()))
    classes = compiled(jdk, PROGRAM, f"{jars}/*")
    with running_rest(GatewayVersion.V8_8) as cluster:
        live_a_little(cluster)
        command = [str(jdk.java), "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{jars}/*", PROGRAM.stem]
        done = subprocess.run(
            [*command, cluster.server.address], capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
    said = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    assert said == ANSWERS


def live_a_little(cluster: RunningRest) -> None:
    """Leave something for every question to find."""
    cluster.deploy(*(each.xml() for each in (WORKING, WAITING, STRAIGHT)))
    started = {"processDefinitionId": "working", "variables": {"note": "x" * 9000}, "tags": ["event:1"]}
    cluster.post("/process-instances", started)
    cluster.start("working")
    cluster.start("waiting", orderId="7")
    cluster.start("waiting", orderId="8")
    cluster.post("/messages/publication", {"name": "finished", "correlationKey": "7"})
    waiting, failing = cluster.activate()
    cluster.post(f"/jobs/{failing['jobKey']}/failure", {"retries": 0, "errorMessage": "no"}, status=204)
    cluster.post(f"/jobs/{waiting['jobKey']}/failure", {"retries": 2}, status=204)
