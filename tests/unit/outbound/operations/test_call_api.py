"""How any endpoint of Apify's API is called."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.errors import ApifyRejected, ErrorCode, InvalidInput
from apify_camunda.outbound.operations.call_api import CallApi

from tests.unit.outbound.operations.apify_at_hand import AtHand


@pytest.mark.parametrize("path", ["users/me", "/v2/users/me", "v2/users/me/"])
def test_path_is_below_v2(at_hand: AtHand, path: str) -> None:
    """A path with and without `/v2/` is the same; the envelope is taken off."""
    response: Any = at_hand.response("callApi", path=path)
    assert (response["status"], response["text"]) == (200, None)
    assert response["data"]["username"] == "acme"


def test_text_that_is_not_json_is_text(at_hand: AtHand) -> None:
    """A log is no JSON, and comes as text."""
    run = at_hand.start()
    response: Any = at_hand.response("callApi", path=f"actor-runs/{run.id}/log")
    assert response["data"] is None
    assert isinstance(response["text"], str)


def test_method_query_and_body_are_sent(at_hand: AtHand) -> None:
    """A request that changes something has its method, its parameters and its body."""
    started: Any = at_hand.response(
        "callApi",
        method="post",
        path="actors/acme~crawler/runs",
        query='{"memory": 512, "build": "latest"}',
        body={"url": "https://acme.example"},
    )
    assert (started["status"], started["data"]["options"]["memoryMbytes"]) == (201, 512)


def test_what_apify_does_not_know_has_a_code(at_hand: AtHand) -> None:
    """A path that names nothing is refused with a code of its own."""
    with pytest.raises(ApifyRejected) as refused:
        at_hand.response("callApi", path="actor-runs/missing")
    assert refused.value.code is ErrorCode.RESOURCE_NOT_FOUND


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"path": "https://evil.example/v2/users/me"}, "path"),
        ({"path": "//evil.example/users/me"}, "path"),
        ({"path": "users/me?token=x"}, "path"),
        ({"path": " / "}, "path"),
        ({"path": "users/me", "method": "CONNECT"}, "method"),
        ({"path": "users/me", "query": "[1]"}, "query"),
        ({"path": "users/me", "query": {"a": {"b": 1}}}, "query"),
        ({"path": "users/me", "query": {"token": "x"}}, "query"),
    ],
)
def test_other_hosts_and_tokens_are_refused(at_hand: AtHand, inputs: dict[str, Any], named: str) -> None:
    """The host is the deployment's and the token the element's; neither can be smuggled in."""
    with pytest.raises(InvalidInput, match=f"callApiInput.{named}: "):
        at_hand.response("callApi", **inputs)


@pytest.mark.parametrize("path", ["../../etc/passwd", "actor-runs/..%2F..%2Fusers/me", "actor-runs/./x"])
def test_path_leads_nowhere_else(at_hand: AtHand, path: str) -> None:
    """Dots and encoded slashes are names, not steps."""
    with pytest.raises(ApifyRejected) as refused:
        at_hand.response("callApi", path=path)
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("method", "repeatable"), [(None, True), ("get", True), ("PUT", False), ("POST", False)]
)
def test_only_reads_are_repeated(method: str | None, repeatable: bool) -> None:  # noqa: FBT001 - a column
    """A request that may change something is never sent twice."""
    assert CallApi(method=method, path="x").is_repeatable is repeatable
