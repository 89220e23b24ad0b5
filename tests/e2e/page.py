"""The page of a local world inside the test's own process, asked over HTTP as a browser asks it."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from apify_camunda.platform.system_clock import SystemClock
from apify_camunda_cli.local.examples import read_examples
from apify_camunda_cli.local.page import PageOfRun
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.world import LocalWorld, WorldOptions, token_secrets
from emulators.apify import parse_world
from emulators.apify.default_world import DEFAULT_WORLD

from tests.e2e.command import EXAMPLES, eventually
from tests.e2e.world import Story

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u2028"
PLANTED = "planted-secret-value"
TOKEN = "token-of-acme"
_A_DAY_S = 86_400


def _world() -> dict[str, Any]:
    """Return the default world with acme/slow, whose runs a test ends, however slow the machine is."""
    document = copy.deepcopy(DEFAULT_WORLD)
    document["actors"].append({"owner": "acme", "name": "slow", "runs": [{"durationSeconds": _A_DAY_S}]})
    document["tasks"].append({"owner": "acme", "name": "slow-prices", "actor": "acme/slow"})
    return document


WORLD = _world()


@dataclass(frozen=True)
class Browser:
    """Asks the page for JSON."""

    url: str
    world: LocalWorld

    def get(self, path: str, **query: Any) -> Any:
        answer = httpx.get(f"{self.url}api/{path}", params=query, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.try_post(path, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_post(self, path: str, **body: Any) -> httpx.Response:
        return httpx.post(f"{self.url}api/{path}", json=body, timeout=60)

    def deploy(self, example: str, *changes: tuple[str, str], named: str | None = None) -> str:
        """Deploy an example, changed, and return its key once its inbound elements were looked at.

        Args:
            named: A process id in place of the example's own, with a message of its own: what other tests
                deploy and start does not reach its instances.
        """
        content = (EXAMPLES / f"{example}.bpmn").read_text()
        if named is not None:
            content = _renamed(content, named)
        for before, after in changes:
            assert before in content
            content = content.replace(before, after)
        [process] = self.post("deploy", fileName=f"{example}.bpmn", content=content)["processes"]
        key = str(process["key"])
        eventually(lambda: all(each["status"] != "unknown" for each in self.process(key)["elements"]))
        return key

    def run_by_hand(self) -> str:
        """Start a run of acme/slow, which ends only by `end_run`, and return its id."""
        [actor] = [each for each in self.get("apify")["actors"] if each["name"] == "acme/slow"]
        return str(self.post("apify/runs", actorId=actor["id"], input={"query": HOSTILE})["runId"])

    def end_run(self, run: str, status: str) -> None:
        """End a run that still goes on."""
        self.post(f"apify/runs/{run}/finish", status=status)

    def run_of(self, instance: str) -> str:
        """Return the run that an instance has started, once it has."""
        ledger = self.when(
            "ledger", lambda found: any(_is_run_of(each, instance) for each in found["attempts"])
        )
        return str(next(each["runId"] for each in ledger["attempts"] if _is_run_of(each, instance)))

    def process(self, key: str) -> Any:
        return next(each for each in self.get("processes")["items"] if each["key"] == key)

    def instance(self, key: str) -> Any:
        return next(each for each in self.get("instances")["items"] if each["key"] == key)

    def when(self, path: str, holds: Callable[[Any], Any], **query: Any) -> Any:
        """Return the answer of a read once it is as expected."""
        found: list[Any] = []

        def looks_right() -> bool:
            found.append(self.get(path, **query))
            return bool(holds(found[-1]))

        try:
            eventually(looks_right)
        except AssertionError:
            raise AssertionError(f"{path} never was as expected: {json.dumps(found[-1])[:3000]}") from None
        return found[-1]


def _is_run_of(attempt: Any, instance: str) -> bool:
    return bool(attempt["instanceKey"] == instance and attempt["runId"])


def _renamed(content: str, process_id: str) -> str:
    [old] = re.findall(r'<bpmn:process id="([^"]*)"', content)
    content = content.replace(f'"{old}"', f'"{process_id}"')
    return re.sub(r'(<bpmn:message [^>]*name=")[^"]*', rf"\g<1>{process_id}", content)


ON_SLOW = ('name="resourceId" value="acme/crawler"', 'name="resourceId" value="acme/slow"')
"""A change by which an element listens on the runs that a test ends."""
WRONG_KEY = (
    'name="correlationKeyExpression" value="=connectorData.runId"',
    'name="correlationKeyExpression" value="=connectorData.actorId"',
)


@contextlib.contextmanager
def browsing(home: Path) -> Iterator[Browser]:
    """Run the world with its page."""
    world = parse_world(WORLD)
    secrets = {**token_secrets(world), "PLANTED": PLANTED}
    story = Story()
    page = PageOfRun(
        secrets=secrets,
        credentials={},
        world_document=WORLD,
        examples=read_examples(EXAMPLES),
        port=0,
        clock=SystemClock(),
    )

    def report(step: Step) -> None:
        story(step)
        page.report(step)

    with (
        patch.dict("os.environ", {"HOME": str(home)}),
        LocalWorld(WorldOptions(world=world, secrets=secrets), report) as running,
        page.serving(running) as url,
    ):
        running.reconcile()
        running.poll()
        yield Browser(url, running)
