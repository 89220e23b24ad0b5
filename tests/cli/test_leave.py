"""How a deployment is ended, and that nothing is lost by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from apify_camunda.identifiers import AttemptId, JobKey

from tests import builders_outbound as outbound
from tests.cli.stack import Stack, deployed


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        stack.reconciler_answers.append('{"status": "paused"}')
        yield stack


def paused(stack: Stack) -> list[str]:
    return [each for each in ("inbound", "outbound") if asyncio.run(stack.registry.is_paused(each))]


def wait_for_a_run(stack: Stack) -> None:
    attempt = outbound.attempt(id=AttemptId("7-1"), job_key=JobKey(7), number=1)
    assert stack.run(stack.attempts.open(attempt))


def test_both_directions_are_paused_afterwards(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Webhooks are removed, and neither direction acts any more.
    """
    assert stack.operate("leave") == 0

    assert "Webhooks removed at Apify: 0." in capsys.readouterr().out
    assert paused(stack) == ["inbound", "outbound"]


@pytest.mark.parametrize("which", ["parked", "undelivered"])
def test_events_are_not_dropped_by_accident(
    stack: Stack, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    """
    While events wait in a queue nothing is changed, unless it is asked for; then the queues are empty.
    """
    url = {"parked": stack.parked_url, "undelivered": stack.undelivered_url}[which]
    stack.sqs.send_message(QueueUrl=url, MessageBody="{}")

    assert stack.operate("leave") == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert paused(stack) == []

    assert stack.operate("leave", "--drop-events") == 0
    assert stack.bodies_in(url) == []


def test_jobs_are_not_abandoned_by_accident(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    While jobs wait for their runs nothing is changed, unless it is asked for.
    """
    wait_for_a_run(stack)

    assert stack.operate("leave") == 1
    assert "Jobs that wait for a run: 1. Nothing was changed" in capsys.readouterr().err
    assert paused(stack) == []

    assert stack.operate("leave", "--abandon-jobs") == 0
    assert "Jobs left waiting: 1." in capsys.readouterr().out
