"""Running engines for the suites that ask all of them the same: the stand-in, and Camunda's own."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import grpc
import httpx
import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from pyzeebe.proto import gateway_pb2 as pb
from real_engines import RealEngine

from tests.builders_process import Bpmn
from tests.contract.engine_insight import Insight, OpenIncident, StandInInsight
from tests.contract.engine_transports import CALL_S, GrpcTransport, Job, Refused, RestTransport, Transport
from tests.contract.records_insight import RecordsInsight
from tests.engines.fixtures import engine_named


@dataclass
class Target:
    """A running engine under test, reached in one of two ways."""

    address: str
    transport: Transport
    insight: Insight

    def call(self, rpc: str, **request: Any) -> Any:
        """Give a command."""
        return self.transport.command(rpc, **request)

    def refused(self, rpc: str, **request: Any) -> Refused:
        """Give a command that is refused."""
        with pytest.raises(Refused) as error:
            self.call(rpc, **request)
        return error.value

    def pass_time(self, by: timedelta) -> None:
        """Move the clock forward, and let what is due happen."""
        self.insight.settle()
        self.insight.pass_time(by)

    # Processes

    def deploy(self, *processes: Bpmn) -> int:
        """Deploy processes and return the key of the first."""
        resources = [pb.Resource(name=n, content=c) for n, c in (each.resource() for each in processes)]
        answer = self.call("DeployResource", resources=resources)
        return int(answer.deployments[0].process.processDefinitionKey)

    def undeploy(self, definition_key: int) -> None:
        """Delete one version of a process."""
        self.insight.settle()
        self.insight.undeploy(definition_key)

    def start(self, process_id: str, **variables: Any) -> int:
        """Start an instance of the latest version."""
        document = json.dumps(variables)
        answer = self.call("CreateProcessInstance", bpmnProcessId=process_id, version=-1, variables=document)
        return int(answer.processInstanceKey)

    def state(self, process_instance_key: int) -> str:
        """Return ACTIVE, COMPLETED or TERMINATED."""
        self.insight.settle()
        return self.insight.state(process_instance_key)

    def variables(self, process_instance_key: int) -> dict[str, Any]:
        """Return the variables of the instance itself."""
        self.insight.settle()
        return self.insight.variables(process_instance_key)

    def incidents(self, process_instance_key: int) -> list[OpenIncident]:
        """Return the open incidents of an instance."""
        self.insight.settle()
        return self.insight.incidents(process_instance_key)

    def incident(self, process_instance_key: int) -> OpenIncident:
        """Return the only open incident of an instance."""
        (incident,) = self.incidents(process_instance_key)
        return incident

    # Jobs

    def jobs(
        self, job_type: str, *, lock_ms: int = 60_000, wait_ms: int = -1, fetch: tuple[str, ...] = ()
    ) -> list[Job]:
        """Activate jobs of a type."""
        self.insight.settle()
        return self.transport.activate(job_type, lock_ms=lock_ms, wait_ms=wait_ms, fetch=fetch)

    def job(self, job_type: str, *, lock_ms: int = 60_000, fetch: tuple[str, ...] = ()) -> Job:
        """Activate the only job of a type; an engine looks for locks that ran out once a second only."""
        found: list[Job] = []
        until = time.monotonic() + CALL_S
        while not found and time.monotonic() < until:
            found = self.jobs(job_type, lock_ms=lock_ms, wait_ms=1_000, fetch=fetch)
        (job,) = found
        return job

    def waiting(self, job_type: str) -> list[dict[str, Any]]:
        """Activate the jobs of a type and return their variables."""
        return [job.variables for job in self.jobs(job_type)]

    def complete(self, job_type: str, **variables: Any) -> Job:
        """Activate and complete the only job of a type."""
        job = self.job(job_type)
        self.call("CompleteJob", jobKey=job.key, variables=json.dumps(variables))
        return job

    def throw(self, job_type: str, error: str, **variables: Any) -> Job:
        """Throw an error from the only job of a type."""
        job = self.job(job_type)
        self.call("ThrowError", jobKey=job.key, errorCode=error, variables=json.dumps(variables))
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


# Targets


@contextmanager
def _stand_in(kind: str) -> Iterator[Target]:
    engine = Engine()
    rest = RestServer(RestApi(engine, Gateway(GatewayVersion.V8_10)))
    with (
        CamundaStandIn(engine, rest=rest) as running,
        grpc.insecure_channel(running.grpc_address) as channel,
        _transport(kind, channel, rest.address, is_old=False) as transport,
    ):
        yield Target(running.grpc_address, transport, StandInInsight(engine))


@contextmanager
def _real(engine: RealEngine, kind: str) -> Iterator[Target]:
    with ExitStack() as stack:
        channel = stack.enter_context(grpc.insecure_channel(engine.grpc_address))
        insight = RecordsInsight(engine, GrpcTransport(channel))
        stack.enter_context(insight.listening())
        rest_address = engine.rest_address or ""
        transport = stack.enter_context(_transport(kind, channel, rest_address, is_old=True))
        yield Target(engine.grpc_address, transport, insight)


@contextmanager
def _transport(kind: str, channel: grpc.Channel, rest_address: str, *, is_old: bool) -> Iterator[Transport]:
    over_grpc = GrpcTransport(channel)
    if kind == "grpc":
        yield over_grpc
        return
    with httpx.Client(base_url=rest_address, timeout=CALL_S) as client:
        yield RestTransport(client, over_grpc, is_old=is_old)


def _engine(version: str, kind: str) -> Any:
    marks = (pytest.mark.engine, pytest.mark.xdist_group(f"camunda-{version}"))
    return pytest.param((version, kind), marks=marks, id=f"{version} {kind}")


CLUSTERS: Final = (pytest.param(("stand-in", "grpc"), id="stand-in grpc"), _engine("8.6.0", "grpc"))
"""What a fixture of targets has for parameters where it asks of a cluster's gateway: 8.8.21 has none."""
OLD: Final = (_engine("8.6.0", "grpc"),)
"""What a fixture of targets has for parameters where it asks what 8.6 alone does."""
SINCE_8_8: Final = (pytest.param(("stand-in", "grpc"), id="stand-in grpc"), _engine("8.8.21", "grpc"))
"""What a fixture of targets has for parameters where 8.6 did something else."""
OVER_GRPC: Final = (*CLUSTERS, _engine("8.8.21", "grpc"))
"""What a fixture of targets is parametrized with where it asks about gRPC itself."""
EVERYWHERE: Final = (
    *OVER_GRPC,
    pytest.param(("stand-in", "rest"), id="stand-in rest"),
    _engine("8.6.0", "rest"),
)
"""What a fixture of targets is parametrized with."""


def running_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Run the target that a fixture is asked for, or skip where this machine cannot."""
    name, kind = request.param
    with _stand_in(kind) if name == "stand-in" else _real(engine_named(name, request), kind) as target:
        yield target


def unique_name(request: pytest.FixtureRequest) -> str:
    """Return a name that no other scenario uses: an engine is shared by every module of a session.

    It ends with a sum of what tells the test from others: its folder, its class, what a name may not hold.
    """
    node = request.node
    readable = "".join(c if c.isalnum() else "-" for c in f"{node.path.stem}-{node.name}")
    return f"{readable}-{zlib.crc32(node.nodeid.encode()):08x}"
