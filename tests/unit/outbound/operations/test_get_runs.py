"""How runs are read."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.errors import ApifyRejected, ErrorCode, InvalidInput

from tests.unit.outbound.operations.apify_at_hand import AtHand


def items_of(response: Any) -> list[Any]:
    return [item["id"] for item in response["items"]]


def test_run_is_read_by_its_id(at_hand: AtHand) -> None:
    """The whole run is there, its cost among it once it has ended."""
    run = at_hand.start()
    at_hand.end_runs()
    response: Any = at_hand.response("getRun", runId=run.id)
    assert (response["data"]["id"], response["data"]["status"]) == (run.id, "SUCCEEDED")
    assert "usageTotalUsd" in response["data"]


def test_unknown_run_has_a_code(at_hand: AtHand) -> None:
    """A run that Apify does not know is an error of its own."""
    with pytest.raises(ApifyRejected) as refused:
        at_hand.response("getRun", runId="missing")
    assert refused.value.code is ErrorCode.RUN_NOT_FOUND


def test_last_run_of_a_status(at_hand: AtHand) -> None:
    """The last run is the one that started last, of the statuses that are asked for."""
    first = at_hand.start()
    at_hand.end_runs()
    second = at_hand.start()
    last: Any = at_hand.response("getLastRun", actorId="acme/crawler")
    done: Any = at_hand.response("getLastRun", actorId="acme/crawler", status="succeeded")
    assert (last["data"]["id"], done["data"]["id"]) == (second.id, first.id)


def test_no_run_is_null(at_hand: AtHand) -> None:
    """Without a run of that status the result is null, which an expression can ask for."""
    assert at_hand.response("getLastRun", taskId="acme/crawl-acme", status="FAILED") == {"data": None}


def test_runs_are_listed_in_parts(at_hand: AtHand) -> None:
    """A list has an order, a limit and an offset, and says how many there are."""
    runs = [at_hand.start().id for _ in range(3)]
    newest: Any = at_hand.response("listRuns", actorId="acme/crawler", limit=2)
    assert (items_of(newest), newest["total"]) == ([runs[2], runs[1]], 3)
    assert items_of(at_hand.response("listRuns", desc="false", offset="1")) == runs[1:]
    assert items_of(at_hand.response("listRuns", status="SUCCEEDED")) == []


@pytest.mark.parametrize(
    ("operation", "inputs", "named"),
    [
        ("getRun", {}, "runId"),
        ("getLastRun", {}, "actorId"),
        ("getLastRun", {"actorId": "a/b", "taskId": "a/c"}, "taskId"),
        ("listRuns", {"status": "DONE"}, "status"),
        ("listRuns", {"limit": -1}, "limit"),
    ],
)
def test_unusable_inputs_are_named(
    at_hand: AtHand, operation: str, inputs: dict[str, Any], named: str
) -> None:
    """An input that cannot be meant is refused with its name, before Apify is asked."""
    with pytest.raises(InvalidInput, match=f"Input.{named}: "):
        at_hand.response(operation, **inputs)
