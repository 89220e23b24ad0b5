"""API Gateway's HTTP API in front of the functions: find the route, hold the limits, invoke, answer.

What a request looks like to a function is `payload`'s business.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never
from urllib.parse import unquote

from local_aws.clock import Clock
from local_aws.declarations import HttpApiSpec, RouteSpec, Throttle
from local_aws.http_server import Request, Response, json_response
from local_aws.invocations import MAX_PAYLOAD_BYTES, Failed, Invoke, Returned, Throttled
from local_aws.observations import Observer, RequestAnswered
from local_aws.payload import MalformedAnswer, answer_of, event_of
from local_aws.stack import ACCOUNT_ID

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEAD_BYTES = 10_240
"""Request line and headers together. Source: the quotas page of HTTP APIs."""
TOO_LARGE = json_response(413, {"message": "Request Entity Too Large"})
_API_ID = "localapi"


@dataclass(frozen=True, slots=True)
class MatchedRoute:
    """A route that matches a request, and the values of its variables."""

    route: RouteSpec
    path_parameters: dict[str, str]


class Routes:
    """The routes of an API, most specific first: exact, with variables, greedy, `$default`."""

    def __init__(self, routes: tuple[RouteSpec, ...]) -> None:
        self._routes = [(_pattern(route.path), route) for route in sorted(routes, key=_generality)]

    def find(self, method: str, path: str) -> MatchedRoute | None:
        """Return the route for the request; None where none fits."""
        for pattern, route in self._routes:
            match = pattern.fullmatch(path)
            if match is not None and route.method in {method, "ANY"}:
                return MatchedRoute(
                    route, {name: unquote(value) for name, value in match.groupdict().items()}
                )
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r".*")
    parts = re.split(r"\{(\w+\+?)\}", path)
    for index in range(0, len(parts), 2):
        parts[index] = re.escape(parts[index])
    for index in range(1, len(parts), 2):
        name = parts[index]
        parts[index] = f"(?P<{name[:-1]}>.+)" if name.endswith("+") else f"(?P<{name}>[^/]+)"
    return re.compile("".join(parts))


def _generality(route: RouteSpec) -> tuple[bool, bool, int, bool]:
    path = route.path
    return (path == "$default", path.endswith("+}"), path.count("{"), route.method == "ANY")


class TokenBucket:
    """A throttle's state: how many requests may still come at this moment."""

    def __init__(self, throttle: Throttle, clock: Clock) -> None:
        self._throttle = throttle
        self._clock = clock
        self._tokens = float(throttle.burst)
        self._filled_at = clock.now()

    def take(self) -> bool:
        """Take a token if there is one; return whether there was."""
        now = self._clock.now()
        refill = (now - self._filled_at).total_seconds() * self._throttle.rate_per_s
        self._tokens = min(float(self._throttle.burst), self._tokens + refill)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class HttpApi:
    """Answers requests with the functions that the routes name.

    Args:
        spec: Routes and throttle.
        invoke: Invokes a function by name.
        clock: Refills the throttles.
        observer: Gets every answer.
    """

    def __init__(self, spec: HttpApiSpec, invoke: Invoke, clock: Clock, observer: Observer) -> None:
        self._routes = Routes(spec.routes)
        self._invoke = invoke
        self._observer = observer
        self._buckets = {
            route.key: TokenBucket(throttle, clock)
            for route in spec.routes
            if (throttle := route.throttle or spec.throttle) is not None
        }

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        received_at, started_s = datetime.now(UTC), asyncio.get_running_loop().time()
        request_id = str(uuid.uuid4())
        found = self._routes.find(request.method, request.path)
        response = await self._answer(request, found, request_id, received_at)
        self._observer(
            RequestAnswered(
                method=request.method,
                path=request.path,
                route_key=found.route.key if found else None,
                status=response.status,
                duration=timedelta(seconds=asyncio.get_running_loop().time() - started_s),
            )
        )
        headers = (*response.headers, ("apigw-requestid", request_id))
        return Response(response.status, response.body, headers)

    async def _answer(
        self, request: Request, found: MatchedRoute | None, request_id: str, received_at: datetime
    ) -> Response:
        if request.head_size_bytes > MAX_HEAD_BYTES:
            return _message(431, "Request Header Fields Too Large")
        if found is None:
            return _message(404, "Not Found")
        bucket = self._buckets.get(found.route.key)
        if bucket is not None and not bucket.take():
            return _message(429, "Too Many Requests")
        event = event_of(
            request,
            route_key=found.route.key,
            path_parameters=found.path_parameters,
            account_id=ACCOUNT_ID,
            api_id=_API_ID,
            request_id=request_id,
            received_at=received_at,
        )
        payload = json.dumps(event).encode()
        if len(payload) > MAX_PAYLOAD_BYTES:  # what API Gateway takes, Lambda need not
            return TOO_LARGE
        return await self._run(found.route, payload)

    async def _run(self, route: RouteSpec, payload: bytes) -> Response:
        try:
            async with asyncio.timeout(route.timeout.total_seconds()):
                result = await self._invoke(route.function_name, payload)
        except TimeoutError:
            return _message(503, "Service Unavailable")
        match result:
            case Throttled():
                return _message(503, "Service Unavailable")
            case Failed():
                return _message(500, "Internal Server Error")
            case Returned(payload=returned):
                try:
                    return answer_of(returned)
                except MalformedAnswer:
                    return _message(500, "Internal Server Error")
            case _:
                assert_never(result)


def _message(status: int, message: str) -> Response:
    return json_response(status, {"message": message})
