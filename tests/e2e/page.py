"""The page of a local world inside the test's own process, asked over HTTP as a browser asks it."""

from __future__ import annotations

import contextlib
import json
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

PLANTED = "planted-secret-value"
TOKEN = "token-of-acme"


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

    def deploy(self, example: str, *changes: tuple[str, str]) -> str:
        """Deploy an example, changed, and return its key once its inbound elements were looked at."""
        content = (EXAMPLES / f"{example}.bpmn").read_text()
        for before, after in changes:
            assert before in content
            content = content.replace(before, after)
        [process] = self.post("deploy", fileName=f"{example}.bpmn", content=content)["processes"]
        key = str(process["key"])
        eventually(lambda: all(each["status"] != "unknown" for each in self.process(key)["elements"]))
        return key

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


WRONG_KEY = (
    'name="correlationKeyExpression" value="=connectorData.runId"',
    'name="correlationKeyExpression" value="=connectorData.actorId"',
)


@contextlib.contextmanager
def browsing(home: Path) -> Iterator[Browser]:
    """Run the default world with its page."""
    world = parse_world(DEFAULT_WORLD)
    secrets = {**token_secrets(world), "PLANTED": PLANTED}
    story = Story()
    page = PageOfRun(
        secrets=secrets,
        credentials={},
        world_document=DEFAULT_WORLD,
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
