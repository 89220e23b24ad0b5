"""Schedule -> deployed processes -> the right webhooks at Apify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apify_camunda import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take the webhooks one tick towards what is wanted; flows/reconcile_webhooks.py says how."""
    return wiring.run(wiring.reconcile_webhooks()(wiring.deadline(context)))
