"""What the stand-in does over gRPC beside the engine's laws: access, time that passes, streams, hang-ups."""

import threading
from collections.abc import Sequence
from typing import Any

import grpc
import pytest
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.engine import Engine
from emulators.camunda.server import CamundaStandIn
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from typing_extensions import override

from tests.builders_process import Bpmn
from tests.contract.engine_transports import CALL_S
from tests.threads import alive, started_here


def one_task(name: str) -> Bpmn:
    """Return a process of one job whose type is its id."""
    return Bpmn(name).start().task(job_type=name).end()


def code(error: grpc.RpcError) -> str:
    """Return a refusal's status."""
    assert isinstance(error, grpc.Call)
    return str(error.code().name)


def details(error: grpc.RpcError) -> str:
    """Return a refusal's reason."""
    assert isinstance(error, grpc.Call)
    return str(error.details())


def call(stand_in: CamundaStandIn, rpc: str, metadata: Sequence[tuple[str, str]] = (), **request: Any) -> Any:
    """Make one call on a channel of its own."""
    with grpc.insecure_channel(stand_in.grpc_address) as channel:
        method = getattr(gateway_pb2_grpc.GatewayStub(channel), rpc)
        return method(getattr(pb, f"{rpc}Request")(**request), timeout=CALL_S, metadata=metadata)


def test_a_foreign_tenant_is_refused() -> None:
    """On a cluster without tenancy, a tenant is INVALID_ARGUMENT."""
    with CamundaStandIn() as stand_in, pytest.raises(grpc.RpcError) as refused:
        call(stand_in, "PublishMessage", name="m", tenantId="red")
    assert code(refused.value) == "INVALID_ARGUMENT"
    assert "but multi-tenancy is disabled" in details(refused.value)


def test_a_token_is_asked_for() -> None:
    """With an issuer, calls without one of its tokens are UNAUTHENTICATED."""
    engine = Engine()
    issuer = TokenIssuer({"client": "secret-of-client"}, engine.clock)
    issued = issuer.issue("client", "secret-of-client")
    assert issued is not None
    with CamundaStandIn(engine, issuer=issuer) as stand_in:
        for metadata in ((), (("authorization", "Bearer wrong"),)):
            with pytest.raises(grpc.RpcError) as refused:
                call(stand_in, "Topology", metadata)
            assert code(refused.value) == "UNAUTHENTICATED"
        good = (("authorization", f"Bearer {issued.access_token}"),)
        assert call(stand_in, "Topology", good).gatewayVersion == "8.8.21"


@pytest.mark.parametrize(
    "rpc", ["EvaluateDecision", "BroadcastSignal", "ModifyProcessInstance", "MigrateProcessInstance"]
)
def test_what_it_does_not_know_is_unimplemented(rpc: str) -> None:
    """Commands that the stand-in does not know are UNIMPLEMENTED."""
    with CamundaStandIn() as stand_in, pytest.raises(grpc.RpcError) as refused:
        call(stand_in, rpc)
    assert code(refused.value) == "UNIMPLEMENTED"


def test_time_passes_by_itself() -> None:
    """A lock that runs out hands its job to a waiting worker, without anyone moving the clock."""
    with CamundaStandIn() as stand_in:
        name, content = one_task("passing").resource()
        call(stand_in, "DeployResource", resources=[pb.Resource(name=name, content=content)])
        call(stand_in, "CreateProcessInstance", bpmnProcessId="passing", version=-1)
        with grpc.insecure_channel(stand_in.grpc_address) as channel:
            stub = gateway_pb2_grpc.GatewayStub(channel)
            request = pb.ActivateJobsRequest(
                type="passing", worker="w", timeout=200, maxJobsToActivate=1, requestTimeout=15_000
            )
            keys = [
                j.key for _ in range(2) for a in stub.ActivateJobs(request, timeout=CALL_S) for j in a.jobs
            ]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_jobs_are_streamed() -> None:
    """An open stream gets each job as it comes."""
    with CamundaStandIn() as stand_in, grpc.insecure_channel(stand_in.grpc_address) as channel:
        stub = gateway_pb2_grpc.GatewayStub(channel)
        stand_in.engine.deploy([one_task("streamed").resource()])
        stream: Any = stub.StreamActivatedJobs(
            pb.StreamActivatedJobsRequest(type="streamed", worker="w", timeout=60_000), timeout=CALL_S
        )
        keys = []
        for _ in range(2):
            stand_in.engine.create_instance(process_id="streamed")
            keys.append(next(stream).key)
        stream.cancel()
    assert len(set(keys)) == 2


class NoticesWaiters(Engine):
    """An engine that says when a call waits for jobs, and when a call has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.somebody_waits = threading.Event()
        self.somebody_left = threading.Event()

    @override
    def wait_for_jobs(self, *asked: Any, **more: Any) -> bool:
        self.somebody_waits.set()
        return super().wait_for_jobs(*asked, **more)

    @override
    def wake_waiters(self) -> None:
        self.somebody_left.set()
        super().wake_waiters()


def test_a_worker_that_left_gets_no_job() -> None:
    """A job that comes after a waiting worker hung up stays for the next one, at once."""
    engine = NoticesWaiters()
    with CamundaStandIn(engine) as stand_in, grpc.insecure_channel(stand_in.grpc_address) as channel:
        stub = gateway_pb2_grpc.GatewayStub(channel)
        engine.deploy([one_task("left").resource()])
        request = pb.ActivateJobsRequest(
            type="left", worker="gone", timeout=600_000, maxJobsToActivate=1, requestTimeout=60_000
        )
        poll: Any = stub.ActivateJobs(request, timeout=CALL_S)
        assert engine.somebody_waits.wait(CALL_S)
        poll.cancel()
        assert engine.somebody_left.wait(CALL_S)
        engine.create_instance(process_id="left")
        found = list(
            stub.ActivateJobs(
                pb.ActivateJobsRequest(type="left", worker="next", timeout=1000, maxJobsToActivate=1),
                timeout=CALL_S,
            )
        )
    assert [j.worker for a in found for j in a.jobs] == ["next"]


def test_stopping_ends_every_wait_and_thread() -> None:
    """A stand-in that stops answers who waits, and leaves no thread behind."""
    stand_in = CamundaStandIn()
    answers: list[Any] = []

    def wait() -> None:
        request: dict[str, Any] = {"type": "never", "worker": "w", "timeout": 1000, "maxJobsToActivate": 1}
        try:
            answers.append(list(call(stand_in, "ActivateJobs", **request, requestTimeout=600_000)))
        except grpc.RpcError as error:
            answers.append(error)

    with started_here() as threads:
        stand_in.start()
        waiting = threading.Thread(target=wait)
        waiting.start()
        stand_in.stop()
        waiting.join(CALL_S)
    [answer] = answers
    assert answer == [] or code(answer) != "DEADLINE_EXCEEDED"
    assert len(threads) > 1
    assert alive(threads) == []
