"""Makes world files: one that holds what two hold, and one in which runs go as they went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from apify_camunda_cli.local.page_apify import RecordedRun

_LISTS: Final = {
    "users": ("username",),
    "actors": ("owner", "name"),
    "tasks": ("owner", "name"),
    "datasets": ("owner", "name"),
    "keyValueStores": ("owner", "name"),
}
_LONGEST_RUN_S: Final = 3.0
_BETWEEN_EVENTS_S: Final = 1.0


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a world with what both hold; of an Actor, task or storage in both, the other's.

    A user of both stays as it is in the first; an Actor or task keeps the first one's id.
    """
    found = dict(one)
    for name, parts in _LISTS.items():
        rows = {tuple(row.get(part) for part in parts): row for row in one.get(name, ())}
        for row in other.get(name, ()):
            key = tuple(row.get(part) for part in parts)
            if name == "users" and key in rows:
                continue
            kept = {"id": rows[key]["id"]} if key in rows and "id" in rows[key] else {}
            rows[key] = {**row, **kept}
        if rows:
            found[name] = list(rows.values())
    return found


def repeated(
    world: Mapping[str, Any],
    runs: Sequence[RecordedRun],
    events: Sequence[RecordedRun],
    ended_by_hand: Collection[str],
) -> dict[str, Any]:
    """Return a world in which these runs go as they went.

    Args:
        world: What there was.
        runs: The runs, oldest first.
        events: Those of them that a person started, which start by themselves then.
        ended_by_hand: Ids of runs that a person ended: the runs of their Actors get an entry each.
    """
    owners = {run.behaves_as for run in runs if run.id in ended_by_hand}
    found = dict(world)
    for name in ("actors", "tasks"):
        if name in world:
            found[name] = [_behaving(row, runs, owners) for row in world[name]]
    others = [event for event in world.get("events", ()) if "startRun" not in event]
    found["events"] = [*others, *(_event(number, run) for number, run in enumerate(events, 1))]
    return found


def _behaving(
    row: Mapping[str, Any], runs: Sequence[RecordedRun], owners: Collection[str]
) -> Mapping[str, Any]:
    name = f"{row.get('owner')}/{row.get('name')}"
    if name not in owners:
        return row
    before = list(row.get("runs", ()))
    own = [_entry(run, before) for run in runs if run.behaves_as == name and run.status is not None]
    return {**row, "runs": [*own, *before]}


def _entry(run: RecordedRun, before: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = run.behaviour is not None and run.behaviour < len(before)
    origin = dict(before[run.behaviour]) if known and run.behaviour is not None else {}
    origin.pop("when", None)
    seconds = min(run.seconds or 0.0, _LONGEST_RUN_S)
    return {**origin, "times": 1, "ends": run.status, "durationSeconds": round(seconds, 2)}


def _event(number: int, run: RecordedRun) -> dict[str, Any]:
    started: dict[str, Any] = {"task" if run.is_task else "actor": run.target}
    if isinstance(run.input, Mapping) and not run.is_task:
        started["input"] = dict(run.input)
    return {"afterSeconds": number * _BETWEEN_EVENTS_S, "startRun": started}
