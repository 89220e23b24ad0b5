"""Finds out whether a command whose answer was lost had its effect; it repeats nothing itself.

What the cluster's search shows proves that something happened. What it does not show proves nothing until the
search surely shows everything: an index may lag, and what the client may not read is not shown either. See
ADR-0006.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from apify_camunda.camunda.ports import InstanceSearch
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.inbound.domain.correlation import message_of
from apify_camunda.inbound.domain.effect import MessageEffect, StartEffect
from apify_camunda.inbound.domain.event_identity import instance_tag
from apify_camunda.inbound.ports import Command
from apify_camunda.platform.ports import Clock

_CLOCK_SKEW = timedelta(minutes=1)
"""How far the cluster's clock may be off when we ask it what happened since a moment of ours."""


@dataclass(frozen=True, slots=True)
class Happened:
    """The effect is there.

    Attributes:
        reference: What the engine calls it.
    """

    reference: int


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """The effect certainly did not happen: it may be done again."""


@dataclass(frozen=True, slots=True)
class AnswerAwaited:
    """The command may still be under way."""

    remaining: timedelta


@dataclass(frozen=True, slots=True)
class NotClearYet:
    """It cannot be proved now; a later question may prove it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NeverClear:
    """The cluster cannot tell; a person must look."""

    reason: str


Resolution: TypeAlias = Happened | DidNotHappen | AnswerAwaited | NotClearYet | NeverClear


@dataclass(frozen=True, slots=True)
class DoubtTiming:
    """When what the search shows is believed.

    Attributes:
        settle: For so long after it was sent a command may be under way, and clocks may differ.
        refresh: What one index shows another one shows after this time at the latest.
        ask: The questions about one effect take no longer.
        history: For so long the cluster surely keeps what has ended.
    """

    settle: timedelta = timedelta(minutes=5)
    refresh: timedelta = timedelta(seconds=5)
    ask: timedelta = timedelta(seconds=12)
    history: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveDoubt:
    """Asks the cluster about effects that were attempted and not confirmed."""

    search: InstanceSearch
    clock: Clock
    timing: DoubtTiming = DoubtTiming()

    async def __call__(self, effect: Command) -> Resolution:
        """Return whether the attempted effect happened, as far as the cluster proves it."""
        attempted_at = effect.attempted_at or self.clock.now()
        # The engine ignores a repeated message as long as it remembers the first one.
        last_sent_at = attempted_at + (
            effect.time_to_live if isinstance(effect, MessageEffect) else timedelta()
        )
        settled_at = last_sent_at + self.timing.settle
        remaining = settled_at - self.clock.now()
        if remaining > timedelta():
            return AnswerAwaited(remaining)
        try:
            async with asyncio.timeout(self.timing.ask.total_seconds()):
                return await self._ask(effect, attempted_at, settled_at)
        except TimeoutError:
            return NotClearYet(ErrorCode.ENGINE_DEADLINE)
        except EngineUnavailable as error:
            return NotClearYet(error.code)
        except EngineRejected as error:
            return NeverClear(error.message)

    async def _ask(self, effect: Command, attempted_at: datetime, settled_at: datetime) -> Resolution:
        found = await self._look(effect, attempted_at)
        if found is not None:
            return found
        element = effect.element
        if not await self.search.shows_all_before(
            settled_at, process_id=element.process_id, tenant_id=element.tenant_id
        ):
            return NotClearYet("the cluster's search does not surely show all that happened")
        if self.clock.now() - settled_at > self.timing.history:
            return NeverClear("the cluster may have cleaned up what happened then")
        await self.clock.sleep(self.timing.refresh)
        return await self._look(effect, attempted_at) or DidNotHappen()

    async def _look(self, effect: Command, attempted_at: datetime) -> Happened | NeverClear | None:
        """Return what the search shows of the effect, or None: nothing."""
        if isinstance(effect, StartEffect):
            keys = await self.search.instances_with_tag(instance_tag(effect.key))
            return Happened(keys[0]) if keys else None
        since = attempted_at - _CLOCK_SKEW
        if await self.search.message_was_correlated(message_of(effect, {}), since=since):
            return NeverClear("a message of this name and key came through since; it may be another event's")
        return None
