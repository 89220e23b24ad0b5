"""One HTTP request and its reply, without the wrapping of API Gateway."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apify_camunda.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request, without the wrapping of API Gateway.

    Attributes:
        path: The path as the sender asked for it, without stage, for example `/apify/3f2a`.
        headers: Names in lower case, one value each.
        params: The query's parameters, first value of each.
        body: The decoded bytes; empty when there was none.
        received_at: When it arrived, aware.
    """

    method: str
    path: str
    headers: dict[str, str]
    params: dict[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What we answer: a status, and a JSON body or none."""

    status: int
    body: JsonObject | None = None
    headers: dict[str, str] = field(default_factory=dict)
