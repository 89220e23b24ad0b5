"""API Gateway's payload format 2.0: a request as the event of a function, and what it returns as an answer.

Pure: it opens nothing, and time and ids are arguments.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local_aws.http_server import Request, Response

_TEXT_TYPES = re.compile(
    r"text/|application/(?:[\w.+-]+\+)?(?:json|xml)\b|application/(?:x-)?javascript\b", re.IGNORECASE
)
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_NOT_FOR_THE_FUNCTION = frozenset({"connection", "transfer-encoding", "expect", "keep-alive", "cookie"})
_NOT_FOR_THE_CLIENT = frozenset({"connection", "transfer-encoding", "content-length"})


class MalformedAnswer(Exception):
    """The function returned what API Gateway cannot make an answer of."""


def event_of(
    request: Request,
    *,
    route_key: str,
    path_parameters: Mapping[str, str],
    account_id: str,
    api_id: str,
    request_id: str,
    received_at: datetime,
) -> dict[str, Any]:
    """Return the event of the request; path parameters are decoded already."""
    host = request.header("host") or ""
    path = unquote(request.path)
    cookies = [
        part.strip() for name, value in request.headers if name == "cookie" for part in value.split(";")
    ]
    parameters = _joined(parse_qsl(request.query, keep_blank_values=True))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": _headers_of(request),
        "requestContext": {
            "accountId": account_id,
            "apiId": api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.http_version}",
                "sourceIp": request.peer,
                "userAgent": request.header("user-agent") or "",
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": received_at.strftime("%d/%b/%Y:%H:%M:%S %z"),
            "timeEpoch": int(received_at.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    optional = {
        "cookies": cookies,
        "queryStringParameters": parameters,
        "pathParameters": dict(path_parameters),
    }
    event.update({name: value for name, value in optional.items() if value})
    if request.body:
        event.update(_body_of(request))
    return event


def answer_of(returned: bytes) -> Response:
    """Return the answer that the function's returned JSON describes.

    Raises:
        MalformedAnswer: Its shape is not that of an answer.
    """
    value = json.loads(returned)
    if not isinstance(value, dict) or "statusCode" not in value:
        return Response(200, _inferred_body(value, returned), (("content-type", "application/json"),))
    try:
        status = int(value["statusCode"])
        headers = [(str(k).lower(), _header_text(v)) for k, v in (value.get("headers") or {}).items()]
        cookies = [("set-cookie", str(cookie)) for cookie in value.get("cookies") or []]
        body = _body_bytes(value)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise MalformedAnswer(str(error)) from error
    for name, text in (*headers, *cookies):
        if _HEADER_NAME.fullmatch(name) is None or _HEADER_VALUE.fullmatch(text) is None:
            raise MalformedAnswer(f"{name!r}: {text!r} is no header.")
    if not 200 <= status <= 599:
        raise MalformedAnswer(f"{status} is not the status of a final answer.")
    headers = [(name, text) for name, text in headers if name not in _NOT_FOR_THE_CLIENT]
    if body and all(name != "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    return Response(status, body, (*headers, *cookies))


def _headers_of(request: Request) -> dict[str, str]:
    headers = _joined((n, v.strip()) for n, v in request.headers if n not in _NOT_FOR_THE_FUNCTION)
    headers.setdefault("content-length", str(len(request.body)))
    headers["x-forwarded-for"] = ", ".join(filter(None, [headers.get("x-forwarded-for"), request.peer]))
    headers["x-forwarded-port"] = (request.header("host") or "").rpartition(":")[2] or "80"
    headers["x-forwarded-proto"] = "http"
    return headers


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs as a mapping, the values of a repeated name joined with a comma."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body_of(request: Request) -> dict[str, Any]:
    """Return the body as text where its type is a text's, else in base64."""
    if _TEXT_TYPES.match(request.header("content-type") or ""):
        try:
            return {"body": request.body.decode("utf-8"), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # the type promised text; what came is carried unharmed
    return {"body": base64.b64encode(request.body).decode("ascii"), "isBase64Encoded": True}


def _inferred_body(value: Any, returned: bytes) -> bytes:
    return value.encode() if isinstance(value, str) else returned


def _header_text(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise TypeError("A header's value must be a scalar.")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body_bytes(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError("The body must be a string.")
    if value.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise ValueError("The body is not base64.") from error
    return body.encode()
