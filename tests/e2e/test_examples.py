"""Every example, run by the command as a person would run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import EXAMPLES, ROOT, Said, processes_of, run_example

TEA = {"query": "tea"}
TEA_ITEMS = [{"number": n, "query": "tea", "title": f"Result {n}"} for n in range(3)]
PRICES = {"checked": 2, "cheapest": "A-1"}
PAGE = {"url": "https://example.com/", "metadata": {"title": "Example"}, "markdown": "# Example"}


@dataclass(frozen=True)
class Example:
    """What a run of an example must show.

    Attributes:
        variables: Some that must have come out, by their path (`run.data.status`).
        path: The elements that were completed, in order.
        runs: How many were started at Apify.
        messages: How many were published.
        webhooks: How many were registered for elements that wait for events.
    """

    name: str
    given: Mapping[str, Any]
    variables: Mapping[str, Any]
    path: list[str]
    runs: int = 1
    messages: int = 0
    webhooks: int = 0


TABLE = [
    Example(
        "async-actor",
        TEA,
        {"query": "tea", "items": TEA_ITEMS, "finished.connectorData.status": "SUCCEEDED"},
        ["Start", "RunActor", "Fork", "Confirm", "ActorFinished", "Join", "GetItems", "End"],
        messages=1,
        webhooks=1,
    ),
    Example(
        "start-event",
        {},
        {
            "event.connectorData.eventType": "ACTOR.RUN.SUCCEEDED",
            "items": TEA_ITEMS,
            "titles": ["Result 0", "Result 1", "Result 2"],
        },
        ["ActorFinished", "GetItems", "End"],
        webhooks=1,
    ),
    Example(
        "message-start-event",
        {},
        {"summary": PRICES},
        ["TaskFinished", "GetRecord", "End"],
        messages=1,
        webhooks=1,
    ),
    Example(
        "event-sub-process",
        TEA,
        {"outcome": "FAILED"},
        ["Start", "RunActor", "WaitStart", "ActorFailed", "GaveUp", "OnFailure", "Wait", "End"],
        messages=1,
        webhooks=1,
    ),
    Example(
        "boundary-event",
        TEA,
        {"status": "SUCCEEDED"},
        ["Start", "RunActor", "ActorFinished", "End"],
        messages=1,
        webhooks=1,
    ),
    Example(
        "boundary-non-interrupting",
        TEA,
        {"slowStatus": "SUCCEEDED", "firstStatus": "SUCCEEDED"},
        ["Start", "RunActor", "FirstFinished", "Noted", "RunSlow", "End"],
        runs=2,
        messages=1,
        webhooks=1,
    ),
    Example(
        "receive-task",
        {},
        {"finished.connectorData.status": "SUCCEEDED"},
        ["Start", "RunTask", "Receive", "End"],
        messages=1,
        webhooks=1,
    ),
    Example(
        "run-actor",
        {"url": "https://example.com/"},
        {"status": "SUCCEEDED", "run.data.status": "SUCCEEDED"},
        ["Start", "Work", "End"],
    ),
    Example("run-task", {}, {"status": "SUCCEEDED"}, ["Start", "Work", "End"]),
    Example(
        "scrape-single-url",
        {"url": "https://example.com/"},
        {"page": PAGE},
        ["Start", "Work", "End"],
    ),
    Example(
        "get-dataset-items",
        {},
        {"dataset.items": [{"sku": "B-2"}, {"sku": "C-3"}]},
        ["Start", "Work", "End"],
        runs=0,
    ),
    Example(
        "get-record",
        {},
        {"prices": {"currency": "EUR", "vat": 0.19}},
        ["Start", "Work", "End"],
        runs=0,
    ),
    Example(
        "documents",
        {},
        {
            "screenshot.storeId": "in-memory",
            "screenshot.metadata.contentType": "image/png",
            "screenshot.metadata.fileName": "screenshot.png",
            "screenshot.metadata.size": 68,
            "sizeBytes": 68,
            "copy.contentType": "image/png",
            "copy.document": None,
        },
        ["Start", "Read", "Copy", "Check", "End"],
        runs=0,
    ),
    Example(
        "retry-with-another-actor",
        {"url": "https://example.com/"},
        {"by": "thorough-crawler"},
        ["Start", "FirstFailed", "RunSecond", "Join", "End"],
        runs=2,
    ),
    Example(
        "fan-out",
        {},
        {"titles": [f"Title of https://example.com/{name}" for name in ("tea", "coffee", "cocoa")]},
        ["Start", "GetList", "ScrapePage", "ScrapePage", "ScrapePage", "ScrapePage", "End"],
        runs=3,
    ),
    Example(
        "cost-limit",
        TEA,
        {"found": 5, "run.data.statusMessage": "Stopped after 5 items: the charge limit was reached"},
        ["Start", "RunActor", "GetItems", "End"],
    ),
    Example(
        "start-or-correlate",
        {},
        {},
        ["FirstRun", "NextRun", "End"],
        runs=2,
        messages=2,
        webhooks=1,
    ),
    Example(
        "schedule-and-react",
        {},
        {"runStatus": "SUCCEEDED", "prices": [{"sku": "A-1", "price": 3}]},
        ["OnSchedule", "RunTask", "GetItems", "End"],
    ),
    Example(
        "run-and-get-items",
        {},
        {"actorItems": [{"title": "Result 0"}, {"title": "Result 1"}], "actorStatus": "SUCCEEDED"},
        ["Start", "RunActor", "RunTask", "End"],
        runs=2,
    ),
    Example(
        "manage-runs",
        {},
        {"resurrected": "RUNNING", "total": 1},
        ["Start", "Run", "Get", "Abort", "Resurrect", "Last", "List", "End"],
    ),
    Example(
        "wait-for-run",
        {},
        {"runStatus": "SUCCEEDED"},
        ["Start", "Run", "Wait", "End"],
    ),
    Example(
        "write-record",
        {},
        {"state": {"step": 2, "done": ["a", "b"]}, "deleted": "state"},
        ["Start", "Set", "Get", "Delete", "End"],
        runs=0,
    ),
    Example(
        "push-items",
        {},
        {"pushed": 2, "orders": [1, 2, 3]},
        ["Start", "Push", "Read", "End"],
        runs=0,
    ),
    Example(
        "call-api",
        {},
        {"username": "acme", "status": 201},
        ["Start", "Read", "Write", "End"],
        runs=0,
    ),
    Example(
        "agent-tool",
        {"toolsToCall": ["ScrapePage"], "toolCall": {"url": "https://example.com/"}},
        {"toolResults": ["# Example"]},
        ["Start", "ScrapePage", "Tools#innerInstance", "Tools", "End"],
    ),
]


def at_path(variables: Mapping[str, Any], path: str) -> Any:
    found: Any = variables
    for name in path.split("."):
        found = found[name]
    return found


def test_every_example_is_in_the_table() -> None:
    """
    No example stays without a run.
    """
    assert {example.name for example in TABLE} == {path.stem for path in EXAMPLES.glob("*.bpmn")}


@pytest.mark.parametrize("example", TABLE, ids=lambda example: example.name)
def test_example_ends_as_it_should(tmp_path: Path, example: Example) -> None:
    """
    The instance ends on the path and with the variables that the diagram promises, and nothing keeps running.
    """
    said = run_example(tmp_path, example.name, "--variables", json.dumps(example.given))

    assert (said.exit_code, said.err) == (0, "")
    assert said.summary["state"] == "ended"
    assert said.summary["incidents"] == []
    out = said.summary["variables"]
    assert {path: at_path(out, path) for path in example.variables} == example.variables
    assert said.path == example.path
    assert said.summary["messages_published"] == example.messages
    started = {step["id"] for step in said.of("apify", "run.ready")}
    assert len(started) == example.runs
    assert len(said.of("reconcile_webhooks", "webhook was created")) == example.webhooks
    assert processes_of(tmp_path) == {}


# The main job ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def main_jobs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Said]:
    """Return what runs the main example over a transport, once each."""

    @cache
    def run_over(transport: str) -> Said:
        home = tmp_path_factory.mktemp(transport)
        said = run_example(home, "async-actor", "--transport", transport, "--variables", json.dumps(TEA))
        assert said.exit_code == 0, said.err
        return said

    return run_over


@pytest.fixture(params=["grpc", "rest"])
def main_job(request: pytest.FixtureRequest, main_jobs: Callable[[str], Said]) -> Said:
    """Run the main example over each transport; the table above runs it over the default, `auto`."""
    return main_jobs(request.param)


@pytest.mark.xdist_group("main-job")
class TestMainJob:
    """Each step of the main job, not only its end."""

    def test_webhook_is_registered_from_the_deployed_process(self, main_job: Said) -> None:
        """
        reconcile_webhooks makes one webhook at Apify that points to the HTTP API, before the instance starts.
        """
        (created,) = main_job.of("reconcile_webhooks", "webhook was created")
        (deployed,) = main_job.of("camunda", "process.deployed")
        (started,) = main_job.of("camunda", "process.started")
        (everything,) = main_job.of("local", "everything.started")
        urls = [step["url"] for step in main_job.of("apify", "webhook.created")]

        assert urls.count(f"{everything['http_url']}/apify/{created['registration_id']}") == 1
        assert deployed["at"] <= created["at"] <= started["at"]

    def test_jobs_are_activated_and_completed_by_the_poller(self, main_job: Said) -> None:
        """
        Both service tasks are carried out by poll_jobs, through jobs that it activated.
        """
        activated = [step["element_id"] for step in main_job.of("camunda", "job.activated")]
        completed = [step["element_id"] for step in main_job.of("camunda", "job.completed")]
        said = [step["element"] for step in main_job.of("poll_jobs", "job was completed")]

        assert activated == completed == ["RunActor", "GetItems"]
        assert said == [f"async-actor/1/{element}" for element in activated]

    def test_event_is_delivered_over_http_and_accepted(self, main_job: Said) -> None:
        """
        Apify calls the HTTP API, which answers 200; the function says which element it moved.
        """
        (delivery,) = [
            s for s in main_job.of("apify", "webhook.called") if s["event"] == "ACTOR.RUN.SUCCEEDED"
        ]
        path = "/" + delivery["url"].split("/", 3)[3]
        answers = [s["status"] for s in main_job.of("http_api", "request.answered") if path in s["request"]]
        (effect,) = main_job.of("receive_webhook", "effect was done")

        assert delivery["status"] == 200
        assert answers == [200]
        assert effect["element"] == "async-actor/1/ActorFinished"

    def test_one_message_reaches_the_waiting_event(self, main_job: Said) -> None:
        """
        Exactly one message is published, with the run's id as its key, and the waiting event takes it.
        """
        (run_id,) = {step["id"] for step in main_job.of("apify", "run.ready")}
        (published,) = main_job.of("camunda", "message.published")
        (correlated,) = main_job.of("camunda", "message.correlated")

        assert published["correlation_key"] == run_id
        assert correlated["element_id"] == "ActorFinished"

    def test_items_of_the_run_are_in_the_variables(self, main_job: Said) -> None:
        """
        What the run stored in its dataset is what the instance ends with.
        """
        assert main_job.summary["variables"]["items"] == TEA_ITEMS
        assert main_job.summary["apify_calls"]["GET /v2/datasets/{id}/items"] == 1
        assert main_job.summary["apify_calls"]["POST /v2/actors/{id}/runs"] == 1

    def test_steps_come_in_their_order(self, main_job: Said) -> None:
        """
        What is printed tells the story from the deployment to the end of the instance.
        """
        told = [(step["who"], step["what"]) for step in main_job.steps]
        story = [
            ("local", "everything.started"),
            ("camunda", "process.deployed"),
            ("reconcile_webhooks", "webhook was created"),
            ("camunda", "process.started"),
            ("camunda", "job.activated"),
            ("camunda", "job.completed"),
            ("camunda", "subscription.opened"),
            ("camunda", "message.published"),
            ("camunda", "message.correlated"),
            ("camunda", "process.completed"),
        ]
        places = [told.index(step) for step in story]

        assert places == sorted(places)

    def test_each_line_is_a_step_and_the_last_the_summary(self, main_job: Said) -> None:
        """
        With --json each line says when, who and what; functions go by their folders' names.
        """
        functions = {folder.name for folder in (ROOT / "functions").iterdir()}
        times = [step["at"] for step in main_job.steps]

        assert {step["who"] for step in main_job.steps} <= functions | {
            "local",
            "camunda",
            "apify",
            "http_api",
            "moto",
        }
        assert times == sorted(times)
        assert all(step["what"] for step in main_job.steps)
        assert main_job.summary.keys() == {
            "state",
            "variables",
            "incidents",
            "apify_calls",
            "messages_published",
            "deliveries",
        }
        assert main_job.summary["deliveries"] == {"200": 2}  # that the run was created, and that it succeeded
