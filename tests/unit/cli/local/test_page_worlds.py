"""World files of recordings, and in which lane and section a step is."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda_cli.deployment.page_lanes import lane_of
from apify_camunda_cli.local.examples import read_examples
from apify_camunda_cli.local.page_apify import RecordedRun
from apify_camunda_cli.local.page_steps import sections_of
from apify_camunda_cli.local.page_worlds import merged, repeated
from apify_camunda_cli.local.steps import Step
from emulators.apify import parse_world
from emulators.apify.default_world import DEFAULT_WORLD

from tests.e2e.command import EXAMPLES

WORLD: dict[str, Any] = {
    "users": [{"username": "acme", "tokens": ["t"]}],
    "actors": [{"owner": "acme", "name": "crawler", "id": "a1", "runs": [{"items": [1]}, {"items": [2]}]}],
    "tasks": [{"owner": "acme", "name": "crawl", "actor": "acme/crawler"}],
    "events": [{"startRun": {"actor": "acme/crawler"}}, {"deleteWebhooks": {"user": "acme"}}],
}


def run_of(number: int, **changes: Any) -> RecordedRun:
    given: dict[str, Any] = {
        "id": f"run-{number}",
        "target": "acme/crawler",
        "is_task": False,
        "behaves_as": "acme/crawler",
        "behaviour": 1,
        "input": {"n": number},
        "status": "SUCCEEDED",
        "seconds": 0.5,
        "is_by_hand": False,
    }
    return RecordedRun(**{**given, **changes})


def test_worlds_are_merged_by_name() -> None:
    """
    What both hold is in one world; an Actor of both is the other's, with the first one's id.
    """
    other = {
        "users": [{"username": "acme", "tokens": ["u"]}, {"username": "globex", "tokens": ["v"]}],
        "actors": [{"owner": "acme", "name": "crawler", "id": "a2", "title": "Other"}],
        "datasets": [{"owner": "acme", "name": "prices"}],
    }
    found = merged(WORLD, other)
    assert [user["tokens"] for user in found["users"]] == [["t"], ["v"]]
    assert found["actors"] == [{"owner": "acme", "name": "crawler", "id": "a1", "title": "Other"}]
    assert found["datasets"] == other["datasets"]
    assert found["tasks"] == WORLD["tasks"]


def test_runs_that_a_person_ended_end_so_again() -> None:
    """
    The Actor's runs get an entry each, in order, as they went; runs that ended by themselves change nothing.
    """
    runs = [run_of(1), run_of(2, status="FAILED", seconds=300.0), run_of(3, status=None)]
    assert repeated(WORLD, runs, (), ())["actors"] == WORLD["actors"]

    [actor] = repeated(WORLD, runs, (), {"run-2"})["actors"]

    assert actor["runs"] == [
        {"items": [2], "times": 1, "ends": "SUCCEEDED", "durationSeconds": 0.5},
        {"items": [2], "times": 1, "ends": "FAILED", "durationSeconds": 3.0},
        {"items": [1]},
        {"items": [2]},
    ]


def test_runs_that_a_person_started_start_by_themselves() -> None:
    """
    Runs by hand are events, one after the other, in place of the world's own; other events stay.
    """
    by_hand = [run_of(1), run_of(2, target="acme/crawl", is_task=True), run_of(3, input="text")]

    found = repeated(WORLD, by_hand, by_hand, ())

    assert found["events"] == [
        {"deleteWebhooks": {"user": "acme"}},
        {"afterSeconds": 1.0, "startRun": {"actor": "acme/crawler", "input": {"n": 1}}},
        {"afterSeconds": 2.0, "startRun": {"task": "acme/crawl"}},
        {"afterSeconds": 3.0, "startRun": {"actor": "acme/crawler"}},
    ]
    assert len(parse_world(found).events) == 4


def test_each_example_can_be_added_to_the_default_world() -> None:
    """
    Every example of the README is offered, and its world and the default one are one world.
    """
    examples = read_examples(EXAMPLES)
    assert {each.name for each in examples} == {path.stem for path in EXAMPLES.glob("*.bpmn")}
    assert all(each.title and each.description for each in examples)
    for each in examples:
        parse_world(merged(DEFAULT_WORLD, each.document()))


@pytest.mark.parametrize(
    ("who", "what", "lane", "sections"),
    [
        ("apify", "run.ready", "apify", ("apify", "events")),
        ("apify", "webhook.called", "delivery", ("apify", "events")),
        ("apify", "request.answered", "apify", ()),
        ("http_api", "request.answered", "delivery", ("events", "ledger", "processes")),
        ("camunda", "process.started", "camunda", ("processes", "instances")),
        ("poll_jobs", "job was completed", "job", ("ledger",)),
        ("reconcile_webhooks", "webhook was created", "local", ("processes",)),
        ("reconcile_webhooks", "metrics.counted", "local", ()),
        ("local", "file.deployed", "local", ("events", "ledger", "processes")),
    ],
)
def test_step_has_its_lane_and_sections(who: str, what: str, lane: str, sections: tuple[str, ...]) -> None:
    """
    A step is shown where it belongs, and lets a browser ask again only for what it may have changed.
    """
    assert lane_of(who, what) == lane
    assert sections_of(Step(who, what)) == sections
