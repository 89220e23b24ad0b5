"""The port JobQueue: what its docstrings promise, over each transport."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from apify_camunda.contracts.commands import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobGone,
    JobOutcome,
    JobTaken,
    ThrowBpmnError,
)
from apify_camunda.contracts.json_types import DefinitionKey, JobKey, JsonObject
from apify_camunda.errors import EngineRejected
from emulators.camunda.state import IncidentKind, JobState, ProcessInstanceState

from tests.contract.camunda_targets import ALL_KINDS, DEFAULT_TENANT, START, Target, target
from tests.unit.emulators.camunda_rest.processes import job_process

LOCK = timedelta(minutes=5)
NO_WAIT = timedelta(0)


@pytest.fixture(params=ALL_KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The port over one transport, with a process of one job deployed."""
    with target(request.param) as opened:
        opened.deploy(job_process())
        yield opened


def activated(engine: Target, *, max_jobs: int = 32, lock: timedelta = LOCK) -> Sequence[ActivatedJob]:
    return engine.run(engine.jobs.activate(job_type="work", max_jobs=max_jobs, lock=lock, wait=NO_WAIT))


def one_job(engine: Target, **variables: object) -> ActivatedJob:
    engine.engine.create_instance(process_id="crawl", variables=variables)
    [job] = activated(engine)
    return job


def state_of(engine: Target, job: ActivatedJob) -> JobState | None:
    found = engine.engine.job(job.key)
    return found.state if found else None


class TestActivate:
    def test_a_job_comes_with_all_that_it_has(self, engine: Target) -> None:
        """Keys, element, version, headers, variables, retries and the end of the lock are the engine's."""
        [definition] = engine.engine.definitions()
        instance = engine.engine.create_instance(process_id="crawl", variables={"url": "u", "n": {"l": [1]}})
        [element] = [each for each in engine.engine.element_instances() if each.element_id == "task"]
        [waiting] = engine.engine.jobs()
        [job] = activated(engine)
        assert job == ActivatedJob(
            key=JobKey(waiting.key),
            type="work",
            process_instance_key=instance.key,
            process_id="crawl",
            process_version=1,
            definition_key=DefinitionKey(definition.key),
            element_id="task",
            element_instance_key=element.key,
            retries=2,
            deadline_ms=int((START + LOCK).timestamp() * 1000),
            tenant_id=DEFAULT_TENANT,
            headers={"resultVariable": "result"},
            variables={"url": "u", "n": {"l": [1]}},
        )

    def test_a_locked_job_is_nobody_elses_until_its_lock_runs_out(self, engine: Target) -> None:
        """The lock lasts as long as asked for; its end costs no retries."""
        job = one_job(engine)
        engine.engine.advance_clock(LOCK - timedelta(seconds=1))
        assert activated(engine) == []
        engine.engine.advance_clock(timedelta(seconds=2))
        assert [(each.key, each.retries) for each in activated(engine)] == [(job.key, 2)]

    def test_no_more_than_max_jobs_come(self, engine: Target) -> None:
        """What is left stays for the next call."""
        for _ in range(5):
            engine.engine.create_instance(process_id="crawl")
        assert [len(activated(engine, max_jobs=3)) for _ in range(3)] == [3, 2, 0]

    def test_another_type_is_not_ours(self, engine: Target) -> None:
        """Only jobs of the type asked for are locked."""
        engine.engine.create_instance(process_id="crawl")
        other = engine.jobs.activate(job_type="io.camunda:http-json:1", max_jobs=1, lock=LOCK, wait=NO_WAIT)
        assert list(engine.run(other)) == []
        assert [each.state for each in engine.engine.jobs()] == [JobState.ACTIVATABLE]

    def test_without_waiting_the_answer_comes_at_once(self, engine: Target) -> None:
        """A wait of zero is no long poll, and no default of the gateway's."""
        began = time.monotonic()
        assert activated(engine) == []
        assert time.monotonic() - began < 3

    def test_a_wait_that_finds_nothing_is_no_error(self, engine: Target) -> None:
        """After `wait` there are no jobs, and not before."""
        began = time.monotonic()
        nothing = engine.jobs.activate(
            job_type="work", max_jobs=1, lock=LOCK, wait=timedelta(milliseconds=400)
        )
        assert list(engine.run(nothing)) == []
        assert 0.4 <= time.monotonic() - began < 5

    def test_a_waiting_call_gets_the_job_that_comes(self, engine: Target) -> None:
        """A job that appears during the wait is handed out then, not at its end."""

        async def poll_while_a_job_is_created() -> Sequence[ActivatedJob]:
            poll = asyncio.create_task(
                engine.jobs.activate(job_type="work", max_jobs=1, lock=LOCK, wait=timedelta(seconds=20))
            )
            await asyncio.sleep(0)
            await asyncio.to_thread(engine.engine.create_instance, process_id="crawl")
            return await poll

        began = time.monotonic()
        assert len(engine.run(poll_while_a_job_is_created())) == 1
        assert time.monotonic() - began < 10


class TestReport:
    def test_completion_ends_the_job_with_its_variables(self, engine: Target) -> None:
        """The variables reach the instance; the job is taken."""
        job = one_job(engine)
        variables: JsonObject = {"result": {"items": [1, "ä"]}, "nothing": None}
        assert engine.run(engine.jobs.report(job.key, CompleteJob(variables))) == JobTaken()
        [instance] = engine.engine.process_instances()
        assert instance.state is ProcessInstanceState.COMPLETED
        assert {each.name: each.value for each in engine.engine.variables()} == variables

    def test_a_failed_job_comes_again_after_its_back_off(self, engine: Target) -> None:
        """Retries, message and back-off are as reported."""
        job = one_job(engine)
        failure = FailJob(1, "Apify is away", timedelta(seconds=30), {"seen": 1})
        assert engine.run(engine.jobs.report(job.key, failure)) == JobTaken()
        found = engine.engine.job(job.key)
        assert found is not None
        assert (found.retries, found.error_message) == (1, "Apify is away")
        engine.engine.advance_clock(timedelta(seconds=29))
        assert activated(engine) == []
        engine.engine.advance_clock(timedelta(seconds=2))
        [again] = activated(engine)
        assert (again.key, again.retries, again.variables) == (job.key, 1, {"seen": 1})

    def test_a_job_without_retries_is_an_incident(self, engine: Target) -> None:
        """With no retries left the job waits for a person, who reads the message."""
        job = one_job(engine)
        engine.run(engine.jobs.report(job.key, FailJob(0, "ACTOR_NOT_FOUND: no", NO_WAIT, {})))
        [incident] = engine.engine.incidents()
        assert (incident.kind, incident.message) == (IncidentKind.JOB_NO_RETRIES, "ACTOR_NOT_FOUND: no")

    @pytest.mark.parametrize("message", ["too slow", None])
    def test_a_thrown_error_carries_its_code(self, engine: Target, message: str | None) -> None:
        """A BPMN error that nothing catches is an incident that names its code."""
        job = one_job(engine)
        assert engine.run(engine.jobs.report(job.key, ThrowBpmnError("SLOW", message, {}))) == JobTaken()
        [incident] = engine.engine.incidents()
        assert incident.kind is IncidentKind.UNHANDLED_ERROR_EVENT
        assert "SLOW" in incident.message

    @pytest.mark.parametrize(
        "outcome",
        [CompleteJob({}), FailJob(1, "again", NO_WAIT, {}), ThrowBpmnError("E", None, {})],
        ids=["complete", "fail", "throw"],
    )
    def test_a_job_that_is_gone_is_a_reply(self, engine: Target, outcome: JobOutcome) -> None:
        """A job that is done, cancelled or in an incident takes no command, and that is no error."""
        done, cancelled, stuck = (one_job(engine) for _ in range(3))
        engine.engine.complete_job(done.key)
        engine.engine.cancel_instance(cancelled.process_instance_key)
        engine.engine.fail_job(stuck.key, retries=0)
        for job, is_unknown in ((done, True), (cancelled, True), (stuck, False)):
            before = state_of(engine, job)
            reply = engine.run(engine.jobs.report(job.key, outcome))
            assert isinstance(reply, JobGone)
            assert (str(job.key) in reply.reason, reply.is_unknown) == (True, is_unknown)
            assert state_of(engine, job) is before

    def test_a_repeated_report_is_harmless(self, engine: Target) -> None:
        """The second completion of a job changes nothing."""
        job = one_job(engine)
        engine.run(engine.jobs.report(job.key, CompleteJob({"a": 1})))
        assert isinstance(engine.run(engine.jobs.report(job.key, CompleteJob({"a": 2}))), JobGone)
        assert [each.value for each in engine.engine.variables()] == [1]

    def test_a_late_report_counts_while_nobody_else_reported(self, engine: Target) -> None:
        """After the lock ran out a completion is still taken."""
        job = one_job(engine)
        engine.engine.advance_clock(LOCK * 2)
        assert engine.run(engine.jobs.report(job.key, CompleteJob({}))) == JobTaken()

    @pytest.mark.parametrize(
        "outcome",
        [
            CompleteJob({"x": float("nan")}),
            FailJob(1, "", NO_WAIT, {"x": float("inf")}),
            ThrowBpmnError("E", None, {"x": [float("nan")]}),
            CompleteJob({"x": "x" * 4_500_000}),
        ],
        ids=["complete", "fail", "throw", "too large"],
    )
    def test_an_outcome_that_the_engine_cannot_take_is_rejected(
        self, engine: Target, outcome: JobOutcome
    ) -> None:
        """Variables that are no JSON, or too large, are refused for good; the job stays as it was."""
        job = one_job(engine)
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.jobs.report(job.key, outcome))
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert state_of(engine, job) is JobState.ACTIVATED

    def test_many_reports_at_once_arrive(self, engine: Target) -> None:
        """Reports do not get in each other's way."""
        for _ in range(24):
            engine.engine.create_instance(process_id="crawl")
        jobs = activated(engine)

        async def report_all() -> set[str]:
            reports = (engine.jobs.report(each.key, CompleteJob({})) for each in jobs)
            return {type(each).__name__ for each in await asyncio.gather(*reports)}

        assert engine.run(report_all()) == {"JobTaken"}
        assert {each.state for each in engine.engine.jobs()} == {JobState.COMPLETED}


class TestSetLock:
    def test_one_millisecond_hands_the_job_out_again(self, engine: Target) -> None:
        """A shortened lock is the wake-up of a waiting job; its retries stay."""
        job = one_job(engine)
        assert engine.run(engine.jobs.set_lock(job.key, timedelta(milliseconds=1))) == JobTaken()
        engine.engine.advance_clock(timedelta(seconds=1))
        assert [(each.key, each.retries) for each in activated(engine)] == [(job.key, 2)]

    def test_a_lock_may_last_for_days(self, engine: Target) -> None:
        """A job can wait for a run of three days."""
        job = one_job(engine)
        assert engine.run(engine.jobs.set_lock(job.key, timedelta(days=3))) == JobTaken()
        engine.engine.advance_clock(timedelta(days=2, hours=23))
        assert activated(engine) == []

    def test_a_job_that_is_gone_is_a_reply(self, engine: Target) -> None:
        """A job that is done, or in an incident, has no lock."""
        done, stuck = (one_job(engine) for _ in range(2))
        engine.engine.complete_job(done.key)
        engine.engine.fail_job(stuck.key, retries=0)
        for job, is_unknown in ((done, True), (stuck, False)):
            reply = engine.run(engine.jobs.set_lock(job.key, LOCK))
            assert isinstance(reply, JobGone)
            assert reply.is_unknown == is_unknown


class TestSetLocalVariables:
    def test_they_stand_in_the_scope_of_the_element(self, engine: Target) -> None:
        """The operator sees them at the element, the process does not; the job has them next time."""
        job = one_job(engine)
        engine.run(engine.jobs.set_local_variables(job.element_instance_key, {"runId": "abc"}))
        [variable] = [each for each in engine.engine.variables() if each.name == "runId"]
        assert (variable.scope_key, variable.value) == (job.element_instance_key, "abc")

    def test_an_element_that_is_gone_is_rejected(self, engine: Target) -> None:
        """Nothing is set where the element has ended."""
        job = one_job(engine)
        engine.engine.complete_job(job.key)
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.jobs.set_local_variables(job.element_instance_key, {"runId": "abc"}))
        assert raised.value.rejection == "NOT_FOUND"
