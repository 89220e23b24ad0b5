"""A value of an event that a failed expression quotes: the operator sees it, a log and an answer do not."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.command import EXAMPLES
from tests.e2e.world import TOKEN, Stage, post, stage

pytestmark = pytest.mark.xdist_group("quoted_values")

MARKER = "value-of-a-customer-7f3a"
LIST_OF_VALUES = "=[request.body.resource.note]"
EXPRESSIONS = {
    # Each is put in place of one of the example's, in a process of its own.
    "result-is-a-list": (
        "={ runId: connectorData.runId, datasetId: connectorData.defaultDatasetId }",
        LIST_OF_VALUES,
    ),
    "condition-is-a-text": ("=connectorData.status = &#34;SUCCEEDED&#34;", "=request.body.resource.note"),
    "result-cannot-be-added": (
        "={ runId: connectorData.runId, datasetId: connectorData.defaultDatasetId }",
        "=request.body.resource.note - 1",
    ),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    model = (EXAMPLES / "start-event.bpmn").read_text(encoding="utf-8")
    with stage(tmp_path_factory.mktemp("quoted"), runs_schedules=False) as it:
        for name, (usual, failing) in EXPRESSIONS.items():
            assert model.count(usual) == 1
            changed = model.replace(usual, failing).replace("on-actor-finished", name)
            it.engine.deploy([(f"{name}.bpmn", changed.encode())])
        it.world.reconcile()
        yield it


def start_a_run(running: Stage) -> str:
    """Start a run at Apify, as a client of it does, and return its id once it has ended."""
    request = urllib.request.Request(
        f"{running.apify.url}/v2/acts/acme~crawler/runs?waitForFinish=30", method="POST"
    )
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["data"]["id"])


def reasons_for_the_operator(running: Stage) -> list[str]:
    """Return the reasons in the rows that `events list` shows."""
    aws = running.world.aws
    rows = aws.clients.dynamodb.scan(TableName=aws.table_name("LedgerTable"))["Items"]
    return [row["reason"].get("S", "") for row in rows if "reason" in row]


def test_quoted_value_reaches_the_operator_alone(running: Stage) -> None:
    """
    A reason that quotes a value is kept for `events list`; no answer and no line of a log holds the value.
    """
    running.apify.hold_deliveries()
    run_id = start_a_run(running)
    sent = running.dispatch_of(run_id, "ACTOR.RUN.SUCCEEDED")
    body = json.loads(sent.body)
    body["resource"]["note"] = MARKER

    answer = post(sent.request_url, json.dumps(body).encode(), sent.headers)

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert MARKER not in answer.text
    assert "Evaluated value" not in answer.text
    lines = running.story.lines()
    assert any("effect was rejected" in line for line in lines)
    assert [line for line in lines if MARKER in line or "Evaluated value" in line] == []
    kept = reasons_for_the_operator(running)
    assert [f'Evaluated value: ["{MARKER}"]' in reason for reason in kept].count(True) == 1
