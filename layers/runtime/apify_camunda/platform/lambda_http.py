"""Translates between API Gateway's HTTP API events (payload format 2.0) and our requests and replies.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from apify_camunda.platform.http_messages import HttpReply, HttpRequest

_DOOR = re.compile(r"/(?:apify|inbound|runs)/[^/]*/?$")


def request_from(event: Mapping[str, Any], now: datetime) -> HttpRequest:
    """Return the request of an event; its path is what was signed: without stage or base path."""
    context = event["requestContext"]
    params: dict[str, str] = {}
    for name, value in parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True):
        params.setdefault(name, value)
    return HttpRequest(
        method=context["http"]["method"],
        path=_path_from_door(event["rawPath"]),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        params=params,
        body=_body(event),
        received_at=now,
    )


def reply_for(reply: HttpReply) -> dict[str, Any]:
    """Return the answer to API Gateway."""
    answer: dict[str, Any] = {"statusCode": reply.status, "headers": dict(reply.headers)}
    if reply.body is not None:
        answer["headers"].setdefault("content-type", "application/json")
        answer["body"] = json.dumps(reply.body, ensure_ascii=False)
    return answer


def _path_from_door(raw_path: str) -> str:
    """Return the path without the stage's name, or a custom domain's base path, before it."""
    match = _DOOR.search(raw_path)
    return match.group() if match else raw_path


def _body(event: Mapping[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode(errors="surrogatepass")
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return b""
