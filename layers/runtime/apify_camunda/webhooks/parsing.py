"""Decides whether an authentic request is a delivery that we can work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.routes import route_of_path
from apify_camunda.webhooks.signature import SIGNATURE_HEADER

MAX_BODY_BYTES = 200 * 1024
"""Leaves room for headers and escapes below the 256 KiB of an SQS message."""
_MAX_DEPTH = 100
_DISPATCH_HEADER = "x-apify-webhook-dispatch-id"


@dataclass(frozen=True, slots=True)
class UnusableRequest:
    """The request cannot be worked on, now or later.

    Attributes:
        status: The HTTP status of the answer.
    """

    status: int
    reason: str


ParsedDelivery: TypeAlias = ReceivedEvent | UnusableRequest


def parse_delivery(request: HttpRequest) -> ParsedDelivery:
    """Return the event that a request reports, without our signature header, or why it reports none."""
    if len(request.body) > MAX_BODY_BYTES:
        return UnusableRequest(
            413, f"The body has {len(request.body)} bytes; at most {MAX_BODY_BYTES} are taken."
        )
    body = _object_of(request.body)
    if isinstance(body, UnusableRequest):
        return body
    if not isinstance(body.get("eventType"), str) or not body["eventType"]:
        return UnusableRequest(400, "The body has no `eventType`.")
    try:
        return ReceivedEvent(
            route=route_of_path(request.path),
            headers={name: value for name, value in request.headers.items() if name != SIGNATURE_HEADER},
            params=dict(request.params),
            body=body,
            received_at=request.received_at,
            dispatch_id=request.headers.get(_DISPATCH_HEADER),
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        return UnusableRequest(400, f"`{where}` is not what Apify's payload template sends.")


def _object_of(content: bytes) -> JsonObject | UnusableRequest:
    try:
        body = read_json(content)
    except ValueError:
        return UnusableRequest(400, "The body is not JSON.")
    if not isinstance(body, dict):
        return UnusableRequest(400, "The body is not a JSON object.")
    if _is_deeper_than(body, _MAX_DEPTH):
        return UnusableRequest(400, f"The body is nested more than {_MAX_DEPTH} levels deep.")
    return body


def _is_deeper_than(value: Json, limit: int) -> bool:
    level: list[Json] = [value]
    for _ in range(limit):
        level = [
            item
            for outer in level
            for item in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
        ]
        if not level:
            return False
    return True
