"""SQS -> events that were parked -> the ones to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apify_camunda import wiring
from apify_camunda.inbound import sqs_parking

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on a batch of parked events; flows/deliver_event.py says how."""
    messages = sqs_parking.messages_from(event)
    return sqs_parking.batch_reply(wiring.run(wiring.deliver_event()(messages, wiring.deadline(context))))
