"""Waits until the deployed reconciler is idle: no tick is under way, and none will act.

Where its reserved concurrency is 1, an invocation that was let in began after every earlier tick had ended.
Where it has none, an earlier tick is over when its longest time is.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from apify_camunda.platform.ports import Clock
from botocore.config import Config
from botocore.exceptions import ClientError

from apify_camunda_cli.errors import NotDone

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LONGEST_TICK = timedelta(seconds=300)
_ASK_AGAIN_AFTER = timedelta(seconds=2)
ONE_PATIENT_CALL = Config(
    connect_timeout=5, read_timeout=int(LONGEST_TICK.total_seconds()) + 10, retries={"total_max_attempts": 1}
)
"""A second invocation because of a late answer would only start a second tick."""
_BUSY = frozenset({"TooManyRequestsException", "ServiceException", "ThrottlingException"})


class Reconciler:
    """The function ReconcileWebhooks of a deployment."""

    def __init__(self, client: LambdaClient, *, name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock

    async def wait_until_idle(self) -> None:
        """Return once every tick that began before the pause has ended; inbound must be paused already.

        Raises:
            NotDone: A tick did not end, or inbound was resumed.
        """
        if not await asyncio.to_thread(self._has_one_place):
            await self._clock.sleep(LONGEST_TICK)
        give_up_at = self._clock.now() + 2 * LONGEST_TICK
        while (answer := await asyncio.to_thread(self._tick)) is None:
            if self._clock.now() >= give_up_at:
                raise NotDone(f"A tick of {self._name} does not end; see its log, then try again.")
            await self._clock.sleep(_ASK_AGAIN_AFTER)
        if answer.get("status") not in ("paused", None):
            raise NotDone("Inbound was resumed meanwhile; nothing was removed. Try again.")

    def _has_one_place(self) -> bool:
        """Return whether ticks cannot overlap; without permission to ask, assume that they can."""
        try:
            answer = self._client.get_function_concurrency(FunctionName=self._name)
        except ClientError:
            return False
        return answer.get("ReservedConcurrentExecutions") == 1

    def _tick(self) -> dict[str, Any] | None:
        """Return what a tick of our own answers ({}: it failed), or None where another is under way."""
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=b"{}")
        except ClientError as error:
            if error.response["Error"]["Code"] in _BUSY:
                return None
            raise
        said = json.loads(answer["Payload"].read() or b"{}")
        return said if isinstance(said, dict) and not answer.get("FunctionError") else {}
