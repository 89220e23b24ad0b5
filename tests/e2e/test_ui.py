"""`apify-camunda ui` over a running local world from outside, and `events send` from the terminal."""

from __future__ import annotations

import copy
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.local.ready_file import deployment_facts
from emulators.apify import parse_world

from tests.e2e.command import ENDS_WITHIN_S, environment
from tests.e2e.page import PLANTED, TOKEN, WORLD, Browser, browsing

READS = ("state", "processes", "instances", "apify", "events", "ledger", "timeline")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("home")) as opened:
        opened.deploy("start-event")
        yield opened


@pytest.fixture
def ready(browser: Browser, tmp_path: Path) -> str:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps({**deployment_facts(browser.world.aws), "page_url": browser.url}))
    return str(path)


@contextmanager
def ui(home: Path, *given: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `apify-camunda ui`, and yield the address that it prints first."""
    command = [sys.executable, "-m", "apify_camunda_cli", "ui", *given]
    with subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", line):
                    yield found[0], process
                    return
            raise AssertionError("it printed no address")
        finally:
            process.kill()


def send(ready: str, capsys: pytest.CaptureFixture[str], *given: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["events", "send", *given, "--ready", ready])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_event_is_sent_from_the_terminal(
    browser: Browser, ready: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `events send` lets a run end at the emulated Apify, and its event does what it does.
    """
    code, out, _ = send(ready, capsys, "--actor", "acme/crawler", "--input", '{"query": "tea"}', "--json")
    assert code == 0
    run = json.loads(out)["run"]

    def has_started(events: dict[str, list[dict[str, object]]]) -> bool:
        return [each["state"] for each in events["items"] if each["runId"] == run] == ["done"]

    browser.when("events", has_started)
    _, out, _ = send(ready, capsys, "--task", "acme/crawl-acme", "--status", "FAILED", "--json")
    run = json.loads(out)["run"]
    [shown] = [each for each in browser.get("apify")["runs"] if each["id"] == run]
    assert (shown["status"], shown["startedBy"]) == ("FAILED", "by hand")


def test_run_ends_before_its_own_end(
    browser: Browser, ready: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A run that is started to be ended has only that end, also where its own would come at once.
    """
    assert browser.world.apify is not None
    with browser.world.apify.use() as machine:
        document = copy.deepcopy(WORLD)
        [crawler] = [each for each in document["actors"] if each["name"] == "crawler"]
        crawler["runs"] = [{"durationSeconds": 0}]
        machine.adopt(parse_world(document))
    try:
        code, out, _ = send(ready, capsys, "--actor", "acme/crawler", "--status", "ABORTED", "--json")
    finally:
        with browser.world.apify.use() as machine:
            machine.adopt(parse_world(WORLD))
    assert code == 0
    [shown] = [each for each in browser.get("apify")["runs"] if each["id"] == json.loads(out)["run"]]
    assert shown["status"] == "ABORTED"


def test_event_that_cannot_be_sent_is_told(
    ready: str, tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    An unknown Actor is told with those that there are, and a run without a page cannot be asked.
    """
    code, _, err = send(ready, capsys, "--actor", "acme/crawlr")
    assert (code, "acme/crawler" in err) == (1, True)
    without = tmp_path / "without.json"
    without.write_text(json.dumps(deployment_facts(browser.world.aws)))
    code, _, err = send(str(without), capsys, "--actor", "acme/crawler")
    assert (code, "--ready" in err) == (2, True)


def test_page_over_a_deployment_reads_only(browser: Browser, ready: str, tmp_path: Path) -> None:
    """
    Without --allow-changes every read is answered and every write is 403; no answer holds a secret.
    """
    key = browser.deploy("async-actor", ("{{secrets.APIFY_TOKEN}}", TOKEN))
    instance = browser.post(f"processes/{key}/start", variables={"query": PLANTED})["instanceKey"]
    with ui(tmp_path, "--ready", ready) as (url, process):
        state = httpx.get(f"{url}api/state", timeout=60).json()
        assert state["mode"] == "stack"
        assert {name for name, allowed in state["may"].items() if allowed} == {"feel"}
        more = (
            f"processes/{key}/xml",
            f"processes/{key}/elements/ActorFinished",
            f"instances/{instance}/variables",
        )
        for path in (*READS, *more):
            answer = httpx.get(f"{url}api/{path}", timeout=60)
            assert answer.status_code == 200, answer.text
            assert PLANTED not in answer.text, path
            assert TOKEN not in answer.text, path
        for path in ("pause/inbound", "events/x/replay", f"processes/{key}/start", "deploy", "save"):
            assert httpx.post(f"{url}api/{path}", json={}, timeout=60).status_code == 403, path
        shown = httpx.get(f"{url}api/processes", timeout=60).json()["items"]
        assert [each["key"] for each in shown] == [each["key"] for each in browser.get("processes")["items"]]

        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN_S) != 0


def test_changes_are_allowed_by_option(browser: Browser, ready: str, tmp_path: Path) -> None:
    """
    With --allow-changes a direction can be paused and events replayed; nothing is deployed or started.
    """
    with ui(tmp_path, "--ready", ready, "--allow-changes") as (url, _):
        may = httpx.get(f"{url}api/state", timeout=60).json()["may"]
        assert {name for name, allowed in may.items() if allowed} == {"feel", "ledger", "pause"}
        assert httpx.post(f"{url}api/pause/outbound", json={}, timeout=60).status_code == 200
        assert browser.get("state")["paused"]["outbound"] is True
        assert httpx.post(f"{url}api/resume/outbound", json={}, timeout=60).status_code == 200
        assert httpx.post(f"{url}api/deploy", json={}, timeout=60).status_code == 403
