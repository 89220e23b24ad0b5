"""The whole product inside the test's own process: the world can be looked at, hurt, and waited for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.world import LocalWorld, WorldOptions, token_secrets
from emulators.apify import ApifyEmulator, parse_world
from emulators.apify.state import Dispatch
from emulators.camunda.engine import Engine
from emulators.camunda.server import CamundaStandIn

from tests.e2e.command import EXAMPLES, eventually, processes_of, variables_of

__all__ = ["TOKEN", "Facts", "Stage", "Story", "eventually", "post", "stage"]

TIMEOUT_S = 90.0
TOKEN = "token-of-acme"
WORLD = {
    "users": [{"username": "acme", "tokens": [TOKEN]}],
    "actors": [
        {
            "owner": "acme",
            "name": "crawler",
            "builds": [{"number": "1.0.1", "tags": ["latest"]}],
            "runs": [{"durationSeconds": 0.5, "items": [{"title": "Result"}]}],
        }
    ],
}

Facts = Mapping[str, Any]


class Story:
    """Collects what happens, and lets a test wait for it."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._told = threading.Condition()

    def __call__(self, step: Step) -> None:
        with self._told:
            self._steps.append(step)
            self._told.notify_all()

    def all(self, who: str, what: str, fits: Callable[[Facts], bool] = lambda _: True) -> list[Step]:
        """Return the steps of this kind, in order."""
        with self._told:
            return self._of(who, what, fits)

    def lines(self) -> list[str]:
        """Return all steps and log lines, each as a text."""
        with self._told:
            return [f"{step.who} {step.what} {dict(step.facts)}" for step in self._steps]

    def wait_for(
        self, who: str, what: str, fits: Callable[[Facts], bool] = lambda _: True, *, times: int = 1
    ) -> Step:
        """Return the step once it has happened so many times."""
        with self._told:
            if not self._told.wait_for(lambda: len(self._of(who, what, fits)) >= times, TIMEOUT_S):
                told = "\n".join(f"{step.who} {step.what} {dict(step.facts)}" for step in self._steps[-60:])
                raise AssertionError(f"{who} {what} never came; the last that happened:\n{told}")
            return self._of(who, what, fits)[times - 1]

    def _of(self, who: str, what: str, fits: Callable[[Facts], bool]) -> list[Step]:
        return [step for step in self._steps if (step.who, step.what) == (who, what) and fits(step.facts)]


@dataclass(frozen=True)
class Stage:
    """A running world and what happens in it."""

    world: LocalWorld
    story: Story
    home: Path

    @property
    def apify(self) -> ApifyEmulator:
        assert self.world.apify is not None
        return self.world.apify

    @property
    def camunda(self) -> CamundaStandIn:
        assert self.world.camunda is not None
        return self.world.camunda

    @property
    def engine(self) -> Engine:
        return self.camunda.engine

    def deploy(self, example: str) -> None:
        """Deploy an example, and let its webhooks be made."""
        path = EXAMPLES / f"{example}.bpmn"
        self.engine.deploy([(path.name, path.read_bytes())])
        self.world.reconcile()

    def start(self, process_id: str, **variables: Any) -> int:
        """Start an instance and return its key."""
        return self.engine.create_instance(process_id=process_id, variables=variables).key

    def result(self, instance: int) -> Mapping[str, Any]:
        """Return the variables of the instance once it has ended."""
        variables = self.engine.wait_for_result(instance, timeout=timedelta(seconds=TIMEOUT_S))
        assert variables is not None, f"it did not end; the incidents: {self.engine.incidents()}"
        return variables

    def run_ids(self) -> list[str]:
        """Return every run that was started."""
        return [step.facts["id"] for step in self.story.all("apify", "run.ready")]

    def run_of(self, instance: int) -> str:
        """Return the run whose end the instance waits for, once it waits."""

        def keys() -> list[str]:
            rows = self.engine.message_subscriptions()
            return [str(row.correlation_key) for row in rows if row.process_instance_key == instance]

        eventually(lambda: bool(keys()))
        return keys()[0]

    def dispatch_of(self, run_id: str, event_type: str, path: str = "/apify/") -> Dispatch:
        """Return what Apify sent, or would send, of a run's event to a webhook with this in its URL."""
        with self.apify.use() as machine:
            user = machine.directory.user("acme")
            assert user is not None
            (found,) = [
                dispatch
                for dispatch in machine.dispatches.of(user)
                if dispatch.event_data.get("actorRunId") == run_id
                and dispatch.event_type == event_type
                and path in dispatch.request_url
            ]
            return found

    def messages_for(self, key: str) -> int:
        """Return how many messages were published with this correlation key."""
        found = self.story.all("camunda", "message.published", lambda facts: facts["correlation_key"] == key)
        return len(found)

    def worker_of(self, function_name: str) -> int:
        """Return the process that works for a function."""
        name = f"AWS_LAMBDA_FUNCTION_NAME={function_name}".encode()
        (pid,) = [pid for pid in processes_of(self.home) if name in variables_of(pid)]
        return pid

    def messages_in(self, queue: str) -> int:
        """Return how many messages a queue holds, hidden ones too."""
        sqs = self.world.aws.clients.sqs
        answer = sqs.get_queue_attributes(
            QueueUrl=self.world.aws.queue_url(queue),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in answer["Attributes"].values())


@contextlib.contextmanager
def stage(home: Path, **options: Any) -> Iterator[Stage]:
    """Run the world; afterwards no process of it is left."""
    world = parse_world(WORLD)
    story = Story()
    with patch.dict("os.environ", {"HOME": str(home)}):
        with LocalWorld(WorldOptions(world=world, secrets=token_secrets(world), **options), story) as running:
            running.poll()
            yield Stage(running, story, home)
        assert processes_of(home) == {}


def post(url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Send a delivery by hand."""
    return httpx.post(url, content=body, headers=dict(headers), timeout=30)
