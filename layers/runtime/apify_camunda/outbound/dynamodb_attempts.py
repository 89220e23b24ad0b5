"""Keeps attempts of jobs in the ledger table: one item an attempt, and the rest of a large outcome beside it.

An attempt is `attempt#{job key}` / `{number}`; the rest of its outcome is `outcome#{attempt}` / `{part}`;
the owner of a run is `run#{run}` / `owner`. Each version of an attempt has its own stamp. A change is
written only over the version that it was made from, so a call that arrives late changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState
from apify_camunda.outbound.domain.attempt_transitions import Transition, after
from apify_camunda.outbound.domain.next_step import parts_of
from apify_camunda.outbound.ports import Change
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.ports import Clock

KEPT_FOR: Final = timedelta(days=30)
"""From its last change; a job that waits for its run is looked at each hour."""
_PART_BYTES: Final = 350_000  # an item may have 400 KB
_MOST_CONFLICTS: Final = 8


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt, and when its row was last written, to the second."""

    attempt: Attempt
    changed_at: datetime


class DynamoDBAttempts:
    """The port `AttemptLedger` over DynamoDB; conditions decide every race."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def latest(self, job: JobKey) -> Attempt | None:
        """Return the job's newest attempt, read consistently."""
        items = await self._table.items(f"attempt#{job}")
        if not items:
            return None
        newest = max(items, key=lambda item: str(item["sk"]["S"]))
        return await self._read(newest)

    async def history(self) -> Sequence[StoredAttempt]:
        """Return every attempt that is remembered, latest change first; this reads the whole table."""
        items = await self._table.scan("attempt#")
        stored = [StoredAttempt(await self._read(item), _changed_at(item)) for item in items]
        return sorted(stored, key=lambda each: each.changed_at, reverse=True)

    async def open(self, attempt: Attempt) -> bool:
        """Write a new attempt; False where another poller wrote the same number before."""
        opened = replace(attempt, stamp=_new_stamp())
        if await self._table.put_new(await self._item(opened)):
            return True
        # The answer to our own write may have been lost, and the repeated write refused.
        row = await self._row(attempt.id)
        return row is not None and row.stamp == opened.stamp

    async def change(
        self, attempt: AttemptId, transition: Transition, *, seen: Attempt | None = None
    ) -> Change:
        """Apply a transition to the row as it is; `seen` saves reading it where it has not changed since."""
        row = seen if seen is not None and seen.stamp else await self._row(attempt)
        is_current = row is not seen
        written: set[str] = set()
        for _ in range(_MOST_CONFLICTS):
            if row is None or row.stamp in written:  # the answer to our own write was lost
                return Change(row is not None, row)
            changed = after(row, transition)
            if changed is not None and changed != row:
                changed = replace(changed, stamp=_new_stamp())
                written.add(changed.stamp)
                if await self._replace(row, changed):
                    return Change(done=True, row=changed)
            elif is_current:
                return Change(changed is not None, row)
            row, is_current = await self._row(attempt), True
        raise StoreUnavailable(f"The row of attempt {attempt} changed again and again.")

    async def _replace(self, row: Attempt, changed: Attempt) -> bool:
        """Write a version of a row over the one that it was made from."""
        item = await self._item(changed)
        if row.stamp:
            return await self._table.put_if(item, "stamp = :stamp", {":stamp": {"S": row.stamp}})
        return await self._table.put_if(item, "attribute_not_exists(stamp)", {})  # of version 0.1.0

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        """Make a run this attempt's alone; False where it is another's."""
        item = {**_run_key(run_id), "attempt": {"S": attempt}, "expires_at": self._expires_at()}
        if await self._table.put_new(item):
            return True
        claimant = await self._claimant(run_id)
        if claimant is None or claimant == attempt:
            return claimant is not None
        if not await self._has_another_run(claimant, run_id):
            return False
        # No row ever changes its run, so an attempt that has another one can never note this one.
        taken = await self._table.update(
            _run_key(run_id),
            "SET attempt = :attempt, expires_at = :expires_at",
            "attempt = :claimant",
            {":attempt": {"S": attempt}, ":claimant": {"S": claimant}, ":expires_at": self._expires_at()},
        )
        return taken is not None

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        """Return the attempt that a run belongs to, or None."""
        claimant = await self._claimant(run_id)
        is_free = claimant is None or await self._has_another_run(claimant, run_id)
        return None if is_free else claimant

    async def _claimant(self, run_id: RunId) -> AttemptId | None:
        item = await self._table.get(_run_key(run_id))
        return None if item is None else AttemptId(item["attempt"]["S"])

    async def _has_another_run(self, attempt: AttemptId, run_id: RunId) -> bool:
        row = await self._table.get(_key(attempt)) if parts_of(attempt) else None
        return row is not None and "run_id" in row and bool(row["run_id"]["S"] != run_id)

    async def _row(self, attempt: AttemptId) -> Attempt | None:
        if parts_of(attempt) is None:
            return None
        item = await self._table.get(_key(attempt))
        return None if item is None else await self._read(item)

    async def _item(self, row: Attempt) -> Item:
        """Return the item of a row, once the parts of a large outcome are written."""
        item = {
            **_key(row.id),
            "cluster": {"S": row.cluster},
            "cluster_told": {"S": row.cluster_told},
            "place": {"S": row.place},
            "retries": {"N": str(row.retries)},
            "state": {"S": row.state.value},
            "lease_until": {"N": _seconds(row.lease_until)},
            "began_at": {"S": row.began_at.isoformat()},
            "fingerprint": {"S": row.fingerprint},
            "looks": {"N": str(row.looks)},
            "is_seen": {"BOOL": row.is_seen},
            "lost_by": {"S": row.lost_by},
            "lost_starts": {"N": str(row.lost_starts)},
            "stamp": {"S": row.stamp},
            "expires_at": self._expires_at(),
        }
        if row.sends_callback is not None:
            item["sends_callback"] = {"BOOL": row.sends_callback}
        if row.reported_runs:
            item["reported_runs"] = {"L": [{"S": run_id} for run_id in row.reported_runs]}
        texts = {"run_id": row.run_id, "run_status": row.run_status}
        item |= {name: {"S": text} for name, text in texts.items() if text is not None}
        return item if row.outcome is None else item | await self._stored_outcome(row.id, row.outcome)

    async def _stored_outcome(self, attempt: AttemptId, outcome: JsonObject) -> dict[str, Any]:
        """Return the attributes of an outcome; a row that says DECIDED has all of its parts."""
        packed = zlib.compress(json.dumps(outcome).encode())
        digest = hashlib.sha256(packed).hexdigest()[:16]
        parts = [packed[start : start + _PART_BYTES] for start in range(0, len(packed), _PART_BYTES)]
        for number, part in enumerate(parts[1:], start=1):
            key = _part_key(attempt, digest, number)
            await self._table.put({**key, "part": {"B": part}, "expires_at": self._expires_at()})
        return {
            "outcome": {"B": parts[0]},
            "outcome_parts": {"N": str(len(parts))},
            "outcome_digest": {"S": digest},
        }

    async def _read(self, item: Item) -> Attempt:
        job, number = int(item["pk"]["S"].partition("#")[2]), int(item["sk"]["S"])
        attempt = AttemptId(f"{job}-{number}")
        return Attempt(
            id=attempt,
            job_key=JobKey(job),
            number=number,
            retries=int(item["retries"]["N"]),
            state=_state(item),
            lease_until=_moment(item["lease_until"]["N"]),
            began_at=datetime.fromisoformat(item["began_at"]["S"]),
            fingerprint=item["fingerprint"]["S"],
            sends_callback=item.get("sends_callback", {}).get("BOOL"),
            lost_by=item.get("lost_by", {}).get("S", ""),
            lost_starts=int(item.get("lost_starts", {"N": "0"})["N"]),
            reported_runs=tuple(RunId(each["S"]) for each in item.get("reported_runs", {"L": []})["L"]),
            run_id=RunId(item["run_id"]["S"]) if "run_id" in item else None,
            run_status=item["run_status"]["S"] if "run_status" in item else None,
            looks=int(item["looks"]["N"]),
            is_seen=bool(item.get("is_seen", {}).get("BOOL")),
            outcome=await self._outcome(attempt, item),
            cluster=item["cluster"]["S"],
            cluster_told=item.get("cluster_told", {}).get("S", ""),
            place=item["place"]["S"] if "place" in item else "",
            stamp=item["stamp"]["S"] if "stamp" in item else "",
        )

    async def _outcome(self, attempt: AttemptId, item: Item) -> JsonObject | None:
        if "outcome" not in item:
            return None
        packed = bytes(item["outcome"]["B"])
        for number in range(1, int(item["outcome_parts"]["N"])):
            part = await self._table.get(_part_key(attempt, item["outcome_digest"]["S"], number))
            if part is None:
                return None  # it has expired: the run itself can be looked at again
            packed += bytes(part["part"]["B"])
        return cast(JsonObject, json.loads(zlib.decompress(packed)))

    def _expires_at(self) -> dict[str, str]:
        return {"N": str(int((self._clock.now() + KEPT_FOR).timestamp()))}


def _changed_at(item: Item) -> datetime:
    return datetime.fromtimestamp(float(item["expires_at"]["N"]), UTC) - KEPT_FOR


def _key(attempt: AttemptId) -> Item:
    job, number = cast(tuple[JobKey, int], parts_of(attempt))
    return key_of(f"attempt#{job}", f"{number:06d}")


def _run_key(run_id: RunId) -> Item:
    return key_of(f"run#{run_id}", "owner")


def _part_key(attempt: AttemptId, digest: str, number: int) -> Item:
    return key_of(f"outcome#{attempt}", f"{digest}#{number:03d}")


def _state(item: Item) -> AttemptState:
    """Return how far an attempt has come; version 0.1.0 left STARTING in rows whose run is known."""
    state = AttemptState(item["state"]["S"])
    return AttemptState.STARTED if state is AttemptState.STARTING and "run_id" in item else state


def _new_stamp() -> str:
    return secrets.token_hex(8)


def _seconds(moment: datetime | None) -> str:
    """Return a time in seconds since 1970; 0 for None."""
    return "0" if moment is None else format(Decimal(repr(moment.timestamp())).normalize(), "f")


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), tz=UTC) if float(seconds) else None
