"""The set-up for `sam local`, without containers: each event gets its answer, and roles fit the calls."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from local_aws import Template
from sam_local.answers import DELIVER, POLL, RECEIVE, RECONCILE, STEPS, Step, holds, readable
from sam_local.container_host import ContainerHost
from sam_local.event_files import RecordedIds, rewritten
from sam_local.surroundings import Surroundings, project_root, surroundings

# One set-up serves all tests; on a loaded machine it takes minutes.
pytestmark = [pytest.mark.xdist_group("sam_local"), pytest.mark.timeout(900)]

EVENTS = Path(__file__).parents[2] / "events"
SECONDS = 60.0
POLL_SECONDS = 35.0  # a poller that has more time waits for further jobs
TOKEN = "token-of-acme"

# What Lambda itself does with a function's role: it writes the log, and takes messages from the queue.
BY_LAMBDA = {
    (function, action)
    for function in (RECEIVE, DELIVER, RECONCILE, POLL)
    for action in ("logs:CreateLogStream", "logs:PutLogEvents")
} | {(DELIVER, f"sqs:{action}") for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")}

# What functions do in troubles that are not played here; the flows' own tests show them.
IN_OTHER_TROUBLES = {
    (DELIVER, "dynamodb:PutItem"): "a delivery is kept for an operator",
    (RECONCILE, "dynamodb:UpdateItem"): "a doubt has ended",
    (POLL, "dynamodb:DeleteItem"): "a run that could be cancelled has ended",
}


@dataclass
class Recorded:
    """What the functions were answered and what they asked AWS for."""

    folder: Path
    answers: list[tuple[Step, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ids: RecordedIds | None = None

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


async def ask_apify(running: Surroundings, method: str, path: str) -> Any:
    request = urllib.request.Request(f"{running.apify.url}/v2/{path}", method=method)
    request.add_header("Authorization", f"Bearer {TOKEN}")

    def ask() -> Any:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    return await asyncio.to_thread(ask)


async def every_event(running: Surroundings, recorded: Recorded) -> None:
    recorded.ids = running.ids()
    for step in STEPS:
        event = (EVENTS / f"{step.event}.json").read_text()
        seconds = POLL_SECONDS if step.function == POLL else SECONDS
        answer = readable(await running.invoke(step.function, event, seconds))
        recorded.answers.append((step, answer))


async def troubles(running: Surroundings) -> None:
    """Let events be parked, postponed and caught up, an element go, and a condition fail."""
    # A webhook was deleted in the Console, and a run ended before the next tick: its event is caught up.
    webhooks = (await ask_apify(running, "GET", "webhooks"))["data"]["items"]
    for webhook in webhooks:
        if "/apify/" in webhook["requestUrl"]:
            await ask_apify(running, "DELETE", f"webhooks/{webhook['id']}")
    await ask_apify(running, "POST", "acts/acme~crawler/runs?waitForFinish=30")
    await running.invoke(RECONCILE, "{}", SECONDS)
    # Another version has an element of another name: the old one listens no more.
    model = (project_root() / "examples" / "start-event.bpmn").read_bytes()
    running.engine.deploy([("start-event.bpmn", model.replace(b"ActorFinished", b"ActorEnded"))])
    await running.invoke(RECONCILE, "{}", SECONDS)
    # A condition fails: the trouble is kept, of an event that is delivered and of one that was parked.
    endless = b"=string(for i in 1..100000000 return i) = "
    failing = model.replace(b"=connectorData.status = ", endless)
    failing = failing.replace(b"on-actor-finished", b"condition-fails")
    running.engine.deploy([("condition-fails.bpmn", failing)])
    await running.invoke(RECONCILE, "{}", SECONDS)
    delivery = json.loads((EVENTS / "receive_webhook_succeeded.json").read_text())
    batch = (EVENTS / "deliver_event_batch.json").read_text()
    served = delivery | {"body": delivery["body"].replace("HG7ML7M8z78YcAPEB", "ConditionFails")}
    await running.invoke(RECEIVE, json.dumps(served), SECONDS)
    await running.invoke(DELIVER, batch.replace("u8LwE3xPj6NtR5vSa", "ConditionFailsLater"), SECONDS)
    # Camunda does not answer: a delivery is parked, and a parked event postponed.
    away = {**running.environment[RECEIVE], "CAMUNDA_REST_URL": "http://127.0.0.1:9"}
    parked = delivery | {"body": delivery["body"].replace("HG7ML7M8z78YcAPEB", "WhileCamundaIsAway")}
    await running.invoke(RECEIVE, json.dumps(parked), SECONDS, environment=away)
    postponed = batch.replace("u8LwE3xPj6NtR5vSa", "StillAway")
    await running.invoke(DELIVER, postponed, SECONDS, environment=away)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Run every event, then some troubles, once for all tests."""
    recorded = Recorded(tmp_path_factory.mktemp("calls"))

    async def run() -> None:
        host = ContainerHost("127.0.0.1")
        async with surroundings(host, recorded.told.append, calls=recorded.folder / "calls") as running:
            await every_event(running, recorded)
            await troubles(running)

    asyncio.run(run())
    return recorded


def test_every_event_gets_its_answer(recorded: Recorded) -> None:
    """
    One after the other, each event gets the answer that its table promises.
    """
    wrong = [(step, answer) for step, answer in recorded.answers if not holds(answer, step.answer)]
    assert wrong == []
    assert len(recorded.told) == 1  # the callback of the run that has ended wakes the poller


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_events_name_what_the_set_up_holds(recorded: Recorded, path: Path) -> None:
    """
    Paths, signatures and ids of the events are those of the set-up.
    """
    event = json.loads(path.read_text())
    assert recorded.ids is not None

    assert rewritten(event, recorded.ids) == event


def test_every_call_is_allowed(recorded: Recorded) -> None:
    """
    No function asks AWS for what its role does not allow.
    """
    assert recorded.calls
    assert [call for call in recorded.calls if not call["allowed"]] == []
    keepers = {call["function"] for call in recorded.calls if call["leading_key"] == "conditions"}
    assert keepers == {RECEIVE, DELIVER}


def test_every_permission_is_used(recorded: Recorded) -> None:
    """
    A role allows nothing that its function does not do, with default parameters and a secret of processes.
    """
    roles = Template(
        project_root() / "template.yaml",
        {
            "CamundaRestUrl": "https://camunda.example",
            "SecretsArn": "arn:aws:secretsmanager:eu-central-1:1:secret:a",
        },
    ).roles()
    allowed = {(name, action) for name, role in roles.items() for each in role for action in each.actions}
    used = {(call["function"], call["action"]) for call in recorded.calls}
    used |= {(RECEIVE, "lambda:InvokeFunction")} if recorded.told else set()

    assert sorted(allowed - used - BY_LAMBDA - IN_OTHER_TROUBLES.keys()) == []
    assert IN_OTHER_TROUBLES.keys() <= allowed
