"""What every JobQueue does: the fake, and our adapters over the stand-in and Camunda's own engines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from apify_camunda.camunda.model import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobGone,
    JobOutcome,
    JobReply,
    JobTaken,
    ThrowBpmnError,
)
from apify_camunda.errors import EngineRejected
from apify_camunda.identifiers import DefinitionKey, JobKey
from apify_camunda.json_types import Json, JsonObject

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import AS_A_GATEWAY, EVERYWHERE
from tests.contract.camunda_targets import DEFAULT_TENANT
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import job_process

LOCK = timedelta(minutes=5)
NO_WAIT = timedelta(0)
OUTCOMES = {
    "complete": CompleteJob({}),
    "fail": FailJob(1, "again", NO_WAIT, {}),
    "throw": ThrowBpmnError("E", None, {}),
}
UNFIT = {
    "complete": CompleteJob({"x": float("nan")}),
    "fail": FailJob(1, "", NO_WAIT, {"x": float("inf")}),
    "throw": ThrowBpmnError("E", None, {"x": [float("nan")]}),
    "too large": CompleteJob({"x": "x" * 4_500_000}),
}

of_a_gateway = pytest.mark.parametrize("cluster", AS_A_GATEWAY, indirect=True)


@pytest.fixture(scope="module", params=EVERYWHERE)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    """A corner with a process of one job, whose type is the corner's name."""
    world = cluster.world(unique_name(request))
    world.deploy(job_process(world.name, world.name))
    return world


def activated(world: World, *, max_jobs: int = 32, lock: timedelta = LOCK) -> Sequence[ActivatedJob]:
    poll = world.ports.jobs.activate(job_type=world.name, max_jobs=max_jobs, lock=lock, wait=NO_WAIT)
    return world.ports.run(poll)


def one_job(world: World, *, lock: timedelta = LOCK, **variables: object) -> ActivatedJob:
    world.start(world.name, **variables)
    [job] = activated(world, lock=lock)
    return job


def report(world: World, job: ActivatedJob, outcome: JobOutcome) -> JobReply:
    return world.ports.run(world.ports.jobs.report(job.key, outcome))


def set_lock(world: World, job: ActivatedJob, duration: timedelta) -> JobReply:
    return world.ports.run(world.ports.jobs.set_lock(job.key, duration))


def state_of(world: World, job: ActivatedJob) -> str | None:
    found = world.job(job.process_instance_key)
    return found.state if found else None


def hand_back(world: World, *jobs: ActivatedJob, after: timedelta) -> list[tuple[JobKey, int]]:
    """Let the time pass after which jobs are due again; return which come then, and with how many retries."""
    world.advance(after)
    for job in jobs:
        world.until_handed_back(job.process_instance_key)
    return sorted((each.key, each.retries) for each in activated(world))


class TestActivate:
    def test_a_job_comes_with_all_that_it_has(self, world: World) -> None:
        """Keys, element, version, headers, variables, retries and the end of the lock are the engine's."""
        definition = world.deploy(job_process(world.name, world.name, name="Crawl 2"))
        variables: dict[str, Json] = {"url": "u", "n": {"l": [1]}}
        instance = world.start(world.name, **variables)
        waiting = world.job(instance)
        assert waiting is not None
        began = world.now()
        [job] = activated(world)
        assert job == ActivatedJob(
            key=JobKey(waiting.key),
            type=world.name,
            process_instance_key=instance,
            process_id=world.name,
            process_version=definition.version,
            definition_key=DefinitionKey(definition.key),
            element_id="task",
            element_instance_key=waiting.element_instance_key,
            retries=2,
            deadline_ms=job.deadline_ms,
            tenant_id=DEFAULT_TENANT,
            headers={"resultVariable": "result"},
            variables=variables,
        )
        ends = [int((at + LOCK).timestamp() * 1000) for at in (began, world.now())]
        assert ends[0] <= job.deadline_ms <= ends[1]

    def test_a_locked_job_is_not_handed_out_until_its_lock_ends(self, world: World) -> None:
        """Each lock lasts as long as asked for; its end costs no retries."""
        short, long = one_job(world, lock=LOCK), one_job(world, lock=2 * LOCK)
        assert activated(world) == []
        assert hand_back(world, short, after=LOCK + timedelta(minutes=1)) == [(short.key, 2)]
        report(world, short, CompleteJob({}))
        assert hand_back(world, long, after=LOCK) == [(long.key, 2)]

    def test_a_job_comes_again_whenever_its_lock_ends(self, world: World) -> None:
        """A lock that follows one that ended ends as well, and costs no retries either."""
        job = one_job(world)
        for _ in range(3):
            assert hand_back(world, job, after=LOCK + timedelta(minutes=1)) == [(job.key, 2)]

    def test_no_more_than_max_jobs_come(self, world: World) -> None:
        """The oldest come first; what is left stays for the next call."""
        instances = [world.start(world.name) for _ in range(5)]
        came = [{job.process_instance_key for job in activated(world, max_jobs=3)} for _ in range(3)]
        assert came == [set(instances[:3]), set(instances[3:]), set()]

    def test_another_type_is_not_ours(self, world: World) -> None:
        """Only jobs of the type asked for are locked."""
        instance = world.start(world.name)
        poll = world.ports.jobs.activate(job_type=f"{world.name}:1", max_jobs=1, lock=LOCK, wait=NO_WAIT)
        assert list(world.ports.run(poll)) == []
        job = world.job(instance)
        assert job is not None
        assert job.state == "ACTIVATABLE"

    def test_without_waiting_the_answer_comes_at_once(self, world: World) -> None:
        """A wait of zero is no long poll, and no default of the gateway's, which is ten seconds."""
        began = world.seconds()
        assert activated(world) == []
        assert world.seconds() - began < 9

    @of_a_gateway
    def test_a_wait_that_finds_nothing_is_not_an_error(self, world: World) -> None:
        """After `wait` there are no jobs, and not before."""
        began = world.seconds()
        wait = timedelta(milliseconds=400)
        poll = world.ports.jobs.activate(job_type=world.name, max_jobs=1, lock=LOCK, wait=wait)
        assert list(world.ports.run(poll)) == []
        assert 0.4 <= world.seconds() - began < 9

    @of_a_gateway
    def test_a_waiting_call_gets_the_job_that_comes(self, world: World) -> None:
        """A job that appears during the wait is handed out then, not at its end."""
        found, seconds = self.poll_while(world, lambda: world.start(world.name))
        assert len(found) == 1
        assert seconds < 18

    @of_a_gateway
    def test_a_waiting_call_gets_the_job_whose_lock_ends(self, world: World) -> None:
        """What others have locked is handed out when their lock ends, not at the end of the wait."""
        locked = one_job(world, lock=timedelta(seconds=5))
        found, _ = self.poll_while(world, lambda: world.advance(timedelta(seconds=6)))
        assert [(each.key, each.retries) for each in found] == [(locked.key, 2)]

    def poll_while(self, world: World, deed: Callable[[], object]) -> tuple[Sequence[ActivatedJob], float]:
        """Return what a poll of 20 seconds brings while something happens, and how long it took."""

        async def poll() -> Sequence[ActivatedJob]:
            wait = timedelta(seconds=20)
            waiting = asyncio.create_task(
                world.ports.jobs.activate(job_type=world.name, max_jobs=1, lock=LOCK, wait=wait)
            )
            await asyncio.sleep(0)
            await world.meanwhile(deed)
            return await waiting

        began = world.seconds()
        return world.ports.run(poll()), world.seconds() - began


class TestReport:
    def test_completion_ends_the_job_with_its_variables(self, world: World) -> None:
        """The variables reach the instance; the job is taken."""
        job = one_job(world)
        variables: JsonObject = {"result": {"items": [1, "ä"]}, "nothing": None}
        assert report(world, job, CompleteJob(variables)) == JobTaken()
        assert state_of(world, job) is None
        assert world.variables(job.process_instance_key) == variables

    def test_a_failed_job_comes_again_after_its_back_off(self, world: World) -> None:
        """Retries, message and back-off are as reported; until then it is not handed out."""
        job, control = one_job(world), one_job(world, lock=timedelta(seconds=10))
        assert report(world, job, FailJob(1, "Apify is away", timedelta(minutes=2), {})) == JobTaken()
        seen = world.job(job.process_instance_key)
        assert seen is not None
        assert (seen.state, seen.retries, seen.error_message) == ("FAILED", 1, "Apify is away")
        assert hand_back(world, control, after=timedelta(minutes=1)) == [(control.key, 2)]
        assert hand_back(world, job, after=timedelta(minutes=1, seconds=10)) == [(job.key, 1)]

    def test_a_job_in_its_back_off_takes_no_command(self, world: World) -> None:
        """It is known, and neither completed nor locked until it is handed out again."""
        job = one_job(world)
        report(world, job, FailJob(1, "later", LOCK, {}))
        for reply in (report(world, job, CompleteJob({})), set_lock(world, job, LOCK)):
            assert isinstance(reply, JobGone)
            assert not reply.is_unknown

    def test_a_job_that_failed_without_a_back_off_comes_at_once(self, world: World) -> None:
        """With retries left it waits for nothing, and no time has to pass."""
        job = one_job(world)
        report(world, job, FailJob(5, "again", NO_WAIT, {}))
        assert state_of(world, job) == "ACTIVATABLE"
        assert [(each.key, each.retries) for each in activated(world)] == [(job.key, 5)]

    @of_a_gateway
    def test_a_failed_job_keeps_its_variables(self, world: World) -> None:
        """What a failure brings is there when the job comes again."""
        job = one_job(world)
        report(world, job, FailJob(1, "again", NO_WAIT, {"seen": 1}))
        [again] = activated(world)
        assert again.variables == {"seen": 1}

    def test_a_job_without_retries_is_an_incident(self, world: World) -> None:
        """With no retries left the job waits for a person, who reads the message."""
        job, control = one_job(world), one_job(world)
        report(world, job, FailJob(0, "ACTOR_NOT_FOUND: no", NO_WAIT, {}))
        [incident] = world.incidents(job.process_instance_key)
        assert (incident.kind, incident.message) == ("JOB_NO_RETRIES", "ACTOR_NOT_FOUND: no")
        assert hand_back(world, control, after=LOCK * 2) == [(control.key, 2)]

    @pytest.mark.parametrize("message", ["too slow", None])
    def test_a_thrown_error_carries_its_code(self, world: World, message: str | None) -> None:
        """A BPMN error that nothing catches is an incident that names its code."""
        job = one_job(world)
        assert report(world, job, ThrowBpmnError("SLOW", message, {})) == JobTaken()
        [incident] = world.incidents(job.process_instance_key)
        assert incident.kind == "UNHANDLED_ERROR_EVENT"
        assert "SLOW" in incident.message

    @pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
    def test_a_job_that_is_gone_is_a_reply(self, world: World, outcome: JobOutcome) -> None:
        """A job that is done, cancelled or in an incident takes no command, and that is no error."""
        done, cancelled, stuck = (one_job(world) for _ in range(3))
        report(world, done, CompleteJob({}))
        world.cancel(cancelled.process_instance_key)
        report(world, stuck, FailJob(0, "no more", NO_WAIT, {}))
        for job, is_unknown in ((done, True), (cancelled, True), (stuck, False)):
            before = state_of(world, job)
            reply = report(world, job, outcome)
            assert isinstance(reply, JobGone)
            assert (str(job.key) in reply.reason, reply.is_unknown) == (True, is_unknown)
            assert state_of(world, job) == before

    def test_a_repeated_report_is_harmless(self, world: World) -> None:
        """The second completion of a job changes nothing."""
        job = one_job(world)
        report(world, job, CompleteJob({"a": 1}))
        assert isinstance(report(world, job, CompleteJob({"a": 2})), JobGone)
        assert world.variables(job.process_instance_key) == {"a": 1}

    def test_a_late_report_counts_without_another_report(self, world: World) -> None:
        """After the lock ran out a completion is still taken."""
        job = one_job(world)
        world.advance(LOCK * 2)
        world.until_handed_back(job.process_instance_key)
        assert report(world, job, CompleteJob({})) == JobTaken()

    @pytest.mark.parametrize("outcome", UNFIT.values(), ids=UNFIT)
    def test_an_outcome_that_the_engine_cannot_take_is_rejected(
        self, world: World, outcome: JobOutcome
    ) -> None:
        """Variables that are no JSON, or too large, are refused for good; the job stays as it was."""
        job = one_job(world)
        with pytest.raises(EngineRejected) as raised:
            report(world, job, outcome)
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert state_of(world, job) == "ACTIVATED"

    def test_many_reports_at_once_arrive(self, world: World) -> None:
        """Reports do not get in each other's way."""
        instances = [world.start(world.name) for _ in range(24)]
        jobs = activated(world)

        async def report_all() -> set[str]:
            reports = (world.ports.jobs.report(each.key, CompleteJob({})) for each in jobs)
            return {type(each).__name__ for each in await asyncio.gather(*reports)}

        assert world.ports.run(report_all()) == {"JobTaken"}
        assert {world.job(each) for each in instances} == {None}


class TestSetLock:
    def test_one_millisecond_hands_the_job_out_again(self, world: World) -> None:
        """A shortened lock is the wake-up of a waiting job; its retries stay."""
        job = one_job(world)
        assert set_lock(world, job, timedelta(milliseconds=1)) == JobTaken()
        assert hand_back(world, job, after=timedelta(seconds=1)) == [(job.key, 2)]

    def test_a_lock_may_last_for_days(self, world: World) -> None:
        """A job can wait for a run of three days."""
        job, control = one_job(world), one_job(world)
        assert set_lock(world, job, timedelta(days=3)) == JobTaken()
        assert hand_back(world, control, after=timedelta(days=2, hours=23)) == [(control.key, 2)]
        report(world, control, CompleteJob({}))
        assert hand_back(world, job, after=timedelta(hours=2)) == [(job.key, 2)]

    def test_a_job_that_is_gone_is_a_reply(self, world: World) -> None:
        """A job that is done, cancelled or in an incident has no lock."""
        done, cancelled, stuck = (one_job(world) for _ in range(3))
        report(world, done, CompleteJob({}))
        world.cancel(cancelled.process_instance_key)
        report(world, stuck, FailJob(0, "no more", NO_WAIT, {}))
        for job, is_unknown in ((done, True), (cancelled, True), (stuck, False)):
            reply = set_lock(world, job, LOCK)
            assert isinstance(reply, JobGone)
            assert reply.is_unknown == is_unknown

    def test_a_lock_that_ran_out_cannot_be_extended(self, world: World) -> None:
        """A job that waits to be handed out is known and takes no lock."""
        job = one_job(world)
        world.advance(LOCK + timedelta(seconds=1))
        world.until_handed_back(job.process_instance_key)
        reply = set_lock(world, job, LOCK)
        assert isinstance(reply, JobGone)
        assert not reply.is_unknown


class TestSetLocalVariables:
    def test_they_are_in_the_scope_of_the_element(self, world: World) -> None:
        """The operator sees them at the element, the process does not; the job has them next time."""
        job = one_job(world, url="u")
        local = world.ports.jobs.set_local_variables(job.element_instance_key, {"runId": "abc"})
        world.ports.run(local)
        assert world.variables(job.process_instance_key) == {"url": "u"}
        set_lock(world, job, timedelta(milliseconds=1))
        world.advance(timedelta(seconds=1))
        world.until_handed_back(job.process_instance_key)
        [again] = activated(world)
        assert again.variables == {"url": "u", "runId": "abc"}

    def test_an_element_that_is_gone_is_rejected(self, world: World) -> None:
        """Nothing is set where the element has ended."""
        job = one_job(world)
        report(world, job, CompleteJob({}))
        with pytest.raises(EngineRejected) as raised:
            world.ports.run(world.ports.jobs.set_local_variables(job.element_instance_key, {"runId": "abc"}))
        assert raised.value.rejection == "NOT_FOUND"
