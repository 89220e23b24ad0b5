"""Running engines for the suites that ask them all the same: the stand-in, and Camunda's own."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.server import CamundaStandIn
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc

from tests.builders_process import Bpmn
from tests.contract.real_engines import NotHere, running_engine

CALL_S = 20.0


@dataclass
class Target:
    """A running engine under test."""

    address: str
    stub: gateway_pb2_grpc.GatewayStub
    settle: Callable[[], None]
    """Wait until the engine has nothing to do; an engine that answers when it is done need not."""
    pass_time: Callable[[timedelta], None]
    lacks: frozenset[str] = frozenset()

    def needs(self, ability: str) -> None:
        """Skip the scenario where the target lacks an ability."""
        if ability in self.lacks:
            pytest.skip(f"This target lacks {ability}")

    def call(self, rpc: str, **request: Any) -> Any:
        """Make a call and let its consequences happen."""
        answer = getattr(self.stub, rpc)(getattr(pb, f"{rpc}Request")(**request), timeout=CALL_S)
        self.settle()
        return answer

    def refused(self, rpc: str, **request: Any) -> grpc.RpcError:
        """Make a call that is refused."""
        with pytest.raises(grpc.RpcError) as error:
            self.call(rpc, **request)
        return error.value

    def deploy(self, process: Bpmn) -> int:
        """Deploy a process and return its key."""
        name, content = process.resource()
        answer = self.call("DeployResource", resources=[pb.Resource(name=name, content=content)])
        return int(answer.deployments[0].process.processDefinitionKey)

    def start(self, process_id: str, **variables: Any) -> int:
        """Start an instance of the latest version."""
        document = json.dumps(variables)
        answer = self.call("CreateProcessInstance", bpmnProcessId=process_id, version=-1, variables=document)
        return int(answer.processInstanceKey)

    def jobs(self, job_type: str, *, lock_ms: int = 60_000, wait_ms: int = -1) -> list[Any]:
        """Activate jobs of a type."""
        request = pb.ActivateJobsRequest(
            type=job_type, worker="w", timeout=lock_ms, maxJobsToActivate=50, requestTimeout=wait_ms
        )
        found = [j for answer in self.stub.ActivateJobs(request, timeout=CALL_S) for j in answer.jobs]
        self.settle()
        return found

    def job(self, job_type: str, *, lock_ms: int = 60_000) -> Any:
        """Activate the only job of a type; an engine looks for locks that ran out once a second only."""
        found: list[Any] = []
        until = time.monotonic() + CALL_S
        while not found and time.monotonic() < until:
            found = self.jobs(job_type, lock_ms=lock_ms, wait_ms=1_000)
        (job,) = found
        return job

    def publish(
        self, name: str, key: str = "", *, ttl_ms: int = 0, message_id: str = "", **variables: Any
    ) -> int:
        """Publish a message."""
        answer = self.call(
            "PublishMessage",
            name=name,
            correlationKey=key,
            timeToLive=ttl_ms,
            messageId=message_id,
            variables=json.dumps(variables),
        )
        return int(answer.key)


@contextmanager
def stand_in_target() -> Iterator[Target]:
    """Run the stand-in."""
    engine = Engine()
    with CamundaStandIn(engine) as stand_in, grpc.insecure_channel(stand_in.grpc_address) as channel:
        stub = gateway_pb2_grpc.GatewayStub(channel)
        yield Target(stand_in.grpc_address, stub, settle=lambda: None, pass_time=engine.advance_clock)


@contextmanager
def real_target() -> Iterator[Target]:
    """Run Camunda's engine in memory, whose own small gateway lacks a few things that a cluster's has."""
    with running_engine() as engine, grpc.insecure_channel(engine.address) as channel:
        stub = gateway_pb2_grpc.GatewayStub(channel)
        lacks = frozenset({"checks of variables", "variables of failures", "size limit", "long polling"})
        yield Target(engine.address, stub, engine.settle, engine.pass_time, lacks)


TARGETS = {"stand-in": stand_in_target, "engine 8.8.21": real_target}


NAMES = ["stand-in", pytest.param("engine 8.8.21", marks=pytest.mark.engine)]
"""What a fixture of targets is parametrized with."""


def running_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Run the target that a fixture is asked for, or skip where it cannot run or was not asked for."""
    if request.param != "stand-in" and "engine" not in request.config.option.markexpr:
        pytest.skip("Camunda's own engine is started only by pytest -m engine")
    try:
        with TARGETS[request.param]() as running:
            yield running
    except NotHere as missing:
        pytest.skip(str(missing))


def unique_name(request: pytest.FixtureRequest) -> str:
    """Return a name that no other scenario uses."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


def code(error: grpc.RpcError) -> str:
    """Return a refusal's status."""
    assert isinstance(error, grpc.Call)
    return str(error.code().name)


def details(error: grpc.RpcError) -> str:
    """Return a refusal's reason."""
    assert isinstance(error, grpc.Call)
    return str(error.details())
