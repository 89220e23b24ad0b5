"""What an engine's records say together."""

from __future__ import annotations

import base64
import threading
from typing import Any

import pytest
from real_engines import History, told
from real_engines.rows import Instance

from tests.unit.real_engines.records import (
    INSTANCE,
    JOB,
    activated,
    deployed,
    element,
    job,
    record,
    subscription,
    variable,
)


def history_of(*records: dict[str, Any]) -> History:
    history = History()
    for each in records:
        history.take(each)
    return history


def instance_of(*records: dict[str, Any]) -> Instance:
    return history_of(*records).ask(lambda rows: rows.instances[INSTANCE])


def test_deployed_definition_is_there_until_it_is_deleted() -> None:
    """A definition has the key, version and XML of its record; one that was deleted is gone."""
    history = history_of(deployed(11), deployed(12, version=2))
    found = history.ask(lambda rows: rows.definitions[12])
    assert (found.process_id, found.version, 'id="orders"' in found.xml) == ("orders", 2, True)

    history.take(deployed(11) | {"intent": "DELETED"})
    assert history.ask(lambda rows: list(rows.definitions)) == [12]


def test_a_file_in_another_encoding_stops_no_other() -> None:
    """XML that is not UTF-8 is kept as far as it is, and the records after it are read."""
    latin = deployed(11)
    latin["value"]["resource"] = base64.b64encode("<definitions name='ü'/>".encode("latin-1")).decode()
    history = history_of(latin, deployed(12))
    assert history.ask(lambda rows: [each.xml[:13] for each in rows.definitions.values()]) == [
        "<definitions ",
        "<definitions ",
    ]


@pytest.mark.parametrize("state", ["COMPLETED", "TERMINATED"])
def test_instance_follows_its_records(state: str) -> None:
    """An instance is active until its process ends; it knows its version, tags and the elements it passed."""
    records = [
        element("ACTIVATING", version=3, tags=["event:1"]),
        element("COMPLETED", "Start", "START_EVENT"),
    ]
    active = instance_of(*records)
    assert (active.state, active.version, active.tags, active.passed) == (
        "ACTIVE",
        3,
        ("event:1",),
        ["Start"],
    )
    assert instance_of(*records, element(state)).state == state


def test_variables_of_the_instance_alone_are_kept() -> None:
    """A variable may come before its instance's own record; local variables are not the instance's."""
    records = [variable("a", "[1]"), element("ACTIVATING"), variable("b", "2", scope=99), variable("a", "3")]
    assert instance_of(*records).variables == {"a": 3}


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ([job("CREATED")], "ACTIVATABLE"),
        ([job("CREATED"), activated(JOB)], "ACTIVATED"),
        ([job("CREATED"), activated(JOB), job("TIMED_OUT")], "ACTIVATABLE"),
        ([job("CREATED"), activated(JOB), job("FAILED", 0)], "FAILED"),
        ([job("CREATED"), activated(JOB), job("COMPLETED")], None),
        ([job("CREATED"), job("CANCELED")], None),
        ([job("CREATED"), job("ERROR_THROWN")], None),
    ],
)
def test_job_is_open_until_it_is_done(records: list[dict[str, Any]], state: str | None) -> None:
    """A job is activatable, activated or failed; done, cancelled or thrown it is gone."""
    found = history_of(*records).ask(lambda rows: rows.jobs.get(JOB))
    assert (found.state if found else None) == state


@pytest.mark.parametrize("interrupting", [True, False])
def test_element_waits_until_it_is_interrupted(*, interrupting: bool) -> None:
    """A correlated message ends the waiting only of what it interrupts; that it came is remembered."""
    history = history_of(subscription("CREATED"), subscription("CORRELATED", interrupting=interrupting))
    assert history.ask(lambda rows: len(rows.waiting)) == (0 if interrupting else 1)
    assert history.ask(lambda rows: [each.message_name for each in rows.correlated]) == ["finished"]


def test_commands_and_their_rejections_say_nothing() -> None:
    """Only events count."""
    history = history_of(*(deployed() | {"recordType": kind} for kind in ("COMMAND", "COMMAND_REJECTION")))
    assert history.ask(lambda rows: rows.definitions) == {}


def test_a_waiting_call_is_ended_by_the_record_that_answers() -> None:
    """A question is asked after each record; where none answers in time, that is said."""
    history = History()
    later = threading.Timer(0.05, lambda: history.take(deployed()))
    later.start()
    assert history.wait_for(lambda rows: rows.definitions.get(11), timeout_s=10).key == 11
    later.join()
    with pytest.raises(TimeoutError):
        history.wait_for(lambda rows: rows.definitions.get(12), timeout_s=0.01)


@pytest.mark.parametrize(
    ("happened", "kind", "facts"),
    [
        (deployed(), "process.deployed", {"process_id": "orders", "version": 1}),
        (element("ACTIVATED"), "process.started", {"process_id": "orders"}),
        (element("COMPLETED", "Start", "START_EVENT"), "element.completed", {"element_id": "Start"}),
        (activated(1, 2), "job.activated", {"element_id": "Work, Work"}),
        (job("FAILED", 1, errorMessage="no"), "job.failed", {"retries": 1, "message": "no"}),
        (subscription("CREATED"), "subscription.opened", {"correlation_key": "7"}),
        (subscription("CORRELATED"), "message.correlated", {"element_id": "Caught"}),
    ],
)
def test_history_uses_the_words_of_the_stand_in(
    happened: dict[str, Any], kind: str, facts: dict[str, Any]
) -> None:
    """What happened has the kind and the facts that the stand-in's trace gives it."""
    said = told(happened)
    assert said is not None
    assert said[0] == kind
    assert facts.items() <= said[1].items()


@pytest.mark.parametrize(
    "happened",
    [
        activated(),
        element("ACTIVATED", "Flow", "SEQUENCE_FLOW"),
        record("USAGE_METRIC", "EXPORTED"),
        deployed() | {"recordType": "COMMAND"},
    ],
)
def test_irrelevant_records_are_left_out(happened: dict[str, Any]) -> None:
    """Empty batches, flows, the engine's own affairs and commands are no story."""
    assert told(happened) is None
