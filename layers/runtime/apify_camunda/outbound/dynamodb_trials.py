"""Remembers tries of jobs in the ledger table, as `trials#{job}` / `{retries}#{digest of the place}`.

The key has all that an attempt belongs to, so that no other job and no other retry shares the row.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.outbound.domain.next_step import place_of
from apify_camunda.outbound.domain.trials import Trials
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.ports import Clock

KEPT_FOR: Final = timedelta(days=7)


class DynamoDBTrials:
    """The port `JobTrials` over DynamoDB."""

    def __init__(self, *, client: AnyDynamoDB, table: str, cluster: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._cluster = cluster
        self._clock = clock

    async def begin(self, job: ActivatedJob, *, is_suspect: bool = False) -> bool:
        """Count a work before it begins; see JobTrials."""
        change = "SET expires_at = :expires_at ADD works :one"
        condition = "attribute_exists(pk)" if is_suspect else "attribute_not_exists(works) OR works = :none"
        values = {":one": {"N": "1"}, ":expires_at": self._expires_at()}
        if not is_suspect:
            values[":none"] = {"N": "0"}
        return await self._table.update(self._key(job), change, condition, values) is not None

    async def read(self, job: ActivatedJob) -> Trials:
        """Return what is remembered of the job."""
        item = await self._table.get(self._key(job))
        if item is None:
            return Trials()
        return Trials(
            works=int(item.get("works", {"N": "0"})["N"]),
            tries=int(item.get("tries", {"N": "0"})["N"]),
            since=_moment(item, "since"),
            last_at=_moment(item, "last_at"),
        )

    async def write(self, job: ActivatedJob, trials: Trials) -> None:
        """Remember this of the job from now on."""
        numbers = {"works": {"N": str(trials.works)}, "tries": {"N": str(trials.tries)}}
        times = {"since": trials.since, "last_at": trials.last_at}
        texts = {name: {"S": time.isoformat()} for name, time in times.items() if time is not None}
        await self._table.put({**self._key(job), **numbers, **texts, "expires_at": self._expires_at()})

    def _key(self, job: ActivatedJob) -> Item:
        place = hashlib.sha256(f"{self._cluster} {place_of(job)}".encode()).hexdigest()[:16]
        return key_of(f"trials#{job.key}", f"{job.retries}#{place}")

    def _expires_at(self) -> dict[str, str]:
        return {"N": str(int((self._clock.now() + KEPT_FOR).timestamp()))}


def _moment(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None
