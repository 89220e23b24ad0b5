"""Routes, throttles and refusals of the HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from local_aws.declarations import HttpApiSpec, RouteSpec, Throttle
from local_aws.http_api import HttpApi, Routes, TokenBucket
from local_aws.http_server import Request, Response
from local_aws.invocations import InvocationResult, Returned, Throttled, failure
from local_aws.observations import Observation, RequestAnswered

from tests.unit.local_aws.manual_clock import ManualClock

NO_CONTENT = Returned(b'{"statusCode": 204}')
ROUTES = Routes(
    tuple(
        RouteSpec(method, path, f"{method} {path}")
        for method, path in [
            ("ANY", "$default"),
            ("GET", "/files/{path+}"),
            ("GET", "/things/{id}"),
            ("ANY", "/things/{id}"),
            ("GET", "/things/special"),
            ("GET", "/a.b"),
        ]
    )
)


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/things/special", "GET /things/special", {}),
        ("GET", "/things/1", "GET /things/{id}", {"id": "1"}),
        ("PUT", "/things/special", "ANY /things/{id}", {"id": "special"}),
        ("GET", "/things/a%2Fb", "GET /things/{id}", {"id": "a/b"}),
        ("GET", "/files/a/b", "GET /files/{path+}", {"path": "a/b"}),
        ("GET", "/things/1/2", "ANY $default", {}),
        ("GET", "/things/", "ANY $default", {}),
        ("GET", "/axb", "ANY $default", {}),
        ("POST", "/files/a", "ANY $default", {}),
    ],
)
def test_most_specific_route_wins(method: str, path: str, route: str, parameters: dict[str, str]) -> None:
    """Exact goes before variables, variables before greedy ones, and `$default` last."""
    found = ROUTES.find(method, path)
    assert found is not None
    assert (found.route.function_name, found.path_parameters) == (route, parameters)


def test_no_route_without_default() -> None:
    """Where no route fits and there is no default, nothing is found."""
    assert Routes((RouteSpec("GET", "/a", "f"),)).find("POST", "/a") is None


def test_bucket_gives_the_burst_and_then_the_rate() -> None:
    """A bucket gives its burst at once, refills at its rate, and never above the burst."""
    clock = ManualClock()
    bucket = TokenBucket(Throttle(rate_per_s=2, burst=3), clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.moment += timedelta(seconds=0.5)
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.moment += timedelta(hours=1)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def answer(
    request: Request,
    invoke: Callable[[str, bytes], InvocationResult] = lambda _name, _payload: NO_CONTENT,
    throttle: Throttle | None = None,
    times: int = 1,
) -> tuple[Response, list[Observation]]:
    """Return the last of so many answers to the request, and what was observed."""
    told: list[Observation] = []

    async def invoke_async(name: str, payload: bytes) -> InvocationResult:
        return invoke(name, payload)

    async def ask() -> Response:
        spec = HttpApiSpec((RouteSpec("GET", "/a", "f"),), throttle)
        api = HttpApi(spec, invoke_async, ManualClock(), told.append)
        for _ in range(times - 1):
            await api.handle(request)
        return await api.handle(request)

    return asyncio.run(ask()), told


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (NO_CONTENT, 204),
        (Returned(b'{"statusCode": "?"}'), 500),
        (failure("ValueError", "no"), 500),
        (Throttled(), 503),
    ],
)
def test_each_end_of_an_invocation_has_its_status(result: InvocationResult, status: int) -> None:
    """Each way that an invocation can end is answered as API Gateway does, and told."""
    response, told = answer(Request("GET", "/a", (), b""), lambda _name, _payload: result)
    assert response.status == status
    [observation] = told
    assert isinstance(observation, RequestAnswered)
    assert (observation.route_key, observation.status) == ("GET /a", status)


def test_throttled_request_is_answered_429() -> None:
    """Beyond the burst requests are 429 with API Gateway's message and reach no function."""
    response, told = answer(Request("GET", "/a", (), b""), throttle=Throttle(1, 2), times=3)
    assert (response.status, response.body) == (429, b'{"message":"Too Many Requests"}')
    assert [o.status for o in told if isinstance(o, RequestAnswered)] == [204, 204, 429]


def test_headers_beyond_the_limit_are_refused() -> None:
    """Request line and headers of more than 10,240 bytes are refused."""
    response, _ = answer(Request("GET", "/a", (("x", "y" * 10_240),), b""))
    assert response.status == 431
