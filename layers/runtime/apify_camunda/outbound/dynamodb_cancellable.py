"""Keeps the list of cancellable runs in the ledger table, as `cancellable` / `{attempt}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.cancellable_run import CancellableRun
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, key_of
from apify_camunda.platform.ports import Clock

_PARTITION: Final = "cancellable"
_TURN: Final = key_of("sweeps", "cancellable")
KEPT_FOR: Final = timedelta(days=1)
"""From its last look, of which there is one an hour: an entry that was not removed does not stay for long."""


class DynamoDBCancellableRuns:
    """The port `CancellableRuns` over DynamoDB."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def put(self, run: CancellableRun) -> None:
        """List a run, or list it again."""
        expires_at = int((self._clock.now() + KEPT_FOR).timestamp())
        item = {
            **key_of(_PARTITION, run.attempt),
            "job": {"N": str(run.job_key)},
            "element": {"N": str(run.element_instance_key)},
            "run": {"S": run.run_id},
            "token_reference": {"S": run.token_reference},
            "expires_at": {"N": str(expires_at)},
        }
        await self._table.put(item)

    async def remove(self, attempt: AttemptId) -> None:
        """Take the run of an attempt off the list."""
        await self._table.delete(key_of(_PARTITION, attempt))

    async def all(self) -> Sequence[CancellableRun]:
        """Return all listed runs, in the order of their attempts."""
        return [
            CancellableRun(
                attempt=AttemptId(item["sk"]["S"]),
                job_key=JobKey(int(item["job"]["N"])),
                element_instance_key=int(item["element"]["N"]),
                run_id=RunId(item["run"]["S"]),
                token_reference=item["token_reference"]["S"],
            )
            for item in await self._table.items(_PARTITION)
        ]

    async def take_turn(self, until: datetime) -> bool:
        """Put the row of the turn, unless it is there and has not expired."""
        return await self._table.put_new({**_TURN, "expires_at": {"N": repr(until.timestamp())}})
