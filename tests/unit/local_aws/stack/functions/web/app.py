"""Answers HTTP requests: with the event that it got, or with what the request's body says."""

import json
import time
from typing import Any


def handler(event: dict[str, Any], _context: object) -> Any:
    if event["rawPath"] not in {"/answer", "/hurried"}:
        return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}
    answer = json.loads(event["body"])
    if answer == "raise":
        raise ValueError(answer)
    if answer == "sleep":
        time.sleep(2)
    return answer
