"""Decides what the end of a run means for its job, and how a run is shown to people."""

from __future__ import annotations

from typing import Final

from apify_camunda.apify.model import ApifyRun
from apify_camunda.errors import ErrorCode, PermanentError
from apify_camunda.identifiers import RunId
from apify_camunda.json_types import JsonObject

RUN_ID_VARIABLE: Final = "apifyRunId"
RUN_URL_VARIABLE: Final = "apifyRunUrl"
_CODES: Final = {
    "FAILED": ErrorCode.RUN_FAILED,
    "TIMED-OUT": ErrorCode.RUN_TIMED_OUT,
    "ABORTED": ErrorCode.RUN_ABORTED,
}


def succeeded(run: ApifyRun) -> bool:
    """Say whether the run ended well."""
    return run.status == "SUCCEEDED"


def run_error(run: ApifyRun) -> PermanentError:
    """Return the error for a run that did not succeed, if the model asks for one."""
    said = run.text("statusMessage")
    return PermanentError(
        f"The Actor run {run.id} ended as {run.status}"
        + (f": {said}" if said else ".")
        + f" See {console_url(run.id)}",
        code=_CODES.get(run.status, ErrorCode.RUN_FAILED),
        variables={"runId": run.id, "status": run.status, "statusMessage": said, "url": console_url(run.id)},
    )


def console_url(run_id: RunId) -> str:
    """Return where a person sees the run in Apify's console."""
    return f"https://console.apify.com/view/runs/{run_id}?utm_source=camunda&utm_medium=integrations"


def variables_for_operators(run_id: RunId) -> JsonObject:
    """Return the local variables that show the run in Operate while its job waits."""
    return {RUN_ID_VARIABLE: run_id, RUN_URL_VARIABLE: console_url(run_id)}
