"""HTTP API -> one delivery or callback -> an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apify_camunda import wiring
from apify_camunda.platform import lambda_http

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request; flows/receive_event.py and flows/record_callback.py say how."""
    request = lambda_http.request_from(event, wiring.now())
    return lambda_http.reply_for(wiring.run(wiring.receive_webhook()(request, wiring.deadline(context))))
