"""Camunda's Python client understands how the stand-in's REST API refuses: each status as its own error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from camunda_orchestration_sdk import errors, models
from camunda_orchestration_sdk.runtime.backpressure import is_backpressure_error
from camunda_orchestration_sdk.semantic_types import EndCursor, IncidentKey, JobKey, ProcessDefinitionKey
from emulators.camunda.rest import Problem

from tests.builders_process import Bpmn
from tests.clients.sdk import Sdk, by_id

NOBODY: Final = "4711"
DEFINITIONS: Final = models.ProcessDefinitionSearchQuery


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that is refused, the client's error, and the problem that it carries."""

    call: Callable[[Sdk], object]
    error: type[errors.ApiError]
    title: str


def publish_twice(sdk: Sdk) -> None:
    message = models.MessagePublicationRequest("finished", message_id="event-1", time_to_live=60_000)
    sdk.client.publish_message(data=message)
    sdk.client.publish_message(data=message)


def complete_a_failed_job(sdk: Sdk) -> None:
    sdk.deploy(Bpmn("p").start().task(job_type="work").end())
    sdk.start("p")
    [job] = sdk.activate("work")
    sdk.client.fail_job(job.job_key, data=models.JobFailRequest(retries=0))
    sdk.client.complete_job(job.job_key, data=models.JobCompletionRequest())


def await_what_does_not_end(sdk: Sdk) -> None:
    sdk.deploy(Bpmn("p").start().task(job_type="work").end())
    request = by_id("p")
    request.await_completion, request.request_timeout = True, 1
    sdk.client.create_process_instance(data=request)


def be_pushed_back(sdk: Sdk) -> None:
    sdk.cluster.api.faults.add("publishMessage", Problem.exhausted())
    sdk.client.publish_message(data=models.MessagePublicationRequest("finished"))


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(
            lambda sdk: sdk.client.get_process_definition(ProcessDefinitionKey(NOBODY)),
            errors.NotFoundError,
            "NOT_FOUND",
        ),
        Refusal(
            lambda sdk: sdk.client.get_process_definition_xml(ProcessDefinitionKey(NOBODY)),
            errors.NotFoundError,
            "NOT_FOUND",
        ),
        Refusal(
            lambda sdk: sdk.client.complete_job(JobKey(NOBODY), data=models.JobCompletionRequest()),
            errors.NotFoundError,
            "NOT_FOUND",
        ),
        Refusal(
            lambda sdk: sdk.client.resolve_incident(
                IncidentKey(NOBODY), data=models.IncidentResolutionRequest()
            ),
            errors.NotFoundError,
            "NOT_FOUND",
        ),
        Refusal(
            lambda sdk: sdk.client.correlate_message(data=models.MessageCorrelationRequest("nobody")),
            errors.NotFoundError,
            "NOT_FOUND",
        ),
        Refusal(complete_a_failed_job, errors.ConflictError, "INVALID_STATE"),
        Refusal(await_what_does_not_end, errors.GatewayTimeoutError, "DEADLINE_EXCEEDED"),
        Refusal(be_pushed_back, errors.ServiceUnavailableError, "RESOURCE_EXHAUSTED"),
        Refusal(
            lambda sdk: sdk.deploy(Bpmn("p").start("a").to("b")), errors.BadRequestError, "INVALID_ARGUMENT"
        ),
        Refusal(
            lambda sdk: sdk.client.activate_jobs(data=models.JobActivationRequest("work", 0, 1)),
            errors.BadRequestError,
            "INVALID_ARGUMENT",
        ),
        Refusal(
            lambda sdk: sdk.client.search_process_definitions(
                data=DEFINITIONS(
                    page=models.CursorBasedForwardPagination(EndCursor("bm9uZSBvZiBvdXJz"), limit=1)
                )
            ),
            errors.BadRequestError,
            "INVALID_ARGUMENT",
        ),
        Refusal(
            lambda sdk: sdk.client.search_process_definitions(
                data=DEFINITIONS(filter_=models.ProcessDefinitionSearchQueryFilter.from_dict({"nothing": 1}))
            ),
            errors.BadRequestError,
            "Bad Request",
        ),
    ],
)
def test_a_refusal_is_the_clients_own_error(sdk: Sdk, refusal: Refusal) -> None:
    """The error's type is that of the status, and it carries the problem document as the client reads it."""
    with pytest.raises(refusal.error) as caught:
        refusal.call(sdk)
    problem = caught.value.parsed
    assert isinstance(problem, models.ProblemDetail)
    assert (problem.title, problem.status) == (refusal.title, caught.value.status_code)
    assert problem.instance == sdk.cluster.api.calls[-1].path
    assert problem.additional_keys == []


def test_a_duplicate_message_is_a_conflict_that_the_client_does_not_foresee(sdk: Sdk) -> None:
    """Camunda documents no 409 for publications, though it answers one: the client tells its status alone."""
    with pytest.raises(errors.UnexpectedStatus) as caught:
        publish_twice(sdk)
    assert (caught.value.status_code, b"ALREADY_EXISTS" in caught.value.content) == (409, True)


def test_exhaustion_is_back_pressure_to_the_client(sdk: Sdk) -> None:
    """The client slows down after the stand-in's word for exhaustion, and not after any other refusal."""
    with pytest.raises(errors.ServiceUnavailableError) as exhausted:
        be_pushed_back(sdk)
    with pytest.raises(errors.NotFoundError) as unknown:
        sdk.client.get_process_definition(ProcessDefinitionKey(NOBODY))
    assert [is_backpressure_error(each.value) for each in (exhausted, unknown)] == [True, False]
