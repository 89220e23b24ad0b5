"""What `apify-camunda instances` shows, by the search of a stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from apify_camunda_cli.deployment.page_hints import Hints
from apify_camunda_cli.deployment.page_instances import Around
from emulators.camunda.rest import GatewayVersion, Problem

from tests.cli.stack import Stack, deployed
from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    running_rest,
    straight_process,
    waiting_process,
)


@dataclass
class World:
    """A stack, and the cluster that it serves."""

    stack: Stack
    cluster: RunningRest

    def operate(self, *arguments: str) -> int:
        return self.stack.operate("instances", *arguments)

    def fail_a_job(self, message: str) -> int:
        """Leave an instance behind whose job is an incident, and return its key."""
        self.cluster.deploy(job_process("crawl"))
        key = self.cluster.start("crawl", query="tea", run={"id": "r1"})
        [job] = self.cluster.activate()
        self.cluster.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": message}, 204)
        return int(key)


@pytest.fixture(params=list(GatewayVersion), ids=lambda version: version.minor_name)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with running_rest(request.param) as cluster, deployed(camunda_rest_url=cluster.server.address) as stack:
        yield World(stack, cluster)


def test_instances_are_listed_newest_first(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Each line names state, key, process and start; an incident is marked, and the next command is named.
    """
    key = world.fail_a_job("No.")
    world.cluster.deploy(straight_process("straight"))
    world.cluster.start("straight")

    assert world.operate("list") == 0
    lines = capsys.readouterr().out.splitlines()
    [crawl] = [line for line in lines if " crawl " in line]
    assert crawl.startswith(f"active     {key}  crawl")
    assert crawl.endswith("yes")
    assert any(line.startswith("completed") and line.endswith("-") for line in lines)
    assert lines[-1].startswith("Instances: 2. `apify-camunda instances show INSTANCE")

    assert world.operate("list", "--json", "--incidents") == 0
    assert [each["process"] for each in json.loads(capsys.readouterr().out)] == ["crawl"]
    assert world.operate("list", "--json", "--state", "completed", "--process", "straight") == 0
    assert [each["state"] for each in json.loads(capsys.readouterr().out)] == ["completed"]


def test_one_instance_is_shown_whole(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    State, active element, incident with its message, and variables as values.
    """
    key = world.fail_a_job("Apify does not know the Actor. [ACTOR_NOT_FOUND]")

    assert world.operate("show", str(key)) == 0
    told = capsys.readouterr().out
    assert told.startswith("crawl version 1: active\n")
    assert "(SERVICE_TASK) since " in told
    assert "JOB_NO_RETRIES since " in told
    assert "Apify does not know the Actor. [ACTOR_NOT_FOUND]" in told
    assert '  query  "tea"\n' in told
    assert '  run    {"id": "r1"}\n' in told

    assert world.operate("show", str(key), "--json") == 0
    whole: Any = json.loads(capsys.readouterr().out)
    assert [each["message"] for each in whole["incidents"]] == [
        "Apify does not know the Actor. [ACTOR_NOT_FOUND]"
    ]
    assert {each["name"]: each["value"] for each in whole["variables"]} == {
        "query": "tea",
        "run": {"id": "r1"},
    }


def test_what_an_instance_waits_for_is_said(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Messages with their keys, jobs with their types and locks, in the words of the page.
    """
    world.cluster.deploy(waiting_process("wait", "paid"))
    waits = world.cluster.start("wait", orderId="k-1")
    world.cluster.deploy(job_process("crawl"))
    works = world.cluster.start("crawl")
    [job] = world.cluster.activate()

    assert world.operate("show", waits) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "waits for message 'paid' with key 'k-1'" in told
    assert world.operate("show", works, "--json") == 0
    [said] = json.loads(capsys.readouterr().out)["waits"]
    assert said.startswith(f"{job['elementId']} waits for a worker of job type {job['type']!r} (CREATED)")
    assert "it is looked at again at 20" in said


def test_job_says_which_run_it_waits_for() -> None:
    """
    A job whose run goes on names the run and when it is looked at; one that failed names its retries.
    """
    rows: list[dict[str, Any]] = [
        {
            "jobKey": "7",
            "elementId": "Run",
            "type": "t",
            "state": "CREATED",
            "deadline": "2027-01-01T10:00:00Z",
        },
        {"jobKey": "8", "elementId": "Get", "type": "t", "state": "FAILED", "retries": 2}
        | {"hasFailedWithRetriesLeft": True},
        {"jobKey": "9", "elementId": "Own", "type": "other", "state": "CREATED", "deadline": None},
    ]
    row: dict[str, Any] = {"processInstanceKey": "1", "state": "ACTIVE"}
    jobs = [{**each, "processInstanceKey": "1"} for each in rows]
    hints = Hints(attempts={"7": {"run": "r1", "nextLook": "2027-01-01T09:59:00+00:00"}})

    when = "it is looked at again at 2027-01-01T09:59:00 (UTC) at the latest"
    assert Around((), (), jobs, ()).instance(row).waits(hints) == [
        f"Run waits for a worker of job type 't' (CREATED): its run r1 at Apify goes on; {when}",
        "Get waits for a worker of job type 't' (FAILED): it failed and is tried again; retries left: 2",
        "Own waits for a worker of job type 'other' (CREATED)",
    ]
    assert Around((), (), jobs, ()).instance({**row, "state": "COMPLETED"}).waits(hints) == []


def test_deep_variable_is_a_short_text(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A variable that is nested too deep is described; the others are shown.
    """
    world.cluster.deploy(job_process("crawl"))
    key = world.cluster.start("crawl", query="tea", deep=json.loads("[" * 500 + "]" * 500))

    assert world.operate("show", str(key)) == 0
    lines = capsys.readouterr().out.splitlines()
    [deep] = [line for line in lines if line.strip().startswith("deep")]
    assert "a value nested deeper than 100 levels" in deep
    assert any("tea" in line for line in lines)


@pytest.mark.parametrize("key", ["abc", "0", "1.5", "9" * 20])
def test_key_that_is_no_number_is_refused(world: World, capsys: pytest.CaptureFixture[str], key: str) -> None:
    """
    What is no key is refused with an example of one.
    """
    assert world.operate("show", key) == 2
    assert f"{key!r} is no key: a key is a number, for example 2251799813685253" in " ".join(
        capsys.readouterr().err.split()
    )


def test_tokens_of_apify_are_masked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What looks like a token of Apify is in no variable and no message that is shown.
    """
    token = "apify_api_abcd1234EFGH"
    world.cluster.deploy(job_process("crawl"))
    key = world.cluster.start("crawl", header=f"Bearer {token}")
    [job] = world.cluster.activate()
    failure = {"retries": 0, "errorMessage": f"{token} is refused"}
    world.cluster.post(f"/jobs/{job['jobKey']}/failure", failure, 204)
    for options in ((), ("--json",)):
        assert world.operate("show", key, *options) == 0
        told = capsys.readouterr().out
        assert token not in told
        assert '"Bearer ***"' in told
        assert "*** is refused" in told


def test_an_instance_that_is_not_shown_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The search may be behind, or have cleaned up: the message says both, and what to do.
    """
    assert world.operate("show", "7") == 1
    assert "shows no instance 7" in capsys.readouterr().err
    assert world.operate("list") == 0
    assert capsys.readouterr().out == "The search shows no such instance.\n"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem(403, "FORBIDDEN", "This endpoint requires a secondary storage"), "needs secondary storage"),
        (
            Problem(404, "Not Found", "No static resource v2/process-instances/search."),
            "needs secondary storage",
        ),
        (Problem(403, "FORBIDDEN", "Unauthorized"), "READ_PROCESS_INSTANCE"),
    ],
    ids=["none", "before 8.8", "no permission"],
)
def test_what_hinders_the_search_is_said(
    world: World, problem: Problem, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A cluster without secondary storage or without the permission: one line says what is needed.
    """
    world.cluster.api.faults.add("searchProcessInstances", problem)
    assert world.operate("list") == 1
    assert words in capsys.readouterr().err
