"""API Gateway's payload 2.0, both ways."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from local_aws.http_server import Request
from local_aws.payload import MalformedAnswer, answer_of, event_of

NOON = datetime(2026, 11, 21, 12, 0, 5, 250_000, tzinfo=UTC)


def an_event(target: str = "/x", body: bytes = b"", *headers: tuple[str, str]) -> dict[str, Any]:
    request = Request("POST", target, (("host", "api.example:8443"), *headers), body, peer="192.0.2.1")
    return event_of(
        request,
        route_key="POST /x",
        path_parameters={},
        account_id="1",
        api_id="a",
        request_id="r",
        received_at=NOON,
    )


def test_request_context_has_caller_time_and_place() -> None:
    """The request's context has API Gateway's fields and formats."""
    context = an_event("/x", b"", ("user-agent", "me"))["requestContext"]
    assert context == {
        "accountId": "1",
        "apiId": "a",
        "domainName": "api.example:8443",
        "domainPrefix": "api",
        "http": {
            "method": "POST",
            "path": "/x",
            "protocol": "HTTP/1.1",
            "sourceIp": "192.0.2.1",
            "userAgent": "me",
        },
        "requestId": "r",
        "routeKey": "POST /x",
        "stage": "$default",
        "time": "21/Nov/2026:12:00:05 +0000",
        "timeEpoch": 1795262405250,
    }


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/plain", True),
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("application/cloudevents+json", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/octet-stream", False),
        ("application/jsonlike", False),
        (None, False),
    ],
)
def test_body_is_text_only_for_a_texts_type(content_type: str | None, is_text: bool) -> None:  # noqa: FBT001  # a table's column
    """A body is text for the types of text that API Gateway knows, and base64 for all others."""
    event = an_event("/x", b"{}", *([("content-type", content_type)] if content_type else []))
    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == ("{}" if is_text else base64.b64encode(b"{}").decode())


def test_bytes_that_claim_to_be_text_arrive_unharmed() -> None:
    """A body with a text type that is not text arrives in base64."""
    event = an_event("/x", b"\xff", ("content-type", "text/plain"))
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff")


def test_absent_parts_are_absent() -> None:
    """Without query, cookies, variables and body the event does not have them."""
    event = an_event()
    assert {"queryStringParameters", "cookies", "pathParameters", "body"}.isdisjoint(event)
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)


def test_headers_of_the_connection_stay_outside() -> None:
    """Headers that belong to the connection do not reach the function; those of a proxy are added."""
    headers = an_event(
        "/x", b"", ("connection", "close"), ("cookie", "a=1"), ("x-forwarded-for", "198.51.100.7")
    )["headers"]
    assert headers == {
        "host": "api.example:8443",
        "content-length": "0",
        "x-forwarded-for": "198.51.100.7, 192.0.2.1",
        "x-forwarded-port": "8443",
        "x-forwarded-proto": "http",
    }


@pytest.mark.parametrize(
    "returned",
    [
        {"statusCode": "abc"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "body": 1},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": {"b": "c"}}},
        {"statusCode": 200, "headers": {"a": "b\nc"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a": "\u20ac"}},
        {"statusCode": float("inf")},
        {"statusCode": 200, "cookies": 1},
        {"statusCode": 200, "cookies": ["a=b\r\nc: d"]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_malformed_answer_is_refused(returned: Any) -> None:
    """What API Gateway could make no answer of is refused."""
    with pytest.raises(MalformedAnswer):
        answer_of(json.dumps(returned).encode())


def test_header_values_become_text() -> None:
    """Numbers and booleans in headers become text; a length of the function's own is not believed."""
    headers = {"Retry-After": 5, "X-Is": True, "Content-Length": 9}
    answer = answer_of(json.dumps({"statusCode": "201", "headers": headers}).encode())
    assert answer.status == 201
    assert answer.headers == (("retry-after", "5"), ("x-is", "true"))


@pytest.mark.parametrize(("returned", "body"), [(b"null", b"null"), (b"[1]", b"[1]"), (b'"text"', b"text")])
def test_value_that_is_not_an_answer_is_the_body(returned: bytes, body: bytes) -> None:
    """A value without a status is the body of a 200."""
    answer = answer_of(returned)
    assert (answer.status, answer.body) == (200, body)
