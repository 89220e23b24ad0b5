"""Jobs over REST v2."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.wire import (
    LONG_POLL_MARGIN_S,
    WORKER_NAME,
    milliseconds,
    poll_milliseconds,
    tenant_of,
)
from apify_camunda.errors import EngineRejected
from apify_camunda.identifiers import DefinitionKey, JobKey
from apify_camunda.json_types import Json, JsonObject


class RestJobs:
    """JobQueue over REST v2.

    Args:
        fetched_variables: What a job brings of its variables; none named: all.
    """

    def __init__(
        self, rest: CamundaRest, *, tenant_ids: Sequence[str] = (), fetched_variables: Sequence[str] = ()
    ) -> None:
        self._rest = rest
        self._fetched_variables = list(fetched_variables)
        self._tenant_ids = list(tenant_ids)

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Activate jobs by long polling; see JobQueue."""
        body: dict[str, Json] = {
            "type": job_type,
            "worker": WORKER_NAME,
            "timeout": milliseconds(lock),
            "maxJobsToActivate": max_jobs,
            "requestTimeout": poll_milliseconds(wait),
        }
        if self._tenant_ids:
            body["tenantIds"] = list(self._tenant_ids)
        if self._fetched_variables:
            body["fetchVariable"] = list(self._fetched_variables)
        answer = await self._rest.ask_json(
            "POST", "/jobs/activation", body, deadline_s=wait.total_seconds() + LONG_POLL_MARGIN_S
        )
        return [_job(item) for item in answer["jobs"]]

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        """Complete, fail or throw; see JobQueue."""
        match outcome:
            case CompleteJob():
                return await self._command(job, "/completion", {"variables": outcome.variables})
            case FailJob():
                failure: JsonObject = {
                    "retries": outcome.retries,
                    "errorMessage": outcome.message,
                    "retryBackOff": milliseconds(outcome.backoff),
                    "variables": outcome.variables,
                }
                return await self._command(job, "/failure", failure)
            case ThrowBpmnError():
                thrown: JsonObject = {"errorCode": outcome.error_code, "variables": outcome.variables}
                if outcome.message is not None:
                    thrown["errorMessage"] = outcome.message
                return await self._command(job, "/error", thrown)

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let the lock run out after `duration`; see JobQueue."""
        changes: JsonObject = {"changeset": {"timeout": milliseconds(duration)}}
        try:
            return await self._command(job, "", changes, method="PATCH")
        except EngineRejected as error:
            if "is not active" in error.message:  # the state of the job, worded as a wrong argument
                return JobGone(error.message)
            raise

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        """Set variables in the element's own scope; see JobQueue."""
        path = f"/element-instances/{element_instance_key}/variables"
        await self._rest.ask("PUT", path, {"variables": variables, "local": True})

    async def _command(self, job: JobKey, path: str, body: JsonObject, *, method: str = "POST") -> JobReply:
        try:
            await self._rest.ask(method, f"/jobs/{job}{path}", body)
        except EngineRejected as error:
            if error.rejection in ("NOT_FOUND", "INVALID_STATE"):
                return JobGone(error.message, is_unknown=error.rejection == "NOT_FOUND")
            raise
        return JobTaken()


def _job(item: dict[str, Any]) -> ActivatedJob:
    """Return the REST job as ours; keys are strings there, the deadline milliseconds or a date-time."""
    return ActivatedJob(
        key=JobKey(int(item["jobKey"])),
        type=item["type"],
        process_instance_key=int(item["processInstanceKey"]),
        process_id=item["processDefinitionId"],
        process_version=int(item["processDefinitionVersion"]),
        definition_key=DefinitionKey(int(item["processDefinitionKey"])),
        element_id=item["elementId"],
        element_instance_key=int(item["elementInstanceKey"]),
        retries=int(item["retries"]),
        deadline_ms=_deadline_ms(item["deadline"]),
        tenant_id=tenant_of(item.get("tenantId")),
        headers={name: str(value) for name, value in (item.get("customHeaders") or {}).items()},
        variables=item.get("variables") or {},
    )


def _deadline_ms(deadline: object) -> int:
    if isinstance(deadline, str) and not deadline.lstrip("-").isdigit():
        return round(datetime.fromisoformat(deadline).timestamp() * 1000)
    return int(str(deadline))
