"""Which payloads `apify-camunda erase` removes, and which it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.webhooks.events import ReceivedEvent

from tests import builders
from tests.cli.stack import Stack, deployed
from tests.fakes.clock import NOON

DONE = builders.message_effect(state=EffectState.DONE)
REJECTED = builders.message_effect(state=EffectState.REJECTED, reason="no key")
FIRST, SECOND = EventId("first"), EventId("second")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


def of_run(run: str, received_at: str = NOON.isoformat()) -> ReceivedEvent:
    value = builders.received().to_json()
    body = {
        "eventType": "ACTOR.RUN.SUCCEEDED",
        "eventData": {"actorRunId": run},
        "resource": {"id": run, "secretOfACustomer": "hunter2"},
    }
    return ReceivedEvent.from_json({**value, "body": body, "receivedAt": received_at})


def kept(stack: Stack) -> set[EventId]:
    return set(stack.run(stack.ledger.all_kept()))


def test_payload_of_a_run_goes_and_its_effects_stay(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The payload of the run's event is removed; that it had its effect is still known, and others stay.
    """
    stack.keep(DONE, event=FIRST, received=of_run("run1"))
    stack.keep(DONE, event=SECOND, received=of_run("run2"))

    assert stack.operate("erase", "--run", "run1", "--json") == 0

    assert json.loads(capsys.readouterr().out) == {"kept": 1, "queued": 0, "notExamined": 0}
    assert kept(stack) == {SECOND}
    history = stack.run(stack.ledger.history_of(FIRST))
    assert [effect.state for effect in history.effects] == [EffectState.DONE]


def test_old_payloads_go(stack: Stack) -> None:
    """
    `--older-than` removes what was received before, and nothing that came later.
    """
    stack.keep(DONE, event=FIRST, received=of_run("run1", (NOON - timedelta(days=8)).isoformat()))
    stack.keep(DONE, event=SECOND, received=of_run("run2", (NOON - timedelta(days=6)).isoformat()))

    assert stack.operate("erase", "--older-than", "7d") == 0
    assert kept(stack) == {SECOND}


def test_event_that_needs_a_person_is_not_erased_by_accident(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What could be neither replayed nor resolved afterwards is erased on request only.
    """
    stack.keep(REJECTED, event=FIRST, received=of_run("run1"))

    assert stack.operate("erase", "--run", "run1") == 1
    assert "1 of these events need a person or are still to be delivered" in capsys.readouterr().err
    assert kept(stack) == {FIRST}

    assert stack.operate("erase", "--run", "run1", "--also-unfinished") == 0
    assert kept(stack) == set()


@pytest.mark.parametrize("which", ["parked", "undelivered"])
def test_queued_payloads_go_on_request(stack: Stack, capsys: pytest.CaptureFixture[str], which: str) -> None:
    """
    Payloads in the queues are found too; other events come back, and what is no event of ours stays.
    """
    url = {"parked": stack.parked_url, "undelivered": stack.undelivered_url}[which]
    bodies = [json.dumps(of_run("run2").to_json()), "{}"]
    for body in (*bodies, json.dumps(of_run("run1").to_json())):
        stack.sqs.send_message(QueueUrl=url, MessageBody=body)

    assert stack.operate("erase", "--run", "run1") == 1
    assert "nothing was erased" in capsys.readouterr().err
    assert stack.operate("erase", "--run", "run1", "--also-unfinished", "--json") == 0

    assert json.loads(capsys.readouterr().out) == {"kept": 0, "queued": 1, "notExamined": 0}
    assert sorted(stack.bodies_in(url)) == sorted(bodies)


def test_event_that_cannot_be_examined_is_reported(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A parked event that waits for its next try is not examined, so the command says to run it again.
    """
    body = json.dumps(of_run("run1").to_json())
    stack.sqs.send_message(QueueUrl=stack.parked_url, MessageBody=body)
    stack.sqs.receive_message(QueueUrl=stack.parked_url, VisibilityTimeout=600)

    assert stack.operate("erase", "--run", "run1") == 1
    assert "1 parked events wait for their next try" in capsys.readouterr().err


def test_payload_is_gone_from_the_tables(stack: Stack) -> None:
    """
    After the erasure no row of the ledger holds the payload.
    """
    stack.keep(DONE, event=FIRST, received=of_run("run1"))
    stack.operate("erase", "--run", "run1")

    items = stack.dynamodb.scan(TableName=stack.tables["LedgerTable"])["Items"]
    assert all(item["pk"]["S"] != "kept" for item in items)
