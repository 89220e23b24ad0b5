"""Each error code that an answer of Apify or the model causes is reached by a job, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify import error_mapping
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.camunda.model import ActivatedJob, FailJob
from apify_camunda.errors import ErrorCode, Handling
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.outbound.flows.run_jobs import RunJobs
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_client import new_client
from emulators.apify import AnswerWith, ApifyEmulator, DrivenClock, DropAnswer

from tests import builders_outbound as a
from tests.outbound_deployment import INVOCATION, Deployment

RUNS = "/v2/actors/*/runs"
ITEMS = "/v2/datasets/*/items"


class OverHttp:
    """A deployment whose Apify is the emulator, over HTTP."""

    def __init__(self, emulator: ApifyEmulator) -> None:
        self.parts = Deployment(public_url="", secret_scope=SecretScope.ANY)
        self.emulator = emulator
        self.invocations = 0

    def end_of(self, job: ActivatedJob) -> FailJob:
        """Return the failure that the job is reported with, however long it waits before."""
        self.parts.jobs.add(job)
        for _ in range(40):
            asyncio.run(self._invoke())
            if self.parts.jobs.reported:
                return self.parts.failed
            self.parts.clock.advance(timedelta(minutes=6))
        raise AssertionError("the job was never reported")

    async def _invoke(self) -> None:
        self.invocations += 1
        parts = self.parts
        async with new_client() as client:
            accounts = ApifyAccountsOverHttp(client=client, base_url=self.emulator.url, clock=parts.clock)
            poller = RunJobs(
                jobs=parts.jobs,
                accounts=accounts,
                attempts=parts.attempts,
                trials=parts.trials,
                cancellable=parts.cancellable,
                elements=parts.elements,
                documents=parts.documents,
                catalog=parts.catalog,
                pause_store=parts.registry,
                secrets=parts.secrets,
                clock=parts.clock,
                metrics=parts.metrics,
                config=parts.config,
            )
            await poller(Deadline(parts.clock.now() + INVOCATION))


@pytest.fixture
def apify() -> Iterator[OverHttp]:
    with ApifyEmulator(clock=DrivenClock()) as emulator:
        emulator.hold_deliveries()
        yield OverHttp(emulator)


def start(status: int, error_type: str) -> tuple[str, str, AnswerWith]:
    return "POST", RUNS, AnswerWith(status=status, error_type=error_type, message="No.")


NO_FAULT = ("*", "nothing", AnswerWith(status=500))
ABROAD = AnswerWith(status=302, headers={"Location": "ftp://elsewhere.example/record"})
PUSH = a.variables("pushDatasetItems", "pushDatasetItemsInput", datasetId="acme/products", items=[{"a": 1}])
TABLE: dict[ErrorCode, tuple[JsonObject, tuple[str, str, Any]]] = {
    ErrorCode.INVALID_INPUT: (a.run_actor(inputJson="{,}"), NO_FAULT),
    ErrorCode.UNAUTHORIZED: (a.run_actor(), start(401, "user-or-token-not-found")),
    ErrorCode.FORBIDDEN: (a.run_actor(), start(403, "insufficient-permissions")),
    ErrorCode.PERMISSION_APPROVAL_REQUIRED: (
        a.run_actor(),
        start(403, "full-permission-actor-not-approved"),
    ),
    ErrorCode.ACTOR_NOT_FOUND: (a.run_actor(actorId="acme/missing"), NO_FAULT),
    ErrorCode.TASK_NOT_FOUND: (a.run_task(taskId="acme/missing"), NO_FAULT),
    ErrorCode.BUILD_NOT_FOUND: (a.run_actor(), start(400, "unknown-build-tag")),
    ErrorCode.RUN_NOT_FOUND: (a.variables("getRun", "getRunInput", runId="missing"), NO_FAULT),
    ErrorCode.DATASET_NOT_FOUND: (a.get_items(datasetId="acme/missing"), NO_FAULT),
    ErrorCode.STORE_NOT_FOUND: (a.get_record(storeId="acme/missing"), NO_FAULT),
    ErrorCode.RECORD_NOT_FOUND: (a.get_record(recordKey="missing"), NO_FAULT),
    ErrorCode.RESOURCE_NOT_FOUND: (
        a.variables("callApi", "callApiInput", path="actor-runs/missing"),
        NO_FAULT,
    ),
    ErrorCode.WEBHOOK_REFUSED: (a.run_actor(), start(400, "too-many-webhooks")),
    ErrorCode.PAYMENT_REQUIRED: (a.run_actor(), start(402, "not-enough-usage-to-run-paid-actor")),
    ErrorCode.PAYLOAD_TOO_LARGE: (a.run_actor(), start(413, "request-too-large")),
    ErrorCode.APIFY_REDIRECT_REFUSED: (a.get_items(), ("GET", ITEMS, ABROAD)),
    ErrorCode.RATE_LIMITED: (a.run_actor(), start(429, "rate-limit-exceeded")),
    ErrorCode.MEMORY_LIMIT_EXCEEDED: (a.run_actor(), start(402, "actor-memory-limit-exceeded")),
    ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED: (a.run_actor(), start(402, "concurrent-runs-limit-exceeded")),
    ErrorCode.APIFY_UNAVAILABLE: (a.get_items(), ("GET", ITEMS, AnswerWith(status=503))),
    ErrorCode.ACTION_UNCLEAR: (PUSH, ("POST", ITEMS, DropAnswer())),
    ErrorCode.SECRET_NOT_AVAILABLE: (
        a.get_items() | {"authentication": {"token": "{{secrets.GONE}}"}},
        NO_FAULT,
    ),
    ErrorCode.RESULT_EXPRESSION_FAILED: (a.get_items(), NO_FAULT),
    ErrorCode.ERROR_EXPRESSION_FAILED: (a.get_items(datasetId="acme/missing"), NO_FAULT),
    ErrorCode.EXPRESSION_TOO_LARGE: (a.get_items(), NO_FAULT),
}
HEADERS = {
    ErrorCode.RESULT_EXPRESSION_FAILED: {"resultExpression": "= 5"},
    ErrorCode.ERROR_EXPRESSION_FAILED: {"errorExpression": "= 5"},
    ErrorCode.EXPRESSION_TOO_LARGE: {"resultExpression": "= {x: for i in 1..9999999 return string(i)}"},
}


@pytest.mark.parametrize("code", TABLE)
def test_job_fails_with_its_code(apify: OverHttp, code: ErrorCode) -> None:
    """The process gets the code, and the job what the table of codes promises."""
    inputs, (method, path, fault) = TABLE[code]
    apify.emulator.faults.add(fault, method=method, path=path, times=None)
    failed = apify.end_of(a.job(inputs, retries=1, headers=HEADERS.get(code)))
    error = failed.variables["error"]
    assert isinstance(error, dict)
    assert (error["code"], failed.retries) == (code, 0)
    if code.handling is not Handling.RETRY:
        assert (apify.invocations == 1) is (code.handling is Handling.INCIDENT)


def test_each_code_that_an_answer_can_mean_is_in_the_table() -> None:
    """A new row of the mapping of Apify's errors needs a row above."""
    mapped = {*error_mapping._CODES.values(), *error_mapping._NOT_NOW.values()}
    assert mapped | {*error_mapping._CODES_OF_STATUS.values()} <= set(TABLE)
