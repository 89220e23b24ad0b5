"""How a run and its items come in one element."""

from __future__ import annotations

from typing import Any

from tests import builders_outbound as a
from tests.unit.outbound.operations.apify_at_hand import AtHand
from tests.unit.outbound.operations.reading import run_operation


def test_run_and_items_come_together(at_hand: AtHand) -> None:
    """The result holds the run and the items of its dataset, as its options pick them."""
    operation = run_operation(
        a.variables(
            "runActorAndGetItems",
            "runActorAndGetItemsInput",
            actorId="acme/crawler",
            inputJson={"url": "https://acme.example"},
            limit="1",
            fields="sku",
        )
    )
    assert operation.waits
    run = at_hand.run(at_hand.apify.start_run(operation.start_request()))
    at_hand.end_runs()
    ended = at_hand.run(at_hand.apify.run(run.id))
    assert ended is not None
    result: Any = at_hand.run(operation.result(ended, at_hand.apify))
    assert result.response["run"]["status"] == "SUCCEEDED"
    assert len(result.response["items"]) <= 1
    assert result.aliases == {"data": result.response["run"]}


def test_task_has_its_saved_input() -> None:
    """A task without an override runs with what it has saved."""
    operation = run_operation(
        a.variables("runTaskAndGetItems", "runTaskAndGetItemsInput", taskId="acme/crawl-acme")
    )
    assert (operation.start_request().resource_id, operation.start_request().input) == (
        "acme~crawl-acme",
        None,
    )
