"""What the outbound flows write into the log: that something happened and where, never what was in it."""

from __future__ import annotations

import logging

import pytest
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.json_types import JsonObject

from tests import builders_outbound as a
from tests.fakes.apify import StartTrouble
from tests.outbound_deployment import Deployment

PRIVATE = "very-private"
INPUTS: JsonObject = {
    **a.run_actor(inputJson={"url": PRIVATE}),
    "authentication": {"token": "token-of-acme"},
}


@pytest.mark.parametrize(
    "trouble",
    [
        None,
        ApifyUnavailable(f"Cannot take {PRIVATE}"),
        ApifyUnavailable(f"Cannot take {PRIVATE}", outcome_unknown=True),
        ApifyUnavailable(f"Cannot take {PRIVATE}", code=ErrorCode.MEMORY_LIMIT_EXCEEDED),
        ApifyRejected(f"Cannot take {PRIVATE}", code=ErrorCode.INVALID_INPUT, status=400),
    ],
)
def test_payloads_are_not_logged(trouble: ApifyUnavailable | None, caplog: pytest.LogCaptureFixture) -> None:
    """Neither tokens, inputs, results nor messages of others reach the log in any case."""
    caplog.set_level(logging.DEBUG)
    deployment = Deployment()
    if trouble is not None:
        deployment.world.start_troubles = [StartTrouble(trouble)]
    deployment.jobs.add(a.job(INPUTS, retries=1))
    deployment.invoke()
    deployment.end_and_wake()
    told = "\n".join(
        str(vars(record)) for record in caplog.records if record.name.startswith("apify_camunda")
    )
    assert told
    assert PRIVATE not in told
    assert "token-of-acme" not in told


def test_each_effect_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """A run that was started and a job that was completed are one line each, with their keys."""
    caplog.set_level(logging.INFO)
    deployment = Deployment()
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.end_and_wake()
    effects = [record for record in caplog.records if record.name.startswith("apify_camunda")]
    assert [record.getMessage() for record in effects] == ["run was started", "job was completed"]
    assert {vars(record)["job_key"] for record in effects} == {a.JOB}
    assert {vars(record)["element"] for record in effects} == {"crawl/1/run-crawler"}


def test_unknown_inputs_are_named(caplog: pytest.LogCaptureFixture) -> None:
    """A misspelt input is ignored, and a warning names it without its value."""
    deployment = Deployment()
    deployment.work(a.job(a.get_items(limitt=PRIVATE)))
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert vars(record)["unknown_inputs"] == ("limitt",)
    assert PRIVATE not in str(vars(record))
