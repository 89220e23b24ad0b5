"""How runs are aborted and resurrected."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.errors import ApifyRejected, ErrorCode

from tests.unit.outbound.operations.apify_at_hand import AtHand


@pytest.mark.parametrize("gracefully", [False, True])
def test_run_is_aborted_once(at_hand: AtHand, gracefully: bool) -> None:  # noqa: FBT001 - a column
    """A run is aborted at once or gracefully; a repeated job finds it aborted."""
    run = at_hand.start()
    at_hand.response("abortRun", runId=run.id, gracefully=gracefully)
    at_hand.end_runs()
    again: Any = at_hand.response("abortRun", runId=run.id)
    assert again["data"]["status"] in {"ABORTED", "ABORTING"}


def test_ended_run_goes_on(at_hand: AtHand) -> None:
    """A resurrected run has its old id, and runs again."""
    run = at_hand.start()
    at_hand.end_runs()
    response: Any = at_hand.response("resurrectRun", runId=run.id, memory=512)
    assert (response["data"]["id"], response["data"]["status"]) == (run.id, "RUNNING")


@pytest.mark.parametrize("operation", ["abortRun", "resurrectRun"])
def test_unknown_run_has_a_code(at_hand: AtHand, operation: str) -> None:
    """A run that Apify does not know is an error of its own."""
    with pytest.raises(ApifyRejected) as refused:
        at_hand.response(operation, runId="missing")
    assert refused.value.code is ErrorCode.RUN_NOT_FOUND
