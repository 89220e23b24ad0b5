"""How each operation that starts a run starts it."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.operation_input import read_request
from apify_camunda.outbound.domain.operation_models import RunInput
from apify_camunda.outbound.operations.run_requests import start_request, waits

from tests import builders_outbound as a


def request_of(variables: JsonObject) -> StartRun:
    return start_request(cast(RunInput, read_request(variables).input))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        (None, {}),
        ("", {}),
        ("not JSON", {}),
        ("[1]", {}),
        ('{"a": NaN}', {}),
        ('{"a": 1e999}', {}),
        ("[" * 100_000, {}),
        ([1], {}),
        (5, {}),
    ],
)
def test_input_of_an_actor_is_an_object(given: Json, sent: Json) -> None:
    """An object or a text that holds one is sent; anything else counts as none."""
    assert request_of(a.run_actor(inputJson=given)).input == sent


@pytest.mark.parametrize(
    ("given", "sent"), [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), (None, None), ("", None), ({}, {})]
)
def test_override_of_a_task_may_be_none(given: Json, sent: Json) -> None:
    """Without an override a task is started without a body, so that its saved input counts."""
    assert request_of(a.run_task(inputJson=given)).input == sent


def test_override_that_is_no_json_is_refused() -> None:
    """An override that Apify would refuse is refused before a run is asked for."""
    for override in ("{a: 1}", '{"a": Infinity}', "[" * 100_000):
        with pytest.raises(InvalidInput, match="not valid JSON"):
            request_of(a.run_task(inputJson=override))


def test_all_limits_are_asked_for() -> None:
    """Timeout, memory, build and both caps reach the request; blank ones do not."""
    limits: JsonObject = {
        "timeout": "60",
        "memory": "256",
        "buildTag": " beta ",
        "maxItems": "5",
        "maxTotalChargeUsd": "2.5",
    }
    assert request_of(a.run_actor(**limits)) == StartRun(
        kind=ResourceKind.ACTOR,
        resource_id="acme~crawler",
        input={"url": "https://acme.example"},
        timeout=timedelta(seconds=60),
        memory_mbytes=256,
        build="beta",
        max_items=5,
        max_total_charge_usd="2.5",
    )
    assert request_of(a.run_actor(**dict.fromkeys(limits, ""))) == a.start_request()


def test_scrape_is_one_page_of_the_crawler() -> None:
    """Scraping asks Apify's own crawler for exactly one page."""
    request = request_of(a.scrape(crawlerType="playwright:firefox"))
    assert request.resource_id == "aYG0l9s7dbB7j3gbS"
    assert request.input == {
        "startUrls": [{"url": "https://acme.example/page"}],
        "crawlerType": "playwright:firefox",
        "maxCrawlDepth": 0,
        "maxCrawlPages": 1,
        "maxResults": 1,
        "proxyConfiguration": {"useApifyProxy": True},
        "removeCookieWarnings": True,
        "saveHtml": True,
        "saveMarkdown": True,
    }


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (a.run_actor(), True),
        (a.run_actor(waitForFinish=False), False),
        (a.run_task(waitForFinish=""), False),
        (a.scrape(), True),
    ],
)
def test_who_waits(variables: JsonObject, expected: bool) -> None:  # noqa: FBT001 - a column
    """Actors and tasks wait where the model says so, scraping always."""
    assert waits(cast(RunInput, read_request(variables).input)) is expected
