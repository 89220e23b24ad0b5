"""Works a batch of a queue; a body that says `fail` is reported as failed, and at once visible again."""

import os
from typing import Any

import boto3

FAILURES = {"fail"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    failed = [record for record in event["Records"] if record["body"] in FAILURES]
    sqs = boto3.client("sqs")
    for record in failed:
        name = record["eventSourceARN"].rpartition(":")[2]
        sqs.change_message_visibility(
            QueueUrl=f"{os.environ['AWS_ENDPOINT_URL']}/123456789012/{name}",
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=0,
        )
    for record in event["Records"]:
        attributes = sorted(record["messageAttributes"])
        count = record["attributes"]["ApproximateReceiveCount"]
        print(f"worked {record['body']} try {count} {attributes}")  # noqa: T201  # what a function prints is its log
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
