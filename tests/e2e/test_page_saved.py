"""What the page saves: an archive whose test repeats what was seen, and which holds no secret."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.command import environment
from tests.e2e.page import ON_SLOW, PLANTED, TOKEN, WRONG_KEY, Browser, browsing

TIMED_OUT_S = 900
UNKNOWN_TOKEN = "apify_api_abcd1234EFGH"
"""It looks like a token of Apify, and no part of the world knows it."""


def seen(browser: Browser) -> list[str]:
    """Let instances end, wait with a wrong key, fail by hand, and be cancelled; return their keys."""
    wrong = browser.deploy("async-actor", WRONG_KEY)
    stuck = browser.post(
        f"processes/{wrong}/start", variables={"query": PLANTED, "header": f"Bearer {UNKNOWN_TOKEN}"}
    )["instanceKey"]

    def waits(_: Any) -> bool:
        return any("keys differ" in each for each in browser.instance(stuck)["waits"])

    browser.when("instances", waits)
    named = ('name="Actor finished"', f'name="Actor of {UNKNOWN_TOKEN} finished"')
    right = browser.deploy("async-actor", ("{{secrets.APIFY_TOKEN}}", TOKEN), named)
    ends = browser.post(f"processes/{right}/start", variables={"query": "tea"})["instanceKey"]
    cancelled = browser.post(f"processes/{wrong}/start", variables={})["instanceKey"]
    browser.post(f"instances/{cancelled}/cancel")
    browser.when("instances", lambda _: browser.instance(ends)["state"] == "COMPLETED")
    browser.when("apify", is_quiet)  # the run of the cancelled instance starts no instance below
    return [stuck, ends, *started_by_event(browser), failed_by_hand(browser)]


def is_quiet(apify: Any) -> bool:
    """Say whether each run has ended, and each delivery was answered."""
    return all(run["finishedAt"] for run in apify["runs"]) and all(
        delivery["attempts"] and delivery["attempts"][-1]["httpStatus"] for delivery in apify["deliveries"]
    )


def started_by_event(browser: Browser) -> list[str]:
    key = browser.deploy("start-event", ON_SLOW)
    run = browser.run_by_hand()
    browser.end_run(run, "SUCCEEDED")

    def has_ended(_: Any) -> bool:
        [event] = [each for each in browser.get("events")["items"] if each["runId"] == run]
        mine = [each for each in event["effects"] if each["processId"] == "on-actor-finished"]
        newest = browser.get("instances", processKey=key, limit=1)["items"]
        return bool(mine and newest and newest[0]["state"] == "COMPLETED" and event["state"] == "done")

    browser.when("instances", has_ended, processKey=key, limit=1)
    return [each["key"] for each in browser.get("instances", processKey=key, limit=1)["items"]]


def failed_by_hand(browser: Browser) -> str:
    """End the run of a waiting job as FAILED; return the instance."""
    key = browser.deploy("run-task", ("acme/nightly-prices", "acme/slow-prices"))
    instance = str(browser.post(f"processes/{key}/start", variables={})["instanceKey"])
    browser.end_run(browser.run_of(instance), "FAILED")
    browser.when("instances", lambda _: browser.instance(instance)["state"] == "COMPLETED")
    return instance


def test_saved_archive_repeats_what_was_seen(tmp_path: Path) -> None:
    """
    The archive's own test passes: instances end, wait and fail as they were seen to. No secret is in it.
    """
    (tmp_path / "home").mkdir()
    with browsing(tmp_path / "home") as browser:
        keys = seen(browser)
        answer = httpx.post(f"{browser.url}api/save", json={}, timeout=60)
        assert answer.status_code == 200, answer.text

    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        opened.extractall(tmp_path / "recorded")
    folder = tmp_path / "recorded"
    for path in folder.iterdir():
        text = path.read_text()
        assert PLANTED not in text, path.name
        assert TOKEN not in text, path.name
        assert UNKNOWN_TOKEN not in text, path.name
    scenarios = json.loads((folder / "scenarios.json").read_text())
    assert {each["name"].rpartition("-")[2] for each in scenarios} == set(keys)
    assert "it was cancelled" in (folder / "README.txt").read_text()

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_recorded.py"],
        cwd=folder,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        timeout=TIMED_OUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
