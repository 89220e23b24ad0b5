"""A function with tracing on, on AWS's own runtime client: a fake X-Ray daemon hears what it does."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
from local_aws import Template
from local_aws.invocations import Invocation
from local_aws.observations import ignore
from local_aws.worker import Worker
from sam_local.answers import RECONCILE
from sam_local.surroundings import project_root

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


async def invoke(tracing: str, daemon: str) -> None:
    """Run one tick of the reconciler, in a process of its own, where no table answers."""
    parameters = {"CamundaRestUrl": "http://127.0.0.1:9", "Tracing": tracing}
    template = Template(project_root() / "template.yaml", parameters)
    [spec] = [each for each in template.functions() if each.logical_id == RECONCILE]
    services = {**NOWHERE, "AWS_XRAY_DAEMON_ADDRESS": daemon}
    worker = Worker(spec, services, ignore)
    try:
        await worker.run(Invocation("request-1", b"{}", trace=TRACE))
    finally:
        await worker.stop()


def heard(listener: socket.socket) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        try:
            found.append(json.loads(listener.recv(65_536).partition(b"\n")[2]))
        except BlockingIOError:
            return found


@pytest.mark.parametrize("tracing", ["yes", "no"])
def test_calls_are_told_where_tracing_is_on(tracing: str) -> None:
    """
    With the parameter Tracing a call to a table is a subsegment of the invocation; without it none is.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        host, port = listener.getsockname()

        asyncio.run(invoke(tracing, f"{host}:{port}"))

        told = heard(listener)
    if tracing == "no":
        assert told == []
        return
    assert {each["trace_id"] for each in told} == {"1-5759e988-bd862e3fe1be46a994272793"}
    assert told[0]["fault"] is True
    assert told[0]["annotations"]["code"] == "STORE_UNAVAILABLE"
