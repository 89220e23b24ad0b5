"""Which definitions listen, which rows change, and which are forgotten."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.registration.domain.definitions import Known, ScannedDefinition
from apify_camunda.registration.domain.scan_plan import MOST_FORGOTTEN, ScanPlan, Waiting, scan_plan

from tests import builders
from tests.fakes.clock import NOON

START, CATCH = builders.plain_start(element_id="Start"), builders.catch(element_id="Catch")
NONE_WAIT = Waiting(frozenset())
NO_ROWS: Known = MappingProxyType({})


def row(key: int, *elements: Any, **state: Any) -> ScannedDefinition:
    definition = ProcessDefinition(
        key=DefinitionKey(key), process_id="orders", version=key, tenant_id=DEFAULT_TENANT
    )
    return ScannedDefinition(definition, elements, **state)


def rows(*each: ScannedDefinition) -> dict[DefinitionKey, ScannedDefinition]:
    return {one.definition.key: one for one in each}


def planned(
    *known: ScannedDefinition, newest: int, waiting: Waiting = NONE_WAIT, doubtful: Known = NO_ROWS
) -> ScanPlan:
    newest_of = {(DEFAULT_TENANT, "orders"): row(newest).definition}
    return scan_plan(rows(*known), newest_of, waiting, doubtful=doubtful, now=NOON)


def heard(plan: ScanPlan) -> dict[int, list[str]]:
    return {each.definition.key: [element.element_id for element in each.elements] for each in plan.listening}


def test_older_version_listens_without_its_starts() -> None:
    """The newest version listens with all elements, an older one that waits with those that may wait."""
    waiting = Waiting(frozenset({DefinitionKey(1)}))
    plan = planned(row(1, START, CATCH, last_waiting=NOON), row(2, START, CATCH), newest=2, waiting=waiting)

    assert heard(plan) == {1: ["Catch"], 2: ["Start", "Catch"]}
    assert (plan.to_save, plan.to_forget) == ({}, ())


@pytest.mark.parametrize(
    ("minutes", "is_waiting", "round_minutes", "is_heard", "is_noted"),
    [
        pytest.param(None, False, 0, True, True, id="never asked about"),
        pytest.param(10, True, 0, True, False, id="noted just now"),
        pytest.param(20, True, 0, True, True, id="noted long ago"),
        pytest.param(59, False, 0, True, False, id="waited within the hour"),
        pytest.param(60, False, 0, False, False, id="waited an hour ago"),
        pytest.param(60, False, 31, True, False, id="waited within two rounds"),
    ],
)
def test_version_that_waited_listens_on(
    minutes: int | None, *, is_waiting: bool, round_minutes: int, is_heard: bool, is_noted: bool
) -> None:
    """A version is heard for an hour, or two rounds, after it was seen to wait; its row notes when."""
    seen = None if minutes is None else NOON - timedelta(minutes=minutes)
    older = row(1, CATCH, last_waiting=seen)
    keys = frozenset({DefinitionKey(1)} if is_waiting else ())
    waiting = Waiting(keys, timedelta(minutes=round_minutes))

    plan = planned(older, row(2), newest=2, waiting=waiting)

    assert (1 in heard(plan)) is is_heard
    assert plan.to_save == (rows(row(1, CATCH, last_waiting=NOON)) if is_noted else {})


@pytest.mark.parametrize(("days", "forgotten"), [(29, ()), (30, (1,))])
def test_row_of_a_version_that_waits_no_more_is_deleted(days: int, forgotten: tuple[int, ...]) -> None:
    """A version that was not seen to wait for 30 days is forgotten."""
    older = row(1, CATCH, last_waiting=NOON - timedelta(days=days))
    assert planned(older, row(2), newest=2).to_forget == forgotten


@pytest.mark.parametrize(
    ("listed", "forgotten"),
    [(frozenset(), (1,)), (frozenset({DefinitionKey(1)}), ()), (None, ())],
    ids=["not listed as waiting", "listed", "unknown"],
)
def test_row_of_a_superseded_version_is_deleted(
    listed: frozenset[DefinitionKey] | None, forgotten: Any
) -> None:
    """A version that cannot wait is forgotten, unless it would be read again because a list names it."""
    waiting = Waiting(frozenset(), listed=listed)
    assert planned(row(1, START), row(2), newest=2, waiting=waiting).to_forget == forgotten


def test_a_bounded_number_of_rows_is_deleted_in_one_tick() -> None:
    """Many superseded versions are forgotten in several ticks."""
    many = [row(key, START) for key in range(1, 500)]
    assert len(planned(*many, row(500), newest=500).to_forget) == MOST_FORGOTTEN


def test_newest_known_version_replaces_one_that_was_not_read() -> None:
    """Until the newest version has been read, the one before it listens with its starts."""
    assert heard(planned(row(1, START), row(2, START), newest=3)) == {2: ["Start"]}


def test_row_of_an_earlier_cluster_is_used_until_it_is_read_again() -> None:
    """A doubtful row listens only while there is no row about this cluster."""
    doubtful = rows(row(1, START))

    assert heard(planned(newest=1, doubtful=doubtful)) == {1: ["Start"]}
    assert heard(planned(row(1, CATCH), newest=1, doubtful=doubtful)) == {1: ["Catch"]}


def test_older_versions_of_a_process_out_of_sight_listen() -> None:
    """While a process is not shown, nothing is concluded from its versions not being listed as waiting."""
    older = row(1, CATCH, last_waiting=NOON - timedelta(days=2))
    assert heard(planned(older, row(2, START, unseen_since=NOON), newest=2)) == {1: ["Catch"], 2: ["Start"]}
