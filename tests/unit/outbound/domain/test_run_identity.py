"""Which run an attempt started, where the answer was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ApifyRun, ResourceKind, Webhook
from apify_camunda.identifiers import WebhookId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.run_identity import (
    Candidate,
    NoRunFound,
    Proof,
    RunUnclear,
    Traces,
    identify,
    input_agrees,
    is_run_of,
    proof_of,
    run_named_by,
    webhooks_of_runs,
)

from tests import builders_outbound as a
from tests.fakes.clock import NOON

BASE = "https://hooks.example/runs/"
INPUT: JsonObject = {"url": "https://acme.example"}


SINCE = NOON
TRACES = Traces(mark="0a1b2c", callback_url=f"{BASE}1-1", callback_path="/runs/1-1", sends_callback=True)


def webhook(url: str, run_id: str | None = "run1") -> Webhook:
    condition = {"actorRunId": run_id} if run_id else {"actorId": "actor1"}
    return Webhook(WebhookId("w1"), url, (), condition, is_enabled=True, is_ad_hoc=True)


def candidate(run_id: str = "run1", *, given: JsonObject | None = INPUT, **options: Any) -> Candidate:
    return Candidate(ApifyRun({"id": run_id, "status": "RUNNING", "options": options}), given)


def run_by(user_agent: str | None, origin: str | None = "API") -> ApifyRun:
    meta: JsonObject = {"origin": origin, "userAgent": user_agent}
    return ApifyRun({"id": "run1", "status": "RUNNING", "meta": meta})


def test_webhook_names_its_run() -> None:
    """The ad-hoc webhook whose URL names the attempt tells the run."""
    hooks = webhooks_of_runs(
        [webhook(BASE + "1-2", "other"), webhook(BASE + "1-1", None), webhook(BASE + "1-1", "mine")]
    )
    assert run_named_by(hooks, BASE + "1-1") == "mine"
    assert run_named_by(hooks, BASE + "1-3") is None


@pytest.mark.parametrize(
    ("user_agent", "origin", "webhooks", "proof"),
    [
        ("apify-camunda/1 start/0a1b2c", "API", [], Proof.OURS),
        ("apify-camunda/1 start/0a1b2d", "API", [], Proof.ANOTHERS),
        ("a-proxy/1", "API", [f"{BASE}1-1"], Proof.OURS),
        ("apify-client/2", "API", [], Proof.NONE),
        (None, "API", [], Proof.NONE),
        (None, None, [], Proof.NONE),
        (None, "API", ["https://elsewhere.example/hook"], Proof.ANOTHERS),
        (None, "API", [f"{BASE}2-1"], Proof.ANOTHERS),
        (None, "API", ["https://old-address.example/runs/1-1"], Proof.NONE),
        (None, "WEB", [], Proof.ANOTHERS),
        (None, "SCHEDULER", [], Proof.ANOTHERS),
    ],
)
def test_what_a_run_says_about_its_start(
    user_agent: str | None, origin: str | None, webhooks: list[str], proof: Proof
) -> None:
    """A run proves its attempt by its webhook or the mark in its User-Agent; looking alike proves nothing."""
    assert proof_of(run_by(user_agent, origin), TRACES, webhooks) is proof


def test_run_with_another_webhook_may_be_ours_where_ours_was_refused() -> None:
    """Where the start request may have carried no webhook, another client's webhook says nothing."""
    traces = replace(TRACES, sends_callback=False)
    assert proof_of(run_by(None), traces, ["https://elsewhere.example/hook"]) is Proof.NONE


def test_run_that_only_looks_alike_is_unclear() -> None:
    """The only run with our input and options may be another client's, so it is not taken."""
    found = identify(a.start_request(), [candidate("other", given={"url": "x"}), candidate("alike")])
    assert isinstance(found, RunUnclear)
    assert "run alike" in found.reason


@pytest.mark.parametrize(
    ("changes", "is_possible"),
    [
        ({}, True),
        ({"actId": "actor2"}, False),
        ({"startedAt": (SINCE - timedelta(seconds=1)).isoformat()}, False),
        ({"startedAt": None}, False),
    ],
)
def test_run_that_a_callback_names_is_checked(changes: JsonObject, is_possible: bool) -> None:  # noqa: FBT001 - a column
    """A callback's run must be of the Actor, started since the attempt began, and with its input."""
    facts: JsonObject = {"id": "run1", "status": "RUNNING", "actId": "actor1", "startedAt": SINCE.isoformat()}
    named = Candidate(ApifyRun(facts | changes), INPUT)

    assert is_run_of(a.start_request(), "actor1", named, since=SINCE) is is_possible
    assert not is_run_of(a.start_request(), "actor1", replace(named, input={"url": "x"}), since=SINCE)


def test_run_of_a_task_is_of_the_task() -> None:
    """A task's run names the task; that it has the same Actor is not enough."""
    facts: JsonObject = {"id": "r", "status": "READY", "actId": "actor1", "startedAt": SINCE.isoformat()}
    asked = a.start_request(kind=ResourceKind.TASK)

    assert not is_run_of(asked, "task1", Candidate(ApifyRun(facts), INPUT), since=SINCE)
    assert is_run_of(
        asked, "task1", Candidate(ApifyRun({**facts, "actorTaskId": "task1"}), INPUT), since=SINCE
    )


def test_none_that_fits() -> None:
    """Where none fits none was started."""
    assert identify(a.start_request(), [candidate(given={"url": "x"}), candidate(given={})]) == NoRunFound()


def test_two_that_fit_are_unclear() -> None:
    """Where two fit, neither is chosen."""
    found = identify(a.start_request(), [candidate("run1"), candidate("run2")])
    assert isinstance(found, RunUnclear)
    assert "run1, run2" in found.reason


def test_input_that_cannot_be_read_is_unclear() -> None:
    """A run whose input cannot be read may be ours."""
    assert isinstance(identify(a.start_request(), [candidate(given=None)]), RunUnclear)


def test_encrypted_input_is_unclear() -> None:
    """A run whose secret fields Apify keeps encrypted may be ours; what is readable still tells it apart."""
    name = next(iter(INPUT))
    hidden: JsonObject = {**INPUT, name: "ENCRYPTED_VALUE:abc:def"}
    assert isinstance(identify(a.start_request(), [candidate(given=hidden)]), RunUnclear)

    asked = a.start_request(input={**INPUT, "password": "p"})
    other: JsonObject = {
        "url": "elsewhere",
        **dict.fromkeys(INPUT, "x"),
        "password": "ENCRYPTED_VALUE:abc:def",
    }
    assert identify(asked, [candidate(given=other)]) == NoRunFound()


def test_added_fields_do_not_hide_our_run() -> None:
    """Apify adds a task's saved input and a schema's defaults to what was sent."""
    assert input_agrees(a.start_request(), candidate(given={**INPUT, "depth": 1})) is True


@pytest.mark.parametrize(
    ("asked", "options", "is_ours"),
    [
        ({"timeout": timedelta(seconds=60)}, {"timeoutSecs": 60}, True),
        ({"timeout": timedelta(seconds=60)}, {"timeoutSecs": 90}, False),
        ({"memory_mbytes": 256}, {"memoryMbytes": 512}, False),
        ({"build": "latest"}, {"build": "latest"}, True),
        ({"build": "latest"}, {"build": "beta"}, False),
        ({"max_items": 5}, {"maxItems": None}, True),
        ({"max_items": 5}, {"maxItems": 6}, False),
        ({"max_total_charge_usd": "2.50"}, {"maxTotalChargeUsd": 2.5}, True),
        ({}, {"timeoutSecs": 3600, "memoryMbytes": 1024, "build": "latest"}, True),
    ],
)
def test_options_tell_runs_apart(asked: dict[str, Any], options: dict[str, Any], is_ours: bool) -> None:  # noqa: FBT001 - a column
    """An option that was asked for and differs speaks against a run; what was not asked for does not."""
    found = identify(a.start_request(**asked), [candidate(**options)])
    assert isinstance(found, RunUnclear)
    assert ("which Apify may have changed" not in found.reason) is is_ours
