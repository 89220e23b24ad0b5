"""A fault happens as often as it says, and the request has its effect or not, as it says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from emulators.apify import AnswerWith, DelayAnswer, DropAnswer, DropRequest
from emulators.apify.faults import Fault

from tests.unit.emulators.apify.conftest import Apify

Serve = Callable[..., Apify]
_START: dict[str, Any] = {"method": "POST", "path": "/v2/actors/*/runs"}


def _runs(apify: Apify) -> int:
    total: int = apify.client.get("/v2/actor-runs").json()["data"]["total"]
    return total


@pytest.mark.parametrize(("fault", "runs"), [(DropAnswer(), 1), (DropRequest(), 0)])
def test_a_connection_that_is_cut(serve: Serve, fault: Fault, runs: int) -> None:
    """The caller cannot tell whether the run was started: once it was, once it was not."""
    apify = serve()
    apify.emulator.faults.add(fault, **_START)

    with pytest.raises(httpx.RemoteProtocolError):
        apify.client.post("/v2/acts/acme~crawler/runs")

    assert _runs(apify) == runs
    assert apify.client.post("/v2/acts/acme~crawler/runs").status_code == 201


@pytest.mark.parametrize(("after_effect", "runs"), [(False, 1), (True, 3)])
def test_another_answer_some_times(serve: Serve, runs: int, *, after_effect: bool) -> None:
    """The answer comes as often as asked for, with its headers, before or after the effect."""
    apify = serve()
    fault = AnswerWith(
        status=429, error_type="rate-limit-exceeded", after_effect=after_effect, headers={"Retry-After": "1"}
    )
    apify.emulator.faults.add(fault, times=2, **_START)

    answers = [apify.client.post("/v2/actors/acme~crawler/runs") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert answers[0].json()["error"]["type"] == "rate-limit-exceeded"
    assert answers[0].headers["retry-after"] == "1"
    assert _runs(apify) == runs


def test_a_gateway_answers_with_html(serve: Serve) -> None:
    """Not every error comes from Apify itself."""
    apify = serve()
    apify.emulator.faults.add(AnswerWith(status=502, raw_body=b"<html>Bad Gateway</html>"))

    response = apify.client.get("/v2/users/me")

    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert "Bad Gateway" in response.text


def test_an_answer_that_comes_late(serve: Serve) -> None:
    """A caller that gives up has still had its effect."""
    apify = serve()
    heard = threading.Event()
    apify.emulator.listen(lambda event: heard.set() if event.kind == "run" else None)
    apify.emulator.faults.add(DelayAnswer(seconds=30), **_START)

    with pytest.raises(httpx.ReadTimeout):
        apify.client.post("/v2/actors/acme~crawler/runs", timeout=httpx.Timeout(30, read=0.2))

    assert heard.wait(10)
    assert _runs(apify) == 1


@pytest.mark.parametrize(
    ("rule", "request_", "hit"),
    [
        ({}, ("GET", "/v2/users/me", {}), True),
        ({"method": "POST"}, ("GET", "/v2/users/me", {}), False),
        ({"path": "/v2/actors/*"}, ("GET", "/v2/acts/acme~crawler", {}), True),
        ({"path": "/v2/actors/*/runs"}, ("GET", "/v2/actors/acme~crawler", {}), False),
        ({"parameter": "webhooks"}, ("GET", "/v2/users/me", {"webhooks": "x"}), True),
        ({"parameter": "webhooks"}, ("GET", "/v2/users/me", {}), False),
    ],
)
def test_whom_a_fault_befalls(
    serve: Serve, rule: dict[str, Any], request_: tuple[str, str, dict[str, str]], *, hit: bool
) -> None:
    """Method, path and the presence of a parameter decide."""
    apify = serve()
    apify.emulator.faults.add(AnswerWith(status=500), **rule)
    method, path, params = request_

    assert (apify.client.request(method, path, params=params).status_code == 500) is hit


def test_faults_can_go_on_until_they_are_cleared(serve: Serve) -> None:
    """A fault without a number hits every request."""
    apify = serve()
    apify.emulator.faults.add(AnswerWith(status=503), times=None)
    broken = [apify.client.get("/v2/users/me").status_code for _ in range(3)]

    apify.emulator.faults.clear()

    assert (broken, apify.client.get("/v2/users/me").status_code) == ([503] * 3, 200)
