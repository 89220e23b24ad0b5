"""What the end of a run means for its job."""

from __future__ import annotations

from apify_camunda.apify.model import ApifyRun
from apify_camunda.outbound.domain.run_outcome import run_error


def test_run_error_names_the_run() -> None:
    """The error of a failed run has its status, its own message and where to look."""
    error = run_error(ApifyRun({"id": "r1", "status": "TIMED-OUT", "statusMessage": "Too slow"}))
    assert error.code == "RUN_TIMED_OUT"
    assert error.message.startswith(
        "The Actor run r1 ended as TIMED-OUT: Too slow See https://console.apify.com"
    )
