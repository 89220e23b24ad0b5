"""Run as a program: a worker that gets a batch of two parked events, one of which kills it by SIGKILL.

Arguments: the endpoint of DynamoDB, and by how many minutes after noon the batch is received.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta

from apify_camunda.camunda.model import PublishMessage, PublishResult
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.webhooks.events import ParkedMessage

from tests import builders
from tests.contract.aws import aws_client
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.receiver_world import World


def main(endpoint: str, minutes: int) -> None:
    clock = FrozenClock(NOON + timedelta(minutes=minutes))
    with aws_client("dynamodb", endpoint) as client:
        ledger = DynamoDBEventLedger(client=client, table="ledger", clock=clock)
        world = World(builders.catch(), clock=clock, ledger=ledger)
        publish = world.engine.publish_message

        async def deadly(command: PublishMessage) -> PublishResult:
            if command.correlation_key == "poison":
                os.kill(os.getpid(), signal.SIGKILL)
            return await publish(command)

        world.engine.publish_message = deadly  # type: ignore[method-assign]  # one command is deadly
        batch = [message(run) for run in ("poison", "innocent")]
        stay = asyncio.run(world.deliverer()(batch, world.deadline))
    sys.stdout.write(json.dumps(sorted(stay)) + "\n")


def message(run: str) -> ParkedMessage:
    event = builders.received(builders.body(resource=builders.run(id=run)))
    return ParkedMessage(run, f"receipt-{run}", 1, json.dumps(event.to_json()))


main(sys.argv[1], int(sys.argv[2]))
