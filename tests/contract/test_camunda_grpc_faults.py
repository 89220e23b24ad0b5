"""The gRPC adapter against gateways that refuse, push back, fall silent or go away."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import grpc
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.model import CompleteJob, JobGone, JobTaken, MessagePublished
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from emulators.camunda.engine import Engine
from emulators.camunda.server import CamundaStandIn

from tests.contract.camunda_targets import NOBODY, a_message
from tests.contract.fault_servers import ScriptedGateway, SilentProxy, scripted_gateway
from tests.unit.emulators.camunda_rest.processes import job_process

SHORT = timedelta(seconds=2)
Code = grpc.StatusCode


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture
def scripted(runner: asyncio.Runner) -> Iterator[tuple[ScriptedGateway, CamundaGrpc]]:
    with scripted_gateway() as (gateway, address):
        adapter = CamundaGrpc(address=address, auth=NoAuth())
        yield gateway, adapter
        runner.run(adapter.close())


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "details", "code", "is_unknown"),
        [
            (
                Code.RESOURCE_EXHAUSTED,
                "Reached maximum capacity",
                "ENGINE_BACK_PRESSURE",
                False,
            ),
            (Code.RESOURCE_EXHAUSTED, "all retries exhausted", "ENGINE_BACK_PRESSURE", False),
            (Code.PERMISSION_DENIED, "Insufficient permissions", "ENGINE_UNAUTHORIZED", False),
            (Code.UNIMPLEMENTED, "Method not found", "ENGINE_UNIMPLEMENTED", False),
            (Code.DEADLINE_EXCEEDED, "Time out between gateway and broker", "ENGINE_DEADLINE", True),
            (
                Code.UNAVAILABLE,
                "the partition is away",
                "ENGINE_UNAVAILABLE",
                True,
            ),
            (
                Code.ABORTED,
                "may or may not have been accepted",
                "ENGINE_UNAVAILABLE",
                True,
            ),
            (Code.INTERNAL, "Unexpected error", "ENGINE_UNAVAILABLE", True),
            (
                Code.INTERNAL,
                "Command 'PUBLISH' rejected with code 'PROCESSING_ERROR': unexpected error occurred",
                "ENGINE_PROCESSING_ERROR",
                False,
            ),
            (Code.UNKNOWN, "", "ENGINE_UNAVAILABLE", True),
            (Code.CANCELLED, "", "ENGINE_UNAVAILABLE", True),
            (Code.DATA_LOSS, "", "ENGINE_UNAVAILABLE", True),
        ],
    )
    def test_what_may_be_tried_again_says_whether_it_took_effect(  # noqa: PLR0917 - a table's columns
        self,
        scripted: tuple[ScriptedGateway, CamundaGrpc],
        runner: asyncio.Runner,
        status: Code,
        details: str,
        code: str,
        is_unknown: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        """Each status is one error of ours, and only those that surely came before the effect say so."""
        gateway, adapter = scripted
        gateway.script.append((status, details))
        with pytest.raises(EngineUnavailable) as raised:
            runner.run(adapter.publish_message(a_message()))
        assert (raised.value.code, raised.value.outcome_unknown) == (code, is_unknown)
        assert details in raised.value.message
        assert gateway.calls == ["PublishMessage"]
        assert runner.run(adapter.publish_message(a_message())) == MessagePublished(1)

    def test_a_text_that_cannot_be_written_is_rejected(
        self, scripted: tuple[ScriptedGateway, CamundaGrpc], runner: asyncio.Runner
    ) -> None:
        """Half a character cannot be sent, now or later."""
        gateway, adapter = scripted
        with pytest.raises(EngineRejected, match="cannot be sent"):
            runner.run(adapter.publish_message(a_message(correlation_key="cut \ud83d")))
        assert gateway.calls == []

    @pytest.mark.parametrize(
        ("status", "details", "rejection", "code"),
        [
            (Code.INVALID_ARGUMENT, "Property 'variables' is invalid", "INVALID_ARGUMENT", "ENGINE_REJECTED"),
            (Code.FAILED_PRECONDITION, "in state 'FAILED'", "INVALID_STATE", "ENGINE_REJECTED"),
            (Code.NOT_FOUND, "no such process", "NOT_FOUND", "ENGINE_REJECTED"),
            (
                Code.RESOURCE_EXHAUSTED,
                "Received message larger than max (5000020 vs. 4194304)",
                "INVALID_ARGUMENT",
                "PAYLOAD_TOO_LARGE",
            ),
            (
                Code.UNKNOWN,
                "Command 'PUBLISH' rejected with code 'EXCEEDED_BATCH_RECORD_SIZE'",
                "INVALID_ARGUMENT",
                "PAYLOAD_TOO_LARGE",
            ),
        ],
    )
    def test_what_is_refused_for_good_is_rejected(  # noqa: PLR0917 - a table's columns
        self,
        scripted: tuple[ScriptedGateway, CamundaGrpc],
        runner: asyncio.Runner,
        status: Code,
        details: str,
        rejection: str,
        code: str,
    ) -> None:
        """A refusal that no retry changes is EngineRejected; too large a message looks like back pressure."""
        gateway, adapter = scripted
        gateway.script.append((status, details))
        with pytest.raises(EngineRejected) as raised:
            runner.run(adapter.publish_message(a_message()))
        assert (raised.value.rejection, raised.value.code) == (rejection, code)

    @pytest.mark.parametrize("status", [Code.NOT_FOUND, Code.FAILED_PRECONDITION])
    def test_a_job_that_is_gone_is_a_reply(
        self, scripted: tuple[ScriptedGateway, CamundaGrpc], runner: asyncio.Runner, status: Code
    ) -> None:
        """A job's command that finds no job, or one in another state, is answered JobGone."""
        gateway, adapter = scripted
        gateway.script.append((status, "job 7"))
        reply = runner.run(adapter.report(JobKey(7), CompleteJob({})))
        assert isinstance(reply, JobGone)
        assert "job 7" in reply.reason
        assert runner.run(adapter.report(JobKey(7), CompleteJob({}))) == JobTaken()

    def test_many_errors_do_not_close_the_channel_for_good(
        self, scripted: tuple[ScriptedGateway, CamundaGrpc], runner: asyncio.Runner
    ) -> None:
        """pyzeebe gives up after ten errors in its life; a warm Lambda must not."""
        gateway, adapter = scripted
        for _ in range(15):
            gateway.script.append((Code.INTERNAL, "again"))
            with pytest.raises(EngineUnavailable):
                runner.run(adapter.publish_message(a_message()))
            assert runner.run(adapter.publish_message(a_message())) == MessagePublished(1)

    def test_jobs_that_came_before_an_error_are_ours(
        self, scripted: tuple[ScriptedGateway, CamundaGrpc], runner: asyncio.Runner
    ) -> None:
        """An activation that breaks off hands out what it had locked by then."""
        gateway, adapter = scripted
        gateway.script.append((Code.UNAVAILABLE, "after one job"))
        found = runner.run(
            adapter.activate(job_type="work", max_jobs=5, lock=timedelta(minutes=1), wait=timedelta(0))
        )
        assert [job.key for job in found] == [7]

    def test_an_activation_that_fails_is_an_error(
        self, scripted: tuple[ScriptedGateway, CamundaGrpc], runner: asyncio.Runner
    ) -> None:
        """No answer is not the same as no jobs."""
        gateway, adapter = scripted
        gateway.script.append((Code.UNAVAILABLE, "away"))
        activate = partial(
            adapter.activate, job_type="work", max_jobs=5, lock=timedelta(minutes=1), wait=timedelta(0)
        )
        with pytest.raises(EngineUnavailable):
            runner.run(activate())
        assert list(runner.run(activate())) == []


class TestConnections:
    def test_without_a_listener_nothing_was_sent(self, runner: asyncio.Runner) -> None:
        """A connection that could not be made says that the command surely had no effect."""
        adapter = CamundaGrpc(address=NOBODY, auth=NoAuth(), deadline=timedelta(seconds=5))
        with pytest.raises(EngineUnavailable) as raised:
            runner.run(adapter.publish_message(a_message()))
        assert not raised.value.outcome_unknown
        runner.run(adapter.close())

    def test_a_peer_that_never_answers_is_given_up_in_time(self, runner: asyncio.Runner) -> None:
        """A port that accepts and says nothing costs the deadline, not more."""
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"http://127.0.0.1:{mute.getsockname()[1]}"
            adapter = CamundaGrpc(address=address, auth=NoAuth(), deadline=SHORT)
            with pytest.raises(EngineUnavailable):
                runner.run(adapter.publish_message(a_message()))
            runner.run(adapter.close())

    def test_a_connection_that_falls_silent_is_replaced(self, runner: asyncio.Runner) -> None:
        """After one deadline, its outcome unknown, the next command goes over a new connection at once."""
        with CamundaStandIn() as stand_in, SilentProxy(stand_in.grpc_address) as proxy:
            adapter = CamundaGrpc(address=f"http://{proxy.address}", auth=NoAuth(), deadline=SHORT)
            runner.run(adapter.publish_message(a_message(message_id="1")))
            assert proxy.connections == 1
            proxy.fall_silent()
            with pytest.raises(EngineUnavailable) as raised:
                runner.run(adapter.publish_message(a_message(message_id="2")))
            assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_DEADLINE", True)
            runner.run(adapter.publish_message(a_message(message_id="3")))
            assert proxy.connections == 2
            assert [each.message_id for each in stand_in.engine.messages()] == ["1", "3"]
            runner.run(adapter.close())

    def test_many_commands_that_fall_silent_replace_the_connection_once(self, runner: asyncio.Runner) -> None:
        """Commands that time out together do not each throw away the connection that another one made."""
        with CamundaStandIn() as stand_in, SilentProxy(stand_in.grpc_address) as proxy:
            adapter = CamundaGrpc(address=f"http://{proxy.address}", auth=NoAuth(), deadline=SHORT)
            runner.run(adapter.topology())
            proxy.fall_silent()

            async def publish(number: int) -> object:
                try:
                    return await adapter.publish_message(a_message(message_id=f"first {number}"))
                except EngineUnavailable:
                    return await adapter.publish_message(a_message(message_id=f"second {number}"))

            async def publish_all() -> list[object]:
                return await asyncio.gather(*(publish(number) for number in range(10)))

            assert {type(each) for each in runner.run(publish_all())} == {MessagePublished}
            assert proxy.connections == 2
            runner.run(adapter.close())

    def test_commands_in_flight_survive_a_replaced_connection(self, runner: asyncio.Runner) -> None:
        """A long poll on the old connection still gets its job while others use the new one."""
        with CamundaStandIn(Engine()) as stand_in:
            stand_in.engine.deploy([("r.bpmn", job_process())])
            adapter = CamundaGrpc(address=f"http://{stand_in.grpc_address}", auth=NoAuth())

            async def poll_while_the_connection_goes() -> int:
                await adapter.topology()
                poll = asyncio.create_task(
                    adapter.activate(
                        job_type="work", max_jobs=1, lock=timedelta(minutes=1), wait=timedelta(seconds=20)
                    )
                )
                while not (adapter._channel._connection and adapter._channel._connection.in_flight):  # noqa: ASYNC110 - one turn
                    await asyncio.sleep(0)
                adapter._channel.replace()
                await adapter.topology()
                await asyncio.to_thread(stand_in.engine.create_instance, process_id="crawl")
                return len(await poll)

            assert runner.run(poll_while_the_connection_goes()) == 1
            runner.run(adapter.close())
            assert adapter._channel._draining == set()

    def test_a_connection_that_was_idle_for_long_is_not_trusted(self, runner: asyncio.Runner) -> None:
        """A proxy may drop idle connections without notice, so a new one is made."""
        with CamundaStandIn() as stand_in, SilentProxy(stand_in.grpc_address) as proxy:
            adapter = CamundaGrpc(address=f"http://{proxy.address}", auth=NoAuth())
            runner.run(adapter.topology())
            runner.run(adapter.topology())
            assert proxy.connections == 1
            adapter._channel._max_idle_s = 0.0
            runner.run(adapter.topology())
            assert proxy.connections == 2
            runner.run(adapter.close())

    def test_a_gateway_that_restarts_is_found_again(self, runner: asyncio.Runner) -> None:
        """After the gateway came back, at most one command fails."""
        engine = Engine()
        with CamundaStandIn(engine) as stand_in:
            port = int(stand_in.grpc_address.rsplit(":", 1)[1])
            adapter = CamundaGrpc(address=f"http://{stand_in.grpc_address}", auth=NoAuth(), deadline=SHORT)
            runner.run(adapter.publish_message(a_message(message_id="before")))
        with pytest.raises(EngineUnavailable):
            runner.run(adapter.publish_message(a_message(message_id="away")))
        with CamundaStandIn(engine, grpc_port=port):
            try:
                runner.run(adapter.publish_message(a_message(message_id="after")))
            except EngineUnavailable:
                runner.run(adapter.publish_message(a_message(message_id="after")))
            runner.run(adapter.close())
        assert [each.message_id for each in engine.messages()] == ["before", "after"]
