"""Decides what became of a process that the list of newest versions leaves out.

An empty answer says little: a permission may be missing, an index may lag behind. A process is gone if the
cluster shows it and does not call it active, or if the cluster has not shown it for a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.registration.domain.definitions import (
    Known,
    Newest,
    ProcessKey,
    ScannedDefinition,
    newest_known,
)

UNSEEN_FOR: Final = timedelta(days=1)
"""How long a process that is not shown any more keeps listening, so that a permission may come back."""


@dataclass(frozen=True, slots=True)
class Active:
    """The cluster has an active version of the process."""

    definition: ProcessDefinition


@dataclass(frozen=True, slots=True)
class Undeployed:
    """The cluster shows the process, and no active version of it."""


@dataclass(frozen=True, slots=True)
class NotShown:
    """The cluster shows nothing of the process."""


Sighting: TypeAlias = Active | Undeployed | NotShown


@dataclass(frozen=True, slots=True)
class ConfirmedProcesses:
    """Which processes there are.

    Attributes:
        known: The rows of definitions, with what was decided about them.
        newest: The newest version of each process that is there, or may be.
        to_save: Rows that have changed.
        to_forget: Keys of rows that nothing needs any more.
        hidden: Processes that went out of sight in this tick.
        gone: Processes that are gone.
    """

    known: Known
    newest: Newest
    to_save: Mapping[DefinitionKey, ScannedDefinition]
    to_forget: frozenset[DefinitionKey]
    hidden: frozenset[ProcessKey]
    gone: frozenset[ProcessKey]


def missing_processes(known: Known, newest: Newest) -> dict[ProcessKey, ScannedDefinition]:
    """Return the newest known version of each process that should be listed and is not."""
    return newest_known(each for each in known.values() if not each.is_retired and each.process not in newest)


def confirm_processes(
    known: Known, newest: Newest, sightings: Mapping[ProcessKey, Sighting], now: datetime
) -> ConfirmedProcesses:
    """Return which processes there are; a missing one that was not asked about stays as it is.

    Of a process that is gone, only versions whose instances may still wait are kept.
    """
    to_save = _listed_again(known, newest)
    rows = {**known, **to_save}
    missing = missing_processes(rows, newest)
    found = {process: each.definition for process, each in missing.items()}
    hidden: set[ProcessKey] = set()
    gone: set[ProcessKey] = set()
    for process, sighting in sightings.items():
        row = missing[process]
        match sighting:
            case Active(definition=definition):
                found[process] = definition
            case Undeployed():
                gone.add(process)
            case NotShown():
                if row.unseen_since is None:
                    to_save[row.definition.key] = row.out_of_sight(now)
                    hidden.add(process)
                elif now - row.unseen_since >= UNSEEN_FOR:
                    gone.add(process)
            case _:
                assert_never(sighting)
    rows |= to_save
    retired = {key: each.retired(now) for key, each in rows.items() if each.process in gone and each.may_wait}
    to_forget = frozenset(key for key, each in rows.items() if each.process in gone and key not in retired)
    return ConfirmedProcesses(
        known={key: retired.get(key, each) for key, each in rows.items() if key not in to_forget},
        newest={**newest, **{process: each for process, each in found.items() if process not in gone}},
        to_save=to_save | retired,
        to_forget=to_forget,
        hidden=frozenset(hidden),
        gone=frozenset(gone),
    )


def _listed_again(known: Known, newest: Newest) -> dict[DefinitionKey, ScannedDefinition]:
    """Return the rows of versions that were out of sight, or taken for gone, and are listed again."""
    listed = (known[each.key] for each in newest.values() if each.key in known)
    again = (each for each in listed if each.is_retired or each.unseen_since)
    return {each.definition.key: each.back_in_sight() for each in again}
