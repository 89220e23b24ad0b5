"""Says what `apify-camunda local --serve` writes into its ready file, so that operators' commands find it."""

from __future__ import annotations

from typing import Any

from local_aws import LocalAws

from apify_camunda_cli.operators.deployment import RECONCILER


def operator_facts(aws: LocalAws) -> dict[str, Any]:
    """Return the part of the ready file that is for the operator's commands; nothing in it is secret."""
    reconciler = next(spec for spec in aws.template.functions() if spec.logical_id == RECONCILER)
    return {
        "operator": {
            "region": aws.clients.dynamodb.meta.region_name,
            "endpoints": {
                "dynamodb": aws.dynamodb_url,
                "lambda": aws.lambda_url,
                "secretsmanager": aws.services_url,
                "sqs": aws.services_url,
                "ssm": aws.services_url,
            },
            "environment": dict(reconciler.environment),
            "reconciler": reconciler.name,
            "undeliveredQueueUrl": aws.queue_url("UndeliveredEvents"),
        }
    }
