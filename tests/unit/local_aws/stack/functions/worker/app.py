"""Works a batch of a queue; a body that says `fail` is reported as failed, and at once visible again."""

import os

import boto3

FAILURES = {"fail"}


def handler(event, _context):
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
        print(f"worked {record['body']} try {record['attributes']['ApproximateReceiveCount']} {attributes}")
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
