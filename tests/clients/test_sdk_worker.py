"""Camunda's Python client works jobs of the stand-in with its own worker."""

from __future__ import annotations

import asyncio
from typing import Any

from camunda_orchestration_sdk import CamundaAsyncClient, ConnectedJobContext, NullLogger, WorkerConfig
from camunda_orchestration_sdk.runtime.job_worker import JobError, JobFailure
from emulators.camunda.state import JobState

from tests.builders_process import Bpmn
from tests.clients.sdk import Sdk
from tests.clients.waiting import TIMEOUT, wait_for

ENDED = {JobState.COMPLETED, JobState.FAILED, JobState.ERROR_THROWN}


async def handle(job: ConnectedJobContext) -> dict[str, Any]:
    match job.variables.to_dict():
        case {"wish": "fail"}:
            raise JobFailure("not today", retries=0)
        case {"wish": "throw"}:
            raise JobError("E", "as wished")
        case variables:
            return {"seen": variables, "by": job.custom_headers["who"]}


def test_a_worker_completes_fails_and_throws(sdk: Sdk) -> None:
    """The worker's three ways to end a job are the engine's."""
    model = Bpmn("p").start().task(job_type="work", headers={"who": "worker"}).end()
    sdk.deploy(model.boundary("caught", "task", error="E").end("e2"))
    completed, failed, thrown = (
        int(sdk.start("p", wish=wish).process_instance_key) for wish in ("complete", "fail", "throw")
    )
    asyncio.run(work_until_ended(sdk, completed, failed, thrown))
    engine = sdk.cluster.engine
    result = engine.wait_for_result(completed, timeout=TIMEOUT)
    assert result is not None
    assert (result["seen"], result["by"]) == ({"wish": "complete"}, "worker")
    assert [each.message for each in engine.incidents(failed)] == ["not today"]
    states = {each.process_instance_key: each.state for each in engine.jobs()}
    assert states == {
        completed: JobState.COMPLETED,
        failed: JobState.FAILED,
        thrown: JobState.ERROR_THROWN,
    }


async def work_until_ended(sdk: Sdk, *instance_keys: int) -> None:
    """Let a worker run until the job of each instance has ended in some way."""
    engine = sdk.cluster.engine
    configuration: Any = {"CAMUNDA_REST_ADDRESS": sdk.cluster.server.address, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    config = WorkerConfig(job_type="work", job_timeout_milliseconds=60_000, request_timeout_milliseconds=500)

    def have_ended() -> bool | None:
        ended = {job.process_instance_key for job in engine.jobs() if job.state in ENDED}
        return ended == set(instance_keys) or None

    async with CamundaAsyncClient(configuration=configuration, logger=NullLogger()) as client:
        client.create_job_worker(config, handle)
        running = asyncio.create_task(client.run_workers())  # type: ignore[no-untyped-call]  # the client's
        await asyncio.to_thread(wait_for, engine, have_ended)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
