"""Instances as the page shows them: tokens, incidents, and what each waits for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apify_camunda_cli.deployment.page_hints import Hints


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as the searches show it.

    Attributes:
        row: Its own row.
        active: How many tokens each active element has.
        passed: Elements that were completed, in order.
        types: The types of its elements, by their ids.
        incidents: Rows of its open incidents.
        messages: Rows of its open subscriptions.
        jobs: Rows of its open jobs.
        others: What else it waits for, a sentence each.
    """

    row: Mapping[str, Any]
    active: Mapping[str, int]
    passed: Sequence[str]
    types: Mapping[str, str]
    incidents: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    jobs: Sequence[Mapping[str, Any]]
    others: Sequence[str]

    @property
    def key(self) -> str:
        """Return its key."""
        return str(self.row["processInstanceKey"])

    def to_json(self, hints: Hints) -> dict[str, Any]:
        """Return the instance as the page shows it."""
        row = self.row
        return {
            "key": self.key,
            "processId": row["processDefinitionId"],
            "processKey": str(row["processDefinitionKey"]),
            "version": row["processDefinitionVersion"],
            "state": row["state"],
            "startedAt": row.get("startDate") or "",
            "endedAt": row.get("endDate"),
            "tokens": [{"elementId": name, "count": count} for name, count in self.active.items()],
            "passed": list(self.passed),
            "incidents": [_incident(each) for each in self.incidents],
            "waits": self.waits(hints),
        }

    def waits(self, hints: Hints) -> list[str]:
        """Return a sentence for each thing that the instance waits for."""
        return [
            *(_waits_for_message(each, hints) for each in self.messages),
            *(_waits_for_job(each, hints) for each in self.jobs),
            *self.others,
        ]


class Around:
    """What belongs to instances, by their keys."""

    def __init__(
        self,
        elements: Iterable[Mapping[str, Any]],
        incidents: Iterable[Mapping[str, Any]],
        jobs: Iterable[Mapping[str, Any]],
        waiting: Iterable[Mapping[str, Any]],
    ) -> None:
        self._elements = _by_instance(elements)
        self._incidents = _by_instance(incidents)
        self._jobs = _by_instance(jobs)
        self._waiting = _by_instance(waiting)

    def instance(self, row: Mapping[str, Any]) -> Instance:
        """Return an instance with what belongs to it."""
        key = str(row["processInstanceKey"])
        elements = sorted(self._elements[key], key=lambda each: int(each["elementInstanceKey"]))
        active = [each for each in elements if each["state"] == "ACTIVE"]
        done = (each["elementId"] for each in elements if each["state"] == "COMPLETED")
        is_active = row["state"] == "ACTIVE"
        return Instance(
            row=row,
            active=Counter(each["elementId"] for each in active),
            passed=list(dict.fromkeys(done)),
            types={each["elementId"]: str(each.get("type")) for each in elements},
            incidents=self._incidents[key],
            messages=self._waiting[key] if is_active else (),
            jobs=self._jobs[key] if is_active else (),
            others=list(filter(None, map(_waits_for_other, active))) if is_active else (),
        )


def _by_instance(rows: Iterable[Mapping[str, Any]]) -> defaultdict[str, list[Mapping[str, Any]]]:
    found: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[str(row.get("processInstanceKey"))].append(row)
    return found


def _incident(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": str(row["incidentKey"]),
        "elementId": row.get("elementId") or "",
        "kind": row.get("errorType") or "",
        "message": row.get("errorMessage") or "",
        "since": row.get("creationTime"),
    }


def _waits_for_message(row: Mapping[str, Any], hints: Hints) -> str:
    why = hints.why(row)
    waits = f"waits for message {row['messageName']!r} with key {row['correlationKey']!r}"
    return f"{row['elementId']} {waits}{f' ({why})' if why else ''}"


def _waits_for_other(row: Mapping[str, Any]) -> str | None:
    """Return what an active element waits for that has neither a job nor a message."""
    return f"{row['elementId']} waits for a person" if row.get("type") == "USER_TASK" else None


def _waits_for_job(row: Mapping[str, Any], hints: Hints) -> str:
    waits = f"{row['elementId']} waits for a worker of job type {row['type']!r} ({row['state']})"
    attempt = hints.attempts.get(str(row.get("jobKey"))) or {}
    said = []
    if attempt.get("run"):
        said.append(f"its run {attempt['run']} at Apify goes on")
    if row.get("hasFailedWithRetriesLeft"):
        said.append(f"it failed and is tried again; retries left: {row.get('retries')}")
    when = attempt.get("nextLook") or row.get("deadline")
    if when:
        said.append(f"it is looked at again at {str(when)[:19]} (UTC) at the latest")
    return f"{waits}: {'; '.join(said)}" if said else waits
