"""Says why the message that an instance waits for has not come, from what became of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

_MOST_KEYS: Final = 5

Place: TypeAlias = tuple[str, str]
"""Process id and element id."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from.

    Attributes:
        run: The id of its run; None where its payload is not kept.
        at: When it was published, or decided.
    """

    run: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Hints:
    """What became of events that did not reach an instance that waits.

    Attributes:
        published: With which correlation keys messages were published, by their names.
        rejected: Why events were rejected, by process id and element id.
        ignored: That events were ignored, by process id and element id.
        starters: Which instance started a run: keys of instances by ids of runs.
        attempts: What is known of jobs that run: attempts as `runs list` shows them, by the keys of jobs.
        reached: Names and keys of messages that reached an instance, or for which one waited.
    """

    published: dict[str, list[tuple[str, Origin]]] = field(default_factory=dict)
    rejected: dict[Place, list[tuple[str, Origin]]] = field(default_factory=dict)
    ignored: dict[Place, list[tuple[str, Origin]]] = field(default_factory=dict)
    starters: Mapping[str, str] = field(default_factory=dict)
    attempts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reached: frozenset[tuple[str, str]] = frozenset()

    def why(self, row: Mapping[str, Any]) -> str | None:
        """Return why the message of a subscription has not come, or None where nothing tells.

        Args:
            row: An open subscription, as REST has it.
        """
        if others := self.other_keys(row):
            came = ", ".join(map(repr, others[:_MOST_KEYS]))
            return f"an event came with key {came}: the two correlation keys differ"
        place = str(row.get("processDefinitionId")), str(row["elementId"])
        told = (*self.rejected.get(place, ()), *self.ignored.get(place, ()))
        return next((said for said, origin in told if self._is_related(row, origin)), None)

    def other_keys(self, row: Mapping[str, Any]) -> list[str]:
        """Return the keys of related messages that reached no instance, without the key of the row."""
        name = row["messageName"]
        found = {
            key
            for key, origin in self.published.get(name, ())
            if (name, key) not in self.reached and self._is_related(row, origin)
        }
        return sorted(found - {row["correlationKey"]})

    def _is_related(self, row: Mapping[str, Any], origin: Origin) -> bool:
        """Say whether an event can be the one that is waited for.

        That of a run that the instance has started is: also where it came before the instance waited, because
        a short run may end sooner. Any other came since, and is of no other instance's run.
        """
        mine = {str(row.get("processInstanceKey")), str(row.get("rootProcessInstanceKey"))}
        if origin.run is not None and origin.run in self.starters:
            return self.starters[origin.run] in mine
        since = _moment(row.get("lastUpdatedDate"))
        if since is not None and origin.at < since:
            return False
        return origin.run is None or mine.isdisjoint(self.starters.values())


def _moment(text: Any) -> datetime | None:
    """Return the second of a date, as rows of the ledger have it; None where it is not given."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=0)
