"""Keeps attempts of jobs in the ledger table: one item an attempt, and the rest of a large outcome beside it.

An attempt is `attempt#{job key}` / `{number}`; the rest of its outcome is `outcome#{attempt}` / `{part}`;
whose a run is, is `run#{run}` / `owner`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from apify_camunda.apify.model import TERMINAL_STATUSES
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState
from apify_camunda.outbound.domain.next_step import parts_of
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR: Final = timedelta(days=30)
"""From its last change; a job that waits for its run is looked at each hour."""
_PART_BYTES: Final = 350_000  # an item may have 400 KB
_THERE: Final = "attribute_exists(#state)"
_SAME_RUN: Final = f"{_THERE} AND (attribute_not_exists(run_id) OR run_id = :run)"


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt, and when its row was last written, to the second."""

    attempt: Attempt
    changed_at: datetime


class DynamoDBAttempts:
    """The port `AttemptLedger` over DynamoDB; conditions decide every race."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
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
        item = {
            **_key(attempt.id),
            "cluster": {"S": attempt.cluster},
            "place": {"S": attempt.place},
            "retries": {"N": str(attempt.retries)},
            "state": {"S": attempt.state.value},
            "lease_until": {"N": _number(attempt.lease_until)},
            "began_at": {"S": attempt.began_at},
            "fingerprint": {"S": attempt.fingerprint},
            "looks": {"N": str(attempt.looks)},
            "expires_at": self._expires_at(),
        }
        return await self._table.put_new(item)

    async def take_lease(self, attempt: Attempt, *, lease_until: float) -> bool:
        """Move the lease of a STARTING attempt that still has the lease that `attempt` shows."""
        return await self._change(
            attempt.id,
            "SET lease_until = :new",
            "#state = :starting AND attribute_not_exists(run_id) AND lease_until = :old",
            {
                ":starting": {"S": AttemptState.STARTING.value},
                ":new": {"N": _number(lease_until)},
                ":old": {"N": _number(attempt.lease_until)},
            },
        )

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
        # No row ever lets go of its run, so who has another one can never note this one.
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

    async def record_run(self, attempt: AttemptId, run_id: RunId) -> bool:
        """Note the run's id, unless another run is noted already."""
        return await self._change(attempt, "SET run_id = :run", _SAME_RUN, {":run": {"S": run_id}})

    async def record_status(self, attempt: AttemptId, run_id: RunId, status: str) -> Attempt | None:
        """Note what a callback said of the run, and return the row."""
        ended = {f":ended{number}": {"S": name} for number, name in enumerate(sorted(TERMINAL_STATUSES))}
        await self._change(
            attempt,
            "SET run_id = :run, run_status = :status, looks = :none",
            f"{_SAME_RUN} AND (attribute_not_exists(run_status) OR NOT run_status IN ({', '.join(ended)}))",
            {":run": {"S": run_id}, ":status": {"S": status}, ":none": {"N": "0"}, **ended},
        )
        return await self._row(attempt)

    async def record_look(self, attempt: AttemptId, looks: int) -> None:
        """Note how often the run was looked at, or its start was put off."""
        await self._change(attempt, "SET looks = :looks", _THERE, {":looks": {"N": str(looks)}})

    async def expect_retries(self, attempt: AttemptId, retries: int) -> None:
        """Let a job that comes with so few retries go on with this attempt."""
        await self._change(attempt, "SET retries = :retries", _THERE, {":retries": {"N": str(retries)}})

    async def decide(self, attempt: AttemptId, outcome: JsonObject) -> JsonObject:
        """Write the outcome unless one is written, and return the one that stands."""
        packed = zlib.compress(json.dumps(outcome).encode())
        digest = hashlib.sha256(packed).hexdigest()[:16]
        # The parts go first: a row that says DECIDED has all of them.
        parts = [packed[start : start + _PART_BYTES] for start in range(0, len(packed), _PART_BYTES)]
        for number, part in enumerate(parts[1:], start=1):
            key = _part_key(attempt, digest, number)
            await self._table.put({**key, "part": {"B": part}, "expires_at": self._expires_at()})
        is_decided = await self._change(
            attempt,
            "SET #state = :decided, outcome = :first, outcome_parts = :parts, outcome_digest = :digest",
            "attribute_exists(#state) AND NOT #state IN (:decided, :closed)",
            {
                ":decided": {"S": AttemptState.DECIDED.value},
                ":closed": {"S": AttemptState.CLOSED.value},
                ":first": {"B": parts[0]},
                ":parts": {"N": str(len(parts))},
                ":digest": {"S": digest},
            },
        )
        row = None if is_decided else await self._row(attempt)
        return outcome if row is None or row.outcome is None else row.outcome

    async def reconsider(self, attempt: AttemptId) -> None:
        """Drop a decided outcome that Camunda refuses; its parts expire by themselves."""
        await self._change(
            attempt,
            "SET #state = :starting, retries = :none REMOVE outcome, outcome_parts, outcome_digest",
            "#state = :decided",
            {
                ":starting": {"S": AttemptState.STARTING.value},
                ":decided": {"S": AttemptState.DECIDED.value},
                ":none": {"N": "0"},
            },
        )

    async def close(self, attempt: AttemptId, *, retries: int = 0) -> None:
        """Note that the outcome has been reported, and let go of it; its parts expire by themselves."""
        await self._change(
            attempt,
            "SET #state = :closed, retries = :left REMOVE outcome, outcome_parts, outcome_digest",
            _THERE,
            {":closed": {"S": AttemptState.CLOSED.value}, ":left": {"N": str(retries)}},
        )

    async def _change(self, attempt: AttemptId, change: str, condition: str, values: Item) -> bool:
        if parts_of(attempt) is None:
            return False
        setting, removing, removed = change.partition(" REMOVE ")
        changed = await self._table.update(
            _key(attempt),
            f"{setting}, expires_at = :expires_at{removing}{removed}",
            condition,
            {**values, ":expires_at": self._expires_at()},
        )
        return changed is not None

    async def _row(self, attempt: AttemptId) -> Attempt | None:
        if parts_of(attempt) is None:
            return None
        item = await self._table.get(_key(attempt))
        return None if item is None else await self._read(item)

    async def _read(self, item: Item) -> Attempt:
        job, number = int(item["pk"]["S"].partition("#")[2]), int(item["sk"]["S"])
        attempt = AttemptId(f"{job}-{number}")
        return Attempt(
            id=attempt,
            job_key=JobKey(job),
            number=number,
            retries=int(item["retries"]["N"]),
            state=_state(item),
            lease_until=float(item["lease_until"]["N"]),
            began_at=item["began_at"]["S"],
            fingerprint=item["fingerprint"]["S"],
            run_id=RunId(item["run_id"]["S"]) if "run_id" in item else None,
            run_status=item["run_status"]["S"] if "run_status" in item else None,
            looks=int(item["looks"]["N"]),
            outcome=await self._outcome(attempt, item),
            cluster=item["cluster"]["S"],
            place=item["place"]["S"] if "place" in item else "",
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
    """Return how far an attempt has come: it is STARTED as soon as its run is noted."""
    state = AttemptState(item["state"]["S"])
    return AttemptState.STARTED if state is AttemptState.STARTING and "run_id" in item else state


def _number(value: float) -> str:
    """Return a number as DynamoDB keeps it, so that what was read can be compared again."""
    return format(Decimal(repr(value)).normalize(), "f")
