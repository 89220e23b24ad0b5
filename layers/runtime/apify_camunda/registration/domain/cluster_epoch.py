"""Decides since when the cluster under an address is the cluster that it is, and which rows belong to it.

A cluster that is reset, or restored from a backup, keeps its address and counts its keys from the start: a
row of ours under a key may then be about another definition. Within one cluster a key, and a version of a
process, name one definition for all time, so a list that says otherwise proves that the cluster is another
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.registration.domain.definitions import Known, ScannedDefinition

_Version: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class ClusterEpoch:
    """The time of one cluster under its address.

    Attributes:
        cluster_id: What the cluster calls itself (8.9 and newer), or None where it never told.
        since: Rows that were written before this time are about an earlier cluster; None: there was none.
    """

    cluster_id: str | None = None
    since: datetime | None = None

    def includes(self, row: ScannedDefinition) -> bool:
        """Say whether a row is about this cluster."""
        return self.since is None or (row.scanned_at is not None and row.scanned_at >= self.since)


@dataclass(frozen=True, slots=True)
class SortedRows:
    """The rows of definitions, by what they are worth.

    Attributes:
        current: Rows about this cluster.
        doubtful: Rows about an earlier cluster whose definition is listed by this one under the same key and
            version: they are used until the XML, which may be another, has been read again.
        stale: Keys of all other rows about an earlier cluster.
    """

    current: Mapping[DefinitionKey, ScannedDefinition]
    doubtful: Mapping[DefinitionKey, ScannedDefinition]
    stale: frozenset[DefinitionKey]


def epoch_after(
    noted: ClusterEpoch, *, told: str | None, rows: Known, listed: Iterable[ProcessDefinition], now: datetime
) -> ClusterEpoch:
    """Return the epoch of the cluster that answers now: the noted one, unless it proves to be another.

    Args:
        noted: The epoch of the last tick.
        told: What the cluster calls itself; None where it does not tell, or did not answer.
        rows: All rows under this address.
        listed: The newest versions that the cluster lists.
        now: When a new epoch begins.
    """
    is_renamed = told is not None and noted.cluster_id is not None and told != noted.cluster_id
    current = {key: row for key, row in rows.items() if noted.includes(row)}
    if is_renamed or _is_contradicted(current, listed):
        return ClusterEpoch(told, since=now)
    return ClusterEpoch(told or noted.cluster_id, noted.since)


def sort_rows(rows: Known, listed: Iterable[ProcessDefinition], epoch: ClusterEpoch) -> SortedRows:
    """Return the rows by what they are worth in this epoch."""
    by_key = {each.key: each for each in listed}
    current: dict[DefinitionKey, ScannedDefinition] = {}
    doubtful: dict[DefinitionKey, ScannedDefinition] = {}
    for key, row in rows.items():
        if epoch.includes(row):
            current[key] = row
        elif key in by_key and _version_of(row.definition) == _version_of(by_key[key]):
            doubtful[key] = row
    return SortedRows(current, doubtful, frozenset(rows.keys() - current.keys() - doubtful.keys()))


def _is_contradicted(rows: Known, listed: Iterable[ProcessDefinition]) -> bool:
    keys = {_version_of(row.definition): key for key, row in rows.items()}
    for each in listed:
        row = rows.get(each.key)
        if row is not None and _version_of(row.definition) != _version_of(each):
            return True
        if keys.get(_version_of(each), each.key) != each.key:
            return True
    return False


def _version_of(definition: ProcessDefinition) -> _Version:
    return definition.tenant_id, definition.process_id, definition.version
