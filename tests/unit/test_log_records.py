"""What every log record looks like: `subject was done`, and facts whose names are the same everywhere."""

from __future__ import annotations

import ast
import logging
import re
from functools import cache
from pathlib import Path

import apify_camunda
import pytest
from apify_camunda.errors import ApifyUnavailable, EngineRejected
from apify_camunda.platform.log_facts import LogFacts

from tests import builders
from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import StartTrouble
from tests.fakes.engine import ANSWER_LOST, UNREACHABLE
from tests.fakes.receiver_world import World
from tests.outbound_deployment import Deployment
from tests.source_trees import parsed

PACKAGE = Path(apify_camunda.__file__).parent
LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
MESSAGE = re.compile(r"[a-z][A-Za-z ]* (was|were|had|held|stayed|threw|failed|could not) [^{}%]*[^.{}%]")
OF_LOGGING = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})


@cache
def log_calls() -> dict[str, ast.Call]:
    """Return each call of a logger in the package, by its place."""
    return {
        f"{path.relative_to(PACKAGE)}:{node.lineno}": node
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(parsed(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id.strip("_").lower() in {"log", "logger", "logging"}
        and node.func.attr in LEVELS
    }


def is_what_happened(arguments: list[ast.expr]) -> bool:
    """Return whether the arguments of a call are one constant text in the right form."""
    match arguments:
        case [ast.Constant(value=str(message))]:
            return MESSAGE.fullmatch(message) is not None
        case _:
            return False


def test_messages_are_constant_and_say_what_happened() -> None:
    """A message is one constant text in the past tense, in lower case and without a stop."""
    assert [place for place, call in log_calls().items() if not is_what_happened(call.args)] == []


def test_facts_are_named_as_elsewhere() -> None:
    """Facts come by `extra` alone, never by a dictionary with unchecked names."""
    calls = log_calls()
    assert {keyword.arg for call in calls.values() for keyword in call.keywords} <= {"extra"}
    assert [
        place for place, call in calls.items() if any(isinstance(node, ast.Dict) for node in ast.walk(call))
    ] == []


def test_package_is_searched() -> None:
    """The rules above are about all that is logged, inbound and outbound."""
    modules = {place.partition(":")[0] for place in log_calls()}

    expected = {
        "inbound/flows/apply_effect.py",
        "outbound/flows/report_outcome.py",
        "outbound/lambda_waker.py",
    }
    assert expected <= modules


def inbound() -> None:
    """Let one event end well, and others in doubt, rejected, parked and refused with 401."""
    world = World(builders.plain_start(), builders.catch())
    world.engine.troubles = [ANSWER_LOST, UNREACHABLE]
    world.engine.search_trouble = EngineRejected("There is no search.", rejection="NOT_OFFERED")
    world.go_on(accepted=world.post())
    broken = World(builders.catch(properties=builders.properties(correlationKeyExpression="=nothing")))
    assert broken.post()
    broken.ledger.is_away = True
    assert broken.post()
    stranger = builders.request(headers={"x-apify-camunda-signature": ""})
    assert run_async(broken.receiver()(stranger)).status == 401


def outbound() -> None:
    """Let one job end well although the answer of its start was lost."""
    deployment = Deployment()
    lost = ApifyUnavailable("No answer came.", outcome_unknown=True)
    deployment.world.start_troubles = [StartTrouble(lost)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.end_and_wake()


@pytest.mark.parametrize("half", [inbound, outbound])
def test_records_carry_known_facts(half: object, caplog: pytest.LogCaptureFixture) -> None:
    """What a record really carries has a name that all records share, and no value is a whole payload."""
    caplog.set_level(logging.DEBUG)
    assert callable(half)
    half()

    records = [record for record in caplog.records if record.name.startswith("apify_camunda")]
    carried = {name for record in records for name in vars(record).keys() - OF_LOGGING}

    assert carried
    assert carried <= LogFacts.__annotations__.keys()
    assert all(MESSAGE.fullmatch(record.getMessage()) for record in records)


def test_run_leads_to_what_its_event_did(caplog: pytest.LogCaptureFixture) -> None:
    """The record of an event names the run and the event; the records of its effects name the event."""
    caplog.set_level(logging.INFO)
    assert World(builders.catch()).post()

    records = {record.getMessage(): vars(record) for record in caplog.records}
    event = records["event was processed"]
    assert (event["run_id"], event["route"], event["event_status"]) == ("run1", builders.ROUTE, "ok")
    effect = records["effect was done"]
    assert (effect["event_id"], effect["element"]) == (event["event_id"], builders.catch().ref)
