"""A worker that is really killed leaves enough behind to set aside what killed it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.webhooks.events import ReceivedEvent

from tests import builders
from tests.contract.aws import dynamodb_table
from tests.fakes.clock import FrozenClock

PROGRAM = Path(__file__).with_name("deadly_worker.py")


def work(endpoint: str, minutes: int) -> subprocess.CompletedProcess[str]:
    """Let a worker receive the batch so many minutes after noon, and return how it ended."""
    return subprocess.run(
        [sys.executable, str(PROGRAM), endpoint, str(minutes)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


def test_event_that_kills_its_worker_is_set_aside(local_aws_dynamodb: str) -> None:
    """After three workers were killed the fourth sets the event aside; its neighbour has had its effect."""
    with dynamodb_table("ledger", local_aws_dynamodb) as client:
        for time in range(3):
            assert work(local_aws_dynamodb, time * 10).returncode == -signal.SIGKILL

        ended = work(local_aws_dynamodb, 30)

        assert ended.returncode == 0, ended.stderr[-2000:]
        ledger = DynamoDBEventLedger(client=client, table="ledger", clock=FrozenClock())
        [aside] = asyncio.run(ledger.aside())
        assert aside.event == event_id(received("poison"))
        [innocent] = asyncio.run(ledger.effects_of(event_id(received("innocent"))))
        assert innocent.state is EffectState.DONE
        assert json.loads(ended.stdout.splitlines()[-1]) == []


def received(run: str) -> ReceivedEvent:
    return builders.received(builders.body(resource=builders.run(id=run)))
