"""How the transport is chosen: gRPC where it is spoken, REST where not, and never by chance."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import grpc
import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.auto import AutoCommands, AutoJobs, GrpcWithTaggedStarts
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.model import CompleteJob, JobGone, MessagePublished
from apify_camunda.camunda.ports import EngineCommands
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from emulators.camunda.rest import Cut, Problem, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn

from tests.contract.camunda_targets import NOBODY, a_message, a_start, rest_server, target_on
from tests.contract.fault_servers import scripted_gateway
from tests.unit.emulators.camunda_rest.processes import straight_process

SHORT = timedelta(seconds=2)


@dataclass(slots=True)
class Chooser:
    """The ports that choose, over a REST API that is there and a gRPC address that may lead anywhere."""

    api: RestApi
    rest_address: str
    runner: asyncio.Runner
    client: httpx.AsyncClient
    opened: list[CamundaGrpc]
    probes: int = 0

    def grpc(self, address: str) -> CamundaGrpc:
        adapter = CamundaGrpc(address=address, auth=NoAuth(), deadline=SHORT)
        self.opened.append(adapter)
        return adapter

    def rest(self, address: str = "") -> CamundaRest:
        return CamundaRest(base_url=address or self.rest_address, auth=NoAuth(), client=self.client)

    def commands(self, grpc_address: str, rest_address: str = "") -> AutoCommands:
        adapter = self.grpc(grpc_address)

        async def probe() -> object:
            self.probes += 1
            return await adapter.topology()

        return AutoCommands(adapter, RestCommands(self.rest(rest_address)), probe)

    def publish(self, commands: EngineCommands, message_id: str = "") -> object:
        return self.runner.run(commands.publish_message(a_message(message_id=message_id)))

    @property
    def operations(self) -> list[str]:
        return [call.operation_id for call in self.api.calls]


@pytest.fixture(scope="module")
def server() -> Iterator[RestServer]:
    with rest_server("rest 8.10") as running:
        yield running


@pytest.fixture
def chooser(server: RestServer) -> Iterator[Chooser]:
    with target_on(server) as opened:
        runner, client = opened.ports.runner, httpx.AsyncClient()
        made = Chooser(opened.api, server.address, runner, client, [])
        yield made
        for adapter in made.opened:
            runner.run(adapter.close())
        runner.run(client.aclose())


class TestMessages:
    def test_grpc_is_taken_where_it_is_spoken(self, chooser: Chooser) -> None:
        """One question shows that gRPC is spoken; from then on no other is asked and REST is left alone."""
        with CamundaStandIn() as stand_in:
            commands = chooser.commands(f"http://{stand_in.grpc_address}")
            for _ in range(3):
                assert isinstance(chooser.publish(commands), MessagePublished)
            assert len(stand_in.engine.messages()) == 3
        assert (chooser.probes, chooser.operations) == (1, [])

    def test_rest_is_taken_without_a_listener_for_grpc(self, chooser: Chooser) -> None:
        """A closed port is found out once."""
        commands = chooser.commands(NOBODY)
        for _ in range(3):
            assert isinstance(chooser.publish(commands), MessagePublished)
        assert (chooser.probes, chooser.operations) == (1, ["publishMessage"] * 3)

    def test_rest_is_taken_where_something_else_is_spoken(self, chooser: Chooser) -> None:
        """A port that speaks HTTP/1.1 is no gateway."""
        commands = chooser.commands(chooser.rest_address)
        assert isinstance(chooser.publish(commands), MessagePublished)
        assert chooser.operations == ["publishMessage"]

    def test_rest_is_taken_where_nothing_is_said(self, chooser: Chooser) -> None:
        """A port that accepts and stays silent costs one deadline, once."""
        with socket.create_server(("127.0.0.1", 0)) as mute:
            commands = chooser.commands(f"http://127.0.0.1:{mute.getsockname()[1]}")
            for _ in range(2):
                assert isinstance(chooser.publish(commands), MessagePublished)
        assert chooser.probes == 1

    def test_rest_is_taken_where_grpc_is_switched_off(self, chooser: Chooser) -> None:
        """A proxy that speaks gRPC without a gateway answers UNIMPLEMENTED."""
        with scripted_gateway() as (gateway, address):
            gateway.script.append((grpc.StatusCode.UNIMPLEMENTED, "unknown service gateway_protocol.Gateway"))
            assert isinstance(chooser.publish(chooser.commands(address)), MessagePublished)
            assert gateway.calls == ["Topology"]
        assert chooser.operations == ["publishMessage"]

    @pytest.mark.parametrize(
        "status", [grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.PERMISSION_DENIED]
    )
    def test_a_gateway_that_refuses_is_not_absent(self, chooser: Chooser, status: grpc.StatusCode) -> None:
        """Back pressure and refused credentials say that gRPC is spoken: REST is not tried instead."""
        with scripted_gateway() as (gateway, address):
            gateway.script.append((status, "not now"))
            commands = chooser.commands(address)
            with pytest.raises(EngineUnavailable):
                chooser.publish(commands)
            assert isinstance(chooser.publish(commands), MessagePublished)
            assert gateway.calls == ["Topology", "Topology", "PublishMessage"]
        assert chooser.operations == []

    def test_nothing_is_settled_while_neither_answers(self, chooser: Chooser) -> None:
        """A cluster that is away for a moment is away over both; gRPC gets its chance when it is back."""
        with CamundaStandIn() as first:
            address = f"http://{first.grpc_address}"
            port = int(address.rsplit(":", 1)[1])
        commands = chooser.commands(address, NOBODY)
        with pytest.raises(EngineUnavailable):
            chooser.publish(commands)
        with CamundaStandIn(grpc_port=port) as second:
            while not second.engine.messages():
                try:
                    chooser.publish(commands)
                except EngineUnavailable:
                    assert chooser.probes < 20
        assert chooser.operations == []

    def test_a_rejection_is_passed_on(self, chooser: Chooser) -> None:
        """A message that cannot be sent is the fault of its caller; the next one goes through."""
        commands = chooser.commands(NOBODY)
        with pytest.raises(EngineRejected):
            chooser.runner.run(commands.publish_message(a_message(variables={"x": float("nan")})))
        assert isinstance(chooser.publish(commands), MessagePublished)


class TestJobs:
    def test_jobs_go_the_way_that_was_found(self, chooser: Chooser) -> None:
        """Activation, reports, locks and local variables all go over REST where gRPC is not spoken."""
        adapter = chooser.grpc(NOBODY)
        jobs = AutoJobs(adapter, RestJobs(chooser.rest()), adapter.topology)
        activation = jobs.activate(job_type="work", max_jobs=1, lock=timedelta(minutes=1), wait=timedelta(0))
        assert list(chooser.runner.run(activation)) == []
        assert isinstance(chooser.runner.run(jobs.report(JobKey(1), CompleteJob({}))), JobGone)
        assert isinstance(chooser.runner.run(jobs.set_lock(JobKey(1), timedelta(seconds=1))), JobGone)
        with pytest.raises(EngineRejected):
            chooser.runner.run(jobs.set_local_variables(1, {"a": 1}))
        assert chooser.operations == [
            "activateJobs",
            "completeJob",
            "updateJob",
            "createElementInstanceVariables",
        ]


class TestStarts:
    @pytest.fixture
    def stand_in(self) -> Iterator[CamundaStandIn]:
        with CamundaStandIn() as opened:
            opened.engine.deploy([("r.bpmn", straight_process())])
            yield opened

    def start(self, chooser: Chooser, stand_in: CamundaStandIn, rest_address: str) -> frozenset[str]:
        """Start over a REST address, with gRPC beside it, and return the tags of the one instance."""
        commands = GrpcWithTaggedStarts(
            chooser.grpc(f"http://{stand_in.grpc_address}"), RestCommands(chooser.rest(rest_address))
        )
        [definition] = stand_in.engine.definitions()
        chooser.runner.run(commands.start_process(a_start(definition)))
        [instance] = stand_in.engine.process_instances()
        return instance.tags

    def test_instances_are_tagged_over_rest(self, chooser: Chooser, stand_in: CamundaStandIn) -> None:
        """Where REST is there it starts instances, because only REST knows tags."""
        with RestServer(RestApi(stand_in.engine)) as rest:
            assert self.start(chooser, stand_in, rest.address) == {"event:1"}

    def test_where_rest_is_away_nothing_is_started(self, chooser: Chooser, stand_in: CamundaStandIn) -> None:
        """An instance without a tag could not be found again, and would be created twice."""
        with pytest.raises(EngineUnavailable):
            self.start(chooser, stand_in, NOBODY)
        assert stand_in.engine.process_instances() == ()

    def test_where_rest_leads_elsewhere_grpc_starts(self, chooser: Chooser, stand_in: CamundaStandIn) -> None:
        """An address without such a path certainly started nothing."""
        assert self.start(chooser, stand_in, f"{chooser.rest_address}/elsewhere") == frozenset()

    def test_without_rest_v2_there_is_no_search(self, chooser: Chooser) -> None:
        """A search that does not exist is refused, so that a person sees what is in doubt."""
        elsewhere = RestCommands(chooser.rest(f"{chooser.rest_address}/elsewhere"))
        with pytest.raises(EngineRejected):
            chooser.runner.run(elsewhere.instances_with_tag("event:1"))

    @pytest.mark.parametrize(
        "fault",
        [Cut.AFTER_EFFECT, Cut.BEFORE_EFFECT, Problem(504, "DEADLINE_EXCEEDED", "late"), Problem.exhausted()],
        ids=str,
    )
    def test_a_start_that_may_have_happened_is_never_repeated_over_grpc(
        self, chooser: Chooser, stand_in: CamundaStandIn, fault: Cut | Problem
    ) -> None:
        """What is in doubt, or pushed back, is the caller's: a second transport would start twice."""
        api = RestApi(stand_in.engine)
        api.faults.add("createProcessInstance", fault)
        with RestServer(api) as rest, pytest.raises(EngineUnavailable):
            self.start(chooser, stand_in, rest.address)
        expected = 1 if fault is Cut.AFTER_EFFECT else 0
        assert len(stand_in.engine.process_instances()) == expected
