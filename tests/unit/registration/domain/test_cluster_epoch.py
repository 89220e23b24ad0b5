"""Since when the cluster under an address is the one that it is, and which rows are about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey, TenantId
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch, epoch_after, sort_rows
from apify_camunda.registration.domain.definitions import ScannedDefinition

from tests.fakes.clock import NOON

LATER = NOON + timedelta(hours=1)


def definition(
    key: int, process_id: str = "orders", version: int = 1, tenant: TenantId = DEFAULT_TENANT
) -> ProcessDefinition:
    return ProcessDefinition(key=DefinitionKey(key), process_id=process_id, version=version, tenant_id=tenant)


def rows(
    *definitions: ProcessDefinition, at: datetime | None = NOON
) -> dict[DefinitionKey, ScannedDefinition]:
    return {each.key: ScannedDefinition(each, (), scanned_at=at) for each in definitions}


def after(
    listed: list[ProcessDefinition],
    *known: ProcessDefinition,
    told: str | None = None,
    noted: str | None = None,
) -> ClusterEpoch:
    return epoch_after(ClusterEpoch(noted), told=told, rows=rows(*known), listed=listed, now=LATER)


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(definition(1, "invoices"), id="another process"),
        pytest.param(definition(1, version=2), id="another version"),
        pytest.param(definition(1, tenant=TenantId("t1")), id="another tenant"),
        pytest.param(definition(2), id="the same version under another key"),
    ],
)
def test_contradiction_begins_an_epoch(listed: ProcessDefinition) -> None:
    """A key, and a version of a process, name one definition: another list is another cluster's."""
    assert after([listed], definition(1)) == ClusterEpoch(None, since=LATER)


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([definition(1)], id="the same"),
        pytest.param([definition(3, version=2)], id="a newer version"),
        pytest.param([definition(3, "invoices")], id="another process beside it"),
        pytest.param([], id="nothing"),
    ],
)
def test_the_epoch_goes_on(listed: list[ProcessDefinition]) -> None:
    """What is deployed, or not shown, within one cluster begins no epoch."""
    assert after(listed, definition(1)) == ClusterEpoch()


@pytest.mark.parametrize(
    ("noted", "told", "epoch"),
    [
        pytest.param(None, "id-1", ClusterEpoch("id-1"), id="tells for the first time"),
        pytest.param("id-1", "id-1", ClusterEpoch("id-1"), id="tells the same"),
        pytest.param("id-1", None, ClusterEpoch("id-1"), id="does not answer"),
        pytest.param("id-1", "id-2", ClusterEpoch("id-2", LATER), id="tells another"),
    ],
)
def test_a_cluster_is_known_by_its_id(noted: str | None, told: str | None, epoch: ClusterEpoch) -> None:
    """Another id is another cluster, although its list says nothing against our rows."""
    assert after([definition(1)], definition(1), told=told, noted=noted) == epoch


def test_rows_of_an_earlier_cluster_prove_nothing() -> None:
    """A row that was written before the epoch began contradicts no list, so the epoch goes on."""
    noted = ClusterEpoch(None, since=NOON + timedelta(minutes=1))

    listed = [definition(1, "invoices")]
    assert epoch_after(noted, told=None, rows=rows(definition(1)), listed=listed, now=LATER) == noted


@pytest.mark.parametrize("scanned_at", [None, NOON - timedelta(seconds=1)])
def test_rows_are_sorted_by_what_they_are_worth(scanned_at: datetime | None) -> None:
    """Rows of this epoch count; earlier ones stand in for what is listed as they say, and are stale else."""
    earlier = rows(definition(1), definition(2, "invoices"), definition(3, "gone"), at=scanned_at)
    current = rows(definition(4, "new"))

    listed = [definition(1), definition(2, "another"), definition(4, "new")]
    found = sort_rows(earlier | current, listed, ClusterEpoch(None, NOON))

    assert list(found.current) == [4]
    assert list(found.doubtful) == [1]
    assert found.stale == frozenset({DefinitionKey(2), DefinitionKey(3)})
