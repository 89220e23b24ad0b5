"""How API Gateway's events become requests, and replies become answers."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from apify_camunda.platform.http_messages import HttpReply
from apify_camunda.platform.lambda_http import reply_for, request_from

from tests.fakes.clock import NOON


def event(**changes: Any) -> dict[str, Any]:
    """Return an event of payload format 2.0."""
    return {
        "version": "2.0",
        "rawPath": "/apify/acme-1",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": "{}",
        "isBase64Encoded": False,
    } | changes


@pytest.mark.parametrize(
    ("raw_path", "path"),
    [
        ("/apify/acme-1", "/apify/acme-1"),
        ("/prod/apify/acme-1", "/apify/acme-1"),
        ("/base/path/inbound/x", "/inbound/x"),
        ("/runs/1-1", "/runs/1-1"),
        ("/apify/inbound/x", "/inbound/x"),
        ("/elsewhere", "/elsewhere"),
        ("/", "/"),
    ],
)
def test_path_is_without_what_gateways_put_before(raw_path: str, path: str) -> None:
    """A stage or a custom domain's base path is no part of what was signed."""
    assert request_from(event(rawPath=raw_path), NOON).path == path


def test_request() -> None:
    """Names of headers are lower case; the first value of a parameter counts, decoded."""
    request = request_from(
        event(headers={"X-Apify-Camunda-Signature": "k1.0"}, rawQueryString="a=1&a=2&b=x%20y&c="), NOON
    )

    assert request.method == "POST"
    assert request.headers == {"x-apify-camunda-signature": "k1.0"}
    assert request.params == {"a": "1", "b": "x y", "c": ""}
    assert request.received_at == NOON


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"body": '{"ä": 1}'}, '{"ä": 1}'.encode()),
        ({"body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}, b"\x00\xff"),
        ({"body": "not base64!", "isBase64Encoded": True}, b""),
        ({"body": None}, b""),
    ],
)
def test_body_is_bytes(changes: dict[str, Any], body: bytes) -> None:
    """The body is what the sender sent, whether it came as text or as base64, or not at all."""
    assert request_from(event(**changes), NOON).body == body


def test_absent_parts_are_empty() -> None:
    """An event without body, query or headers is a request with none."""
    bare = event()
    for name in ("body", "rawQueryString", "headers", "isBase64Encoded"):
        del bare[name]

    request = request_from(bare, NOON)

    assert (request.body, request.params, request.headers) == (b"", {}, {})


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (HttpReply(401), {"statusCode": 401, "headers": {}}),
        (
            HttpReply(200, {"a": "ü"}),
            {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"a": "ü"}'},
        ),
        (HttpReply(429, None, {"retry-after": "1"}), {"statusCode": 429, "headers": {"retry-after": "1"}}),
    ],
)
def test_reply(reply: HttpReply, answer: dict[str, Any]) -> None:
    """A reply has its status, its headers, and a JSON body where there is one."""
    assert reply_for(reply) == answer
