"""What becomes of a process that the list of newest versions leaves out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.domain.missing_processes import (
    Active,
    NotShown,
    Sighting,
    Undeployed,
    confirm_processes,
    missing_processes,
)

from tests import builders
from tests.fakes.clock import NOON

PROCESS = (DEFAULT_TENANT, "orders")
A_DAY_AGO = NOON - timedelta(days=1)


def row(key: int = 1001, *, waits: bool = False, **state: Any) -> ScannedDefinition:
    definition = ProcessDefinition(
        key=DefinitionKey(key), process_id="orders", version=key - 1000, tenant_id=DEFAULT_TENANT
    )
    element = builders.catch() if waits else builders.plain_start()
    return ScannedDefinition(definition, (element,), **state)


def rows(*each: ScannedDefinition) -> dict[DefinitionKey, ScannedDefinition]:
    return {one.definition.key: one for one in each}


def test_the_newest_version_of_a_process_is_missing() -> None:
    """A process that is not listed is missing once, by its newest version; a retired one is not missing."""
    assert missing_processes(rows(row(1001), row(1002)), {}) == {PROCESS: row(1002)}
    assert missing_processes(rows(row(1001)), {PROCESS: row(1001).definition}) == {}
    assert missing_processes(rows(row(1001, is_retired=True)), {}) == {}


@pytest.mark.parametrize(
    ("sighting", "unseen_since", "is_there"),
    [
        pytest.param(None, None, True, id="not asked about"),
        pytest.param(Active(row(1002).definition), None, True, id="active"),
        pytest.param(NotShown(), None, True, id="not shown for the first time"),
        pytest.param(NotShown(), A_DAY_AGO + timedelta(seconds=1), True, id="not shown for less than a day"),
        pytest.param(NotShown(), A_DAY_AGO, False, id="not shown for a day"),
        pytest.param(Undeployed(), None, False, id="undeployed"),
    ],
)
def test_what_is_proved_to_be_gone_goes(
    sighting: Sighting | None, unseen_since: Any, *, is_there: bool
) -> None:
    """A process goes when the cluster shows it as undeployed, or has not shown it for a day."""
    known = rows(row(unseen_since=unseen_since))
    confirmed = confirm_processes(known, {}, {PROCESS: sighting} if sighting else {}, NOON)

    assert (PROCESS in confirmed.newest) is is_there
    assert (PROCESS not in confirmed.gone) is is_there
    assert confirmed.to_forget == (set() if is_there else {1001})


def test_process_out_of_sight_is_noted_once() -> None:
    """The row says since when the process is not shown; later ticks leave that as it is."""
    confirmed = confirm_processes(rows(row()), {}, {PROCESS: NotShown()}, NOON)
    assert confirmed.to_save == rows(row(unseen_since=NOON))
    assert confirmed.hidden == {PROCESS}

    later = confirm_processes(confirmed.known, {}, {PROCESS: NotShown()}, NOON + timedelta(hours=1))
    assert (later.to_save, later.hidden) == ({}, frozenset())


def test_versions_that_may_wait_outlive_their_process() -> None:
    """Of an undeployed process those versions are kept whose instances may wait; the others are forgotten."""
    confirmed = confirm_processes(rows(row(1001, waits=True), row(1002)), {}, {PROCESS: Undeployed()}, NOON)

    assert confirmed.known == rows(row(1001, waits=True, is_retired=True, last_waiting=NOON))
    assert confirmed.to_save == confirmed.known
    assert confirmed.to_forget == {1002}


@pytest.mark.parametrize("state", [{"unseen_since": NOON}, {"is_retired": True}], ids=str)
def test_process_that_is_listed_again_is_as_before(state: dict[str, Any]) -> None:
    """A version that is listed again is neither out of sight nor retired."""
    confirmed = confirm_processes(rows(row(**state)), {PROCESS: row().definition}, {}, NOON)

    assert confirmed.known == confirmed.to_save == rows(row())
