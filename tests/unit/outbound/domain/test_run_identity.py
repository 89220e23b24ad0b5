"""Which run an attempt started, where the answer was lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ApifyRun, Webhook
from apify_camunda.identifiers import RunId, WebhookId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.run_identity import (
    Candidate,
    NoRunFound,
    RunFound,
    RunUnclear,
    identify,
    may_be_ours,
    run_named_by,
    runs_of_others,
)

from tests import builders_outbound as a

BASE = "https://hooks.example/runs/"
INPUT: JsonObject = {"url": "https://acme.example"}


def webhook(url: str, run_id: str | None = "run1") -> Webhook:
    condition = {"actorRunId": run_id} if run_id else {"actorId": "actor1"}
    return Webhook(WebhookId("w1"), url, (), condition, is_enabled=True, is_ad_hoc=True)


def candidate(run_id: str = "run1", *, given: JsonObject | None = INPUT, **options: Any) -> Candidate:
    return Candidate(ApifyRun({"id": run_id, "status": "RUNNING", "options": options}), given)


def test_webhook_names_its_run() -> None:
    """The ad-hoc webhook whose URL names the attempt tells the run."""
    hooks = [webhook(BASE + "1-2", "other"), webhook(BASE + "1-1", None), webhook(BASE + "1-1", "mine")]
    assert run_named_by(hooks, BASE + "1-1") == "mine"
    assert run_named_by(hooks, BASE + "1-3") is None


def test_runs_of_other_attempts() -> None:
    """Runs that other attempts' webhooks name are theirs; other webhooks say nothing."""
    hooks = [webhook(BASE + "1-1", "run1"), webhook("https://elsewhere.example/runs/1-1", "run2")]
    assert runs_of_others(hooks, BASE) == {"run1"}


@pytest.mark.parametrize(
    ("meta", "others", "expected"),
    [
        ({"origin": "API"}, set(), True),
        (None, set(), True),
        ({}, set(), True),
        ({"origin": "WEB"}, set(), False),
        ({"origin": "SCHEDULER"}, set(), False),
        ({"origin": "API"}, {"run1"}, False),
    ],
)
def test_listed_run_may_be_ours(meta: Any, others: set[RunId], expected: bool) -> None:  # noqa: FBT001 - a column
    """Only what came through the API, and is nobody else's, is looked at more closely."""
    assert may_be_ours(ApifyRun({"id": "run1", "status": "RUNNING", "meta": meta}), others) is expected


def test_one_that_fits_is_ours() -> None:
    """The only run with our input and options is ours."""
    found = identify(a.start_request(), [candidate("other", given={"url": "x"}), candidate("mine")])
    assert found == RunFound(RunId("mine"))


def test_none_that_fits() -> None:
    """Where none fits none was started."""
    assert identify(a.start_request(), [candidate(given={"url": "x"}), candidate(given={})]) == NoRunFound()


def test_two_that_fit_are_unclear() -> None:
    """Where two fit nobody guesses."""
    found = identify(a.start_request(), [candidate("run1"), candidate("run2")])
    assert isinstance(found, RunUnclear)
    assert "run1, run2" in found.reason


def test_input_that_cannot_be_read_is_unclear() -> None:
    """A run whose input nobody can read may be ours."""
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
    assert isinstance(identify(a.start_request(), [candidate(given={**INPUT, "depth": 1})]), RunFound)


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
    assert isinstance(found, RunFound) is is_ours
