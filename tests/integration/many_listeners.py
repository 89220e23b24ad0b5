"""Many elements that listen on one Actor, on a real engine: what one event does to all of them.

Run as a program it prints what was measured: `python -m tests.integration.many_listeners 8.6.0 starts 201`.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

import httpx
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from apify_camunda.webhooks.routes import is_registration
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.world import LocalWorld, WorldOptions, token_secrets
from emulators.apify import parse_world
from real_engines import CamundaDistribution, CamundaInMemory, Catalog, Operator, RealEngine
from real_engines.projection import Rows
from real_engines.rows import Definition, Instance

from tests.e2e.world import TOKEN, WORLD, Story, eventually
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock

PATIENCE_S: Final = 600.0
KINDS: Final = ("starts", "messages")
_A_FILE: Final = 20
"""Listeners in one file; what the elements of one process take is bounded."""
_MOST_TICKS: Final = 20
_KEYED: Final = {"correlationKeyExpression": "=connectorData.actorId"}
_HEAD: Final = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="Many" targetNamespace="http://bpmn.io/schema/bpmn">'
)


@dataclass(frozen=True)
class Measured:
    """What one event did.

    Attributes:
        answers: The status of each answer to the delivery, in order.
        answered_ms: How long the first answer took.
        happened_at_answer: How many effects the engine's records showed by then.
        all_happened_ms: From the first answer to the last effect.
        happened: How often the effect of each listener happened.
        failures: Invocations that failed or were ended by Lambda.
        states: How many effects the ledger has in each state, after the queue was empty.
    """

    answers: list[int]
    answered_ms: int
    happened_at_answer: int
    all_happened_ms: int
    happened: dict[str, int]
    failures: list[str]
    states: dict[str, int]


def files(kind: str, number: int) -> Iterator[bytes]:
    """Yield files whose elements listen: a process for each start, an instance that waits for messages."""
    for first in range(0, number, _A_FILE):
        numbers = range(first, min(first + _A_FILE, number))
        if kind == "starts":
            content = "".join(map(_started, numbers))
        else:
            content = _waiting(f"waiting-{first}", numbers)
        yield f"{_HEAD}{content}</bpmn:definitions>".encode()


def _listens(**properties: str) -> str:
    given = {
        "inbound.type": "io.camunda:apify-inbound:1",
        "authentication.token": "{{secrets.APIFY_TOKEN}}",
        "resourceType": "actor",
        "resourceId": "acme/crawler",
        "activationCondition": '=connectorData.status = "SUCCEEDED"',
        "resultExpression": "={run: connectorData.runId}",
        **properties,
    }
    written = (f"<zeebe:property name={quoteattr(n)} value={quoteattr(v)}/>" for n, v in given.items())
    return (
        "<bpmn:extensionElements><zeebe:properties>"
        f"{''.join(written)}</zeebe:properties></bpmn:extensionElements>"
    )


def _started(number: int) -> str:
    return (
        f'<bpmn:process id="started-{number}" isExecutable="true"><bpmn:startEvent id="Start_{number}">'
        f"{_listens(**{'inbound.context': f'start-{number}'})}<bpmn:outgoing>Flow_{number}</bpmn:outgoing>"
        f'</bpmn:startEvent><bpmn:endEvent id="End_{number}"><bpmn:incoming>Flow_{number}</bpmn:incoming>'
        f'</bpmn:endEvent><bpmn:sequenceFlow id="Flow_{number}" sourceRef="Start_{number}" '
        f'targetRef="End_{number}"/></bpmn:process>'
    )


def _waiting(process_id: str, numbers: Sequence[int]) -> str:
    catches = "".join(
        f'<bpmn:sequenceFlow id="In_{each}" sourceRef="Fork" targetRef="Catch_{each}"/>'
        f'<bpmn:intermediateCatchEvent id="Catch_{each}">'
        f"{_listens(**{'inbound.context': f'catch-{each}'} | _KEYED)}"
        f"<bpmn:incoming>In_{each}</bpmn:incoming><bpmn:outgoing>Out_{each}</bpmn:outgoing>"
        f'<bpmn:messageEventDefinition messageRef="Message_{each}"/></bpmn:intermediateCatchEvent>'
        f'<bpmn:sequenceFlow id="Out_{each}" sourceRef="Catch_{each}" targetRef="Join"/>'
        for each in numbers
    )
    forked = "".join(f"<bpmn:outgoing>In_{each}</bpmn:outgoing>" for each in numbers)
    joined = "".join(f"<bpmn:incoming>Out_{each}</bpmn:incoming>" for each in numbers)
    messages = "".join(
        f'<bpmn:message id="Message_{each}" name="message-{each}"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=actorId"/></bpmn:extensionElements></bpmn:message>'
        for each in numbers
    )
    return (
        f'<bpmn:process id="{process_id}" isExecutable="true"><bpmn:startEvent id="Start">'
        "<bpmn:outgoing>First</bpmn:outgoing></bpmn:startEvent>"
        '<bpmn:sequenceFlow id="First" sourceRef="Start" targetRef="Fork"/>'
        f'<bpmn:parallelGateway id="Fork"><bpmn:incoming>First</bpmn:incoming>{forked}</bpmn:parallelGateway>'
        f"{catches}"
        f'<bpmn:parallelGateway id="Join">{joined}<bpmn:outgoing>Last</bpmn:outgoing></bpmn:parallelGateway>'
        '<bpmn:sequenceFlow id="Last" sourceRef="Join" targetRef="End"/>'
        '<bpmn:endEvent id="End"><bpmn:incoming>Last</bpmn:incoming></bpmn:endEvent></bpmn:process>'
        f"{messages}"
    )


@contextlib.contextmanager
def _deployed(engine: RealEngine, kind: str, number: int) -> Iterator[list[Definition]]:
    operator, definitions = Operator(engine), list[Definition]()
    try:
        for count, content in enumerate(files(kind, number)):
            definitions += operator.deploy_all(f"many-{count}.bpmn", content)
        yield definitions
    finally:
        for each in definitions:
            operator.undeploy(each)


class Listeners:
    """The listeners on the engine, and what has happened to them by its own records."""

    def __init__(self, engine: RealEngine, definitions: Sequence[Definition], kind: str, number: int) -> None:
        self._history, self._operator = engine.history, Operator(engine)
        self._definitions = definitions
        self._keys = {each.key for each in definitions}
        self._kind, self._number = kind, number

    def happened(self) -> Counter[str]:
        """Return how often each effect happened."""
        return self._history.ask(self._started if self._kind == "starts" else self._correlated)

    def wait_for_messages(self, actor_id: str) -> None:
        """Let an instance of each process wait for all its messages."""
        if self._kind == "starts":
            return
        for each in self._definitions:
            self._operator.start(each.process_id, {"actorId": actor_id})

        def all_wait(rows: Rows) -> bool:
            return sum(each.correlation_key == actor_id for each in rows.waiting.values()) == self._number

        self._history.wait_for(all_wait, timeout_s=PATIENCE_S)

    def wait_for_all(self) -> None:
        """Wait until as many effects have happened as there are listeners."""
        end = time.monotonic() + PATIENCE_S
        while (count := self.happened().total()) < self._number:
            assert time.monotonic() < end, f"{count} of {self._number} have happened"
            self._history.wait_for_change(1.0)

    def _started(self, rows: Rows) -> Counter[str]:
        return Counter(each.process_id for each in self._instances(rows))

    def _correlated(self, rows: Rows) -> Counter[str]:
        keys = {each.key for each in self._instances(rows)}
        return Counter(each.message_name for each in rows.correlated if each.instance_key in keys)

    def _instances(self, rows: Rows) -> list[Instance]:
        return [each for each in rows.instances.values() if each.definition_key in self._keys]


class _Answers:
    """Notes each answer to a delivery with its time, and what had happened by then."""

    def __init__(self, listeners: Listeners, report: Story) -> None:
        self._listeners, self._report = listeners, report
        self.at: list[tuple[float, int, Step]] = []

    def __call__(self, step: Step) -> None:
        is_answer = (step.who, step.what) == ("http_api", "request.answered")
        if is_answer and str(step.facts["request"]).startswith("POST /apify/"):
            self.at.append((time.monotonic(), self._listeners.happened().total(), step))
        self._report(step)


def measure(engine: RealEngine, kind: str, number: int) -> Measured:
    """Let one run succeed, and return what that does where so many elements listen."""
    story, apify = Story(), parse_world(WORLD)
    with ExitStack() as stack:
        definitions = stack.enter_context(_deployed(engine, kind, number))
        catalog = stack.enter_context(Catalog(engine))
        listeners = Listeners(engine, definitions, kind, number)
        answers = _Answers(listeners, story)
        options = WorldOptions(
            world=apify,
            secrets=token_secrets(apify),
            camunda_grpc=engine.grpc_address,
            camunda_rest=catalog.address,
        )
        local = stack.enter_context(LocalWorld(options, answers))
        _register(local, number)
        api = stack.enter_context(
            httpx.Client(base_url=local.apify_url, params={"token": TOKEN}, timeout=PATIENCE_S)
        )
        actor = api.get("/v2/acts/acme~crawler").json()["data"]["id"]
        listeners.wait_for_messages(actor)
        assert api.post(f"/v2/acts/{actor}/runs", json={}).status_code == 201
        story.wait_for("http_api", "request.answered", lambda facts: "/apify/" in facts["request"])
        listeners.wait_for_all()
        last = time.monotonic()
        eventually(lambda: not local.has_parked_events())
        first, count, step = answers.at[0]
        return Measured(
            answers=[each.facts["status"] for _, _, each in answers.at],
            answered_ms=step.facts["ms"],
            happened_at_answer=count,
            all_happened_ms=max(0, round((last - first) * 1000)),
            happened=dict(listeners.happened()),
            failures=[line for line in story.lines() if "invocation.failed" in line],
            states=_states(local),
        )


def _register(local: LocalWorld, number: int) -> None:
    """Let ticks go by until each element listens; a tick reads a bounded number of definitions."""
    registry = DynamoDBRegistry(
        client=local.aws.clients.dynamodb, table=local.aws.table_name("RegistryTable"), clock=FrozenClock()
    )
    listening = 0
    for _ in range(_MOST_TICKS):
        local.reconcile()
        routes = run_async(registry.routes())
        listening = sum(len(keys) for route, keys in routes.items() if is_registration(route))
        if listening == number:
            return
    raise AssertionError(f"{listening} of {number} elements listen")


def _states(local: LocalWorld) -> dict[str, int]:
    """Return in which states the ledger has the effects of all events."""
    ledger = DynamoDBEventLedger(
        client=local.aws.clients.dynamodb, table=local.aws.table_name("LedgerTable"), clock=FrozenClock()
    )
    histories = run_async(ledger.history())
    return dict(Counter(effect.state.value for each in histories for effect in each.effects))


def main(version: str, kind: str, number: str) -> None:
    """Measure once and print it."""
    with {"8.8.21": CamundaInMemory, "8.6.0": CamundaDistribution}[version]() as engine:
        found = measure(engine, kind, int(number))
    shown = {**asdict(found), "happened": dict(Counter(found.happened.values()))}
    sys.stdout.write(json.dumps(shown) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
