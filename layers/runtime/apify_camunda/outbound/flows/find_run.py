"""Looks for the run that an attempt may have started: in the webhooks that name it, then among new runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from apify_camunda.apify.model import ApifyRun, StartRun, Webhook
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ApifyRejected
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.next_step import fingerprint
from apify_camunda.outbound.domain.run_callback import callback_base, callback_url
from apify_camunda.outbound.domain.run_identity import (
    Candidate,
    Identified,
    NoRunFound,
    RunFound,
    RunUnclear,
    identify,
    may_be_ours,
    run_named_by,
    runs_of_others,
)
from apify_camunda.outbound.ports import AttemptLedger

_CLOCK_SKEW: Final = timedelta(seconds=30)
_MOST_WEBHOOKS: Final = 5000
_MOST_RUNS: Final = 5000
_MOST_CANDIDATES: Final = 50
_FORBIDDEN: Final = 403
_MOST_LOOKS: Final = 3
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRun:
    """Finds the run of an attempt whose start request was not answered, without ever guessing.

    What it finds it claims for the attempt: two attempts that ask for the same get no run in common.
    """

    public_url: str
    attempts: AttemptLedger

    async def __call__(self, attempt: Attempt, request: StartRun, apify: Apify) -> Identified:
        """Return which run the attempt started, if any.

        Raises:
            ApifyRejected: The token may not look.
            ApifyUnavailable: Apify does not answer.
            StoreUnavailable: The ledger does not answer.
        """
        for _ in range(_MOST_LOOKS):
            found = await self._look(attempt, request, apify)
            if not isinstance(found, RunFound) or await self.attempts.claim_run(found.run_id, attempt.id):
                return found
        return RunUnclear("other jobs took the runs that were started since then, one after another")

    async def _look(self, attempt: Attempt, request: StartRun, apify: Apify) -> Identified:
        webhooks = await _webhooks(apify)
        named = run_named_by(webhooks, callback_url(attempt, self.public_url))
        if named is not None and await self._is_free_for(attempt, named):
            return RunFound(named)
        since = datetime.fromisoformat(attempt.began_at) - _CLOCK_SKEW
        resource = await apify.resolve(request.kind, request.resource_id)
        # Another attempt has found the run that names ours: so one that names another may be had for it.
        others = runs_of_others(webhooks, callback_base(self.public_url)) if named is None else ()
        listed = await _first(_since(since, apify.runs(request.kind, resource, since=since)), _MOST_RUNS)
        if len(listed) == _MOST_RUNS:
            return RunUnclear(f"{_MOST_RUNS} runs or more were started since then")
        possible = [run for run in listed if may_be_ours(run, others)]
        if not possible:
            return NoRunFound()
        if fingerprint(request) != attempt.fingerprint:
            return RunUnclear("the job's inputs have changed since")
        if len(possible) > _MOST_CANDIDATES:
            return RunUnclear(f"{len(possible)} runs were started since then")
        unclaimed = [run for run in possible if await self._is_free_for(attempt, run.id)]
        return identify(request, [await _candidate(run, apify) for run in unclaimed])

    async def _is_free_for(self, attempt: Attempt, run_id: RunId) -> bool:
        """Say whether no other attempt has the run."""
        return await self.attempts.owner_of_run(run_id) in (None, attempt.id)


async def _webhooks(apify: Apify) -> list[Webhook]:
    """Return the webhooks that the token may see: one that may only run an Actor sees none."""
    try:
        return await _first(apify.webhooks(), _MOST_WEBHOOKS)
    except ApifyRejected as error:
        if error.status != _FORBIDDEN:
            raise
        return []


async def _since(moment: datetime, runs: AsyncIterator[ApifyRun]) -> AsyncIterator[ApifyRun]:
    """Yield runs, the newest first, until one was started before `moment`."""
    async for run in runs:
        started_at = run.text("startedAt")
        if started_at is not None and datetime.fromisoformat(started_at) < moment:
            return
        yield run


async def _candidate(listed: ApifyRun, apify: Apify) -> Candidate:
    """Return the run with its options and input; a list shows neither."""
    run = await apify.run(listed.id) or listed
    return Candidate(run, await apify.run_input(run))


async def _first(items: AsyncIterator[_Item], most: int) -> list[_Item]:
    found: list[_Item] = []
    async for item in items:
        found.append(item)
        if len(found) >= most:
            break
    return found
