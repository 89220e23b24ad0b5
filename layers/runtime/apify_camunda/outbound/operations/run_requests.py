"""Says how each operation that starts a run starts it, and what the process gets when it has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, assert_never

from apify_camunda.apify.model import LARGE_BYTES, ApifyRun, ResourceKind, StartRun
from apify_camunda.apify.port import Apify
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.domain.operation_models import (
    RunActorInput,
    RunInput,
    RunLimits,
    RunTaskInput,
    ScrapeSingleUrlInput,
)
from apify_camunda.outbound.domain.run_outcome import run_error, succeeded
from apify_camunda.outbound.operations import scrape_single_url


def waits(operation: RunInput) -> bool:
    """Say whether the job is completed only when the run has ended."""
    match operation:
        case RunActorInput() | RunTaskInput():
            return operation.wait_for_finish
        case ScrapeSingleUrlInput():
            return True
        case _:
            assert_never(operation)


def start_request(operation: RunInput) -> StartRun:
    """Return what to start, without webhooks.

    Raises:
        InvalidInput: The input override of a task is no JSON.
    """
    match operation:
        case RunActorInput():
            body = _object_or_empty(operation.input_json)
            return _request(ResourceKind.ACTOR, operation.actor_id, body, operation)
        case RunTaskInput():
            return _request(ResourceKind.TASK, operation.task_id, _override(operation.input_json), operation)
        case ScrapeSingleUrlInput():
            actor = scrape_single_url.ACTOR_ID
            return _request(ResourceKind.ACTOR, actor, scrape_single_url.actor_input(operation), operation)
        case _:
            assert_never(operation)


async def result_of_run(
    operation: RunInput, run: ApifyRun, apify: Apify, *, most_bytes: int = LARGE_BYTES
) -> OperationResult:
    """Return what the process gets of a run that has ended, or that is not waited for.

    Raises:
        PermanentError: The run did not succeed, and the model wants that to fail.
        ApifyRejected: Apify does not give the result.
        ApifyUnavailable: Apify does not answer.
    """
    if operation.fail_on_unsuccessful_run and waits(operation) and not succeeded(run):
        raise run_error(run)
    match operation:
        case RunActorInput() | RunTaskInput():
            return OperationResult({"data": run.raw})
        case ScrapeSingleUrlInput():
            return await scrape_single_url.result(operation, run, apify, most_bytes=most_bytes)
        case _:
            assert_never(operation)


_NO_INPUT: Final = (None, "")


def _request(kind: ResourceKind, resource: str | None, body: Json, limits: RunLimits) -> StartRun:
    return StartRun(
        kind=kind,
        resource_id=(resource or "").strip().replace("/", "~"),
        input=body,
        timeout=None if limits.timeout is None else timedelta(seconds=limits.timeout),
        memory_mbytes=limits.memory,
        build=_text_or_none(limits.build_tag),
        max_items=limits.max_items,
        max_total_charge_usd=_text_or_none(limits.max_total_charge_usd),
    )


def _text_or_none(text: str | None) -> str | None:
    return (text or "").strip() or None


def _object_or_empty(value: Json) -> JsonObject:
    """Return the Actor's input: an object, or a text that holds one; anything else counts as none given."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _override(value: Json) -> Json:
    if value in _NO_INPUT:
        return None
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError as error:
        raise InvalidInput(f"The input override of the task is not valid JSON: {error}") from None
