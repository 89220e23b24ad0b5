"""Schedule or wake-up -> Camunda's jobs -> Apify's operations -> outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apify_camunda import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work jobs until none come or the time is up; flows/run_jobs.py says how."""
    return wiring.run(wiring.poll_jobs()(wiring.deadline(context)))
