"""The REST adapter against gateways that refuse, push back, fall silent, cut connections or are not there."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.model import CompleteJob, MessageAlreadyPublished, MessagePublished
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Cut, Problem, RestApi, RestServer, Silence

from tests.contract.camunda_targets import NOBODY, a_message, a_start, target
from tests.contract.fault_servers import SilentProxy
from tests.unit.emulators.camunda_rest.processes import straight_process

SHORT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Cluster:
    """An API, and how to reach it."""

    api: RestApi
    server: RestServer
    runner: asyncio.Runner
    client: httpx.AsyncClient

    def rest(self, base_url: str = "") -> CamundaRest:
        return CamundaRest(
            base_url=base_url or self.server.address, auth=NoAuth(), client=self.client, deadline=SHORT
        )

    def publish(self, base_url: str = "", message_id: str = "event-1") -> object:
        commands = RestCommands(self.rest(base_url))
        return self.runner.run(commands.publish_message(a_message(message_id=message_id)))


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    api = RestApi(Engine())
    with RestServer(api) as server, asyncio.Runner() as runner:
        client = httpx.AsyncClient()
        yield Cluster(api, server, runner, client)
        runner.run(client.aclose())


class TestAnswers:
    @pytest.mark.parametrize(
        ("problem", "code", "is_unknown"),
        [
            (Problem.exhausted(), "ENGINE_BACK_PRESSURE", False),
            (Problem(429, "Too Many Requests", "slow down"), "ENGINE_BACK_PRESSURE", False),
            (Problem(401, "Unauthorized", "no"), "ENGINE_UNAUTHORIZED", False),
            (Problem(403, "FORBIDDEN", "Insufficient permissions"), "ENGINE_UNAUTHORIZED", False),
            (Problem(405, "Method Not Allowed", "no"), "ENGINE_UNIMPLEMENTED", False),
            (Problem(500, "PROCESSING_ERROR", "unexpected error occurred"), "ENGINE_PROCESSING_ERROR", False),
            (Problem(503, "Service Unavailable", "no leader"), "ENGINE_UNAVAILABLE", True),
            (Problem(502, "ABORTED", "the connection was cut"), "ENGINE_UNAVAILABLE", True),
            (Problem(504, "DEADLINE_EXCEEDED", "gateway and broker"), "ENGINE_UNAVAILABLE", True),
            (Problem(500, "INTERNAL", "unexpected"), "ENGINE_UNAVAILABLE", True),
        ],
        ids=lambda value: f"{value.status} {value.title}" if isinstance(value, Problem) else None,
    )
    def test_what_may_be_tried_again_says_whether_it_took_effect(
        self,
        cluster: Cluster,
        problem: Problem,
        code: str,
        is_unknown: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        """Each status is one error of ours; those that surely came before the effect say so."""
        cluster.api.faults.add("publishMessage", problem, times=2)
        with pytest.raises(EngineUnavailable) as raised:
            cluster.publish()
        assert (raised.value.code, raised.value.outcome_unknown) == (code, is_unknown)
        assert problem.detail in raised.value.message

    @pytest.mark.parametrize("status", [400, 413])
    def test_what_is_refused_for_good_is_rejected(self, cluster: Cluster, status: int) -> None:
        """A request that the gateway cannot take is never tried again."""
        cluster.api.faults.add("publishMessage", Problem(status, "INVALID_ARGUMENT", "no name"))
        with pytest.raises(EngineRejected, match="no name"):
            cluster.publish()

    @pytest.mark.parametrize(
        ("title", "detail"),
        [
            (
                "MALFORMED_REQUEST",
                "code: MALFORMED_REQUEST, message: Request size is above configured maxMessageSize.",
            ),
            ("EXCEEDED_BATCH_RECORD_SIZE", "Command 'PUBLISH' rejected with code"),
            ("INTERNAL", "Command 'PUBLISH' rejected with code 'EXCEEDED_BATCH_RECORD_SIZE': "),
        ],
    )
    def test_what_only_the_broker_finds_too_large_is_rejected(
        self, cluster: Cluster, title: str, detail: str
    ) -> None:
        """The broker's limits come as a 500 and are no reason to try again."""
        cluster.api.faults.add("publishMessage", Problem(500, title, detail))
        with pytest.raises(EngineRejected) as raised:
            cluster.publish()
        assert raised.value.code == "PAYLOAD_TOO_LARGE"

    def test_a_conflict_that_is_not_a_repetition_is_rejected(self, cluster: Cluster) -> None:
        """Only ALREADY_EXISTS says that an earlier try landed; another 409 must not be taken for it."""
        cluster.api.faults.add("publishMessage", Problem(409, "INVALID_STATE", "the tenant is deleted"))
        with pytest.raises(EngineRejected):
            cluster.publish()

    def test_a_404_of_a_proxy_does_not_end_a_job(self, cluster: Cluster) -> None:
        """An address that leads elsewhere must not say of every job that it is gone."""
        jobs = RestJobs(cluster.rest(f"{cluster.server.address}/cluster-that-is-not-there"))
        with pytest.raises(EngineUnavailable) as raised:
            cluster.runner.run(jobs.report(JobKey(7), CompleteJob({})))
        assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_UNIMPLEMENTED", False)

    @pytest.mark.parametrize(
        ("answer", "code", "is_unknown"),
        [
            (httpx.Response(200, text="<html>Please sign in</html>"), "ENGINE_UNAVAILABLE", True),
            (httpx.Response(404, text="default backend - 404"), "ENGINE_UNAVAILABLE", False),
            (httpx.Response(404, json={"message": "no Route matched"}), "ENGINE_UNAVAILABLE", False),
            (httpx.Response(503, text="upstream connect error: reset"), "ENGINE_UNAVAILABLE", True),
            (httpx.Response(429, text="slow down"), "ENGINE_BACK_PRESSURE", False),
            (httpx.Response(404, json={"path": "/v2/messages/publication"}), "ENGINE_UNIMPLEMENTED", False),
        ],
        ids=["a page", "no backend", "no route", "cut behind it", "throttled", "Camunda's own"],
    )
    def test_answers_of_a_proxy_before_camunda(
        self,
        answer: httpx.Response,
        code: str,
        is_unknown: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        """A proxy's 503 may come after the effect, its 404 says nothing of Camunda, its page is no answer."""

        async def ask() -> None:
            async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as client:
                rest = CamundaRest(base_url="http://cluster.example", auth=NoAuth(), client=client)
                await RestCommands(rest).publish_message(a_message())

        with pytest.raises(EngineUnavailable) as raised:
            asyncio.run(ask())
        assert (raised.value.code, raised.value.outcome_unknown) == (code, is_unknown)

    @pytest.mark.parametrize("suffix", ["", "/", "/v2", "/v2/"])
    def test_the_address_may_end_in_its_version(self, cluster: Cluster, suffix: str) -> None:
        """What a person copies from a console works."""
        assert isinstance(cluster.publish(f"{cluster.server.address}{suffix}"), MessagePublished)


class TestConnections:
    def test_without_a_listener_nothing_was_sent(self, cluster: Cluster) -> None:
        """A connection that could not be made says that the command surely had no effect."""
        with pytest.raises(EngineUnavailable) as raised:
            cluster.publish(NOBODY)
        assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_UNAVAILABLE", False)

    @pytest.mark.parametrize("cut", Cut, ids=lambda cut: cut.name)
    def test_a_cut_connection_leaves_the_outcome_open(self, cluster: Cluster, cut: Cut) -> None:
        """Whether the effect came before the cut is not to be seen, and the command is not repeated."""
        cluster.api.faults.add("publishMessage", cut)
        with pytest.raises(EngineUnavailable) as raised:
            cluster.publish()
        assert raised.value.outcome_unknown
        assert len(cluster.api.calls) == 1
        expected = {Cut.BEFORE_EFFECT: MessagePublished, Cut.AFTER_EFFECT: MessageAlreadyPublished}
        assert isinstance(cluster.publish(), expected[cut])

    def test_an_answer_that_does_not_come_costs_the_deadline(self, cluster: Cluster) -> None:
        """A gateway that works and does not answer leaves the outcome open; the next command goes through."""
        cluster.api.faults.add("publishMessage", Silence())
        with pytest.raises(EngineUnavailable) as raised:
            cluster.publish()
        assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_DEADLINE", True)
        assert cluster.publish() == MessageAlreadyPublished()

    def test_a_connection_that_falls_silent_is_replaced(self, cluster: Cluster) -> None:
        """After one deadline the next command goes over a new connection."""
        with SilentProxy(cluster.server.address) as proxy:
            address = f"http://{proxy.address}"
            cluster.publish(address, "1")
            cluster.publish(address, "2")
            assert proxy.connections == 1
            proxy.fall_silent()
            with pytest.raises(EngineUnavailable):
                cluster.publish(address, "3")
            cluster.publish(address, "4")
            assert proxy.connections == 2
        assert [each.message_id for each in cluster.api.engine.messages()] == ["1", "2", "4"]

    def test_a_long_poll_that_is_not_answered_is_an_error(self, cluster: Cluster) -> None:
        """No answer is not the same as no jobs; it comes soon after the wait."""
        cluster.api.faults.add("activateJobs", Cut.BEFORE_EFFECT)
        activation = RestJobs(cluster.rest()).activate(
            job_type="work", max_jobs=1, lock=timedelta(minutes=1), wait=timedelta(0)
        )
        with pytest.raises(EngineUnavailable):
            cluster.runner.run(activation)


class TestTags:
    def test_tags_that_were_refused_are_never_sent_again(self) -> None:
        """A cluster before 8.8 has no tags: the refused start is repeated without tags, as are later ones."""
        with target("rest 8.8") as cluster:
            [definition] = cluster.deploy(straight_process())
            cluster.api.faults.add("createProcessInstance", Problem.unreadable_property("tags"))
            for _ in range(2):
                cluster.run(cluster.commands.start_process(a_start(definition)))
            bodies = [json.loads(body) for body in cluster.calls("createProcessInstance")]
            assert ["tags" in body for body in bodies] == [True, False, False]
            assert len(cluster.engine.process_instances()) == 2

    def test_tags_that_are_malformed_are_not_left_out(self) -> None:
        """A refusal of the tag's text is a refusal, not a sign of an old cluster."""
        with target("rest 8.8") as cluster:
            [definition] = cluster.deploy(straight_process())
            refusal = Problem.invalid_argument("The provided tag '1' is not valid.")
            cluster.api.faults.add("createProcessInstance", refusal)
            with pytest.raises(EngineRejected):
                cluster.run(cluster.commands.start_process(a_start(definition)))
            assert cluster.engine.process_instances() == ()
