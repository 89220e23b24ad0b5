"""Looks for the run that an attempt may have started: what callbacks named, its webhook, then new runs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from apify_camunda.apify.model import ApifyRun, StartRun, Webhook
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ApifyRejected
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.next_step import fingerprint, start_mark
from apify_camunda.outbound.domain.run_callback import callback_path, callback_url
from apify_camunda.outbound.domain.run_identity import (
    Candidate,
    Identified,
    NoRunFound,
    Proof,
    RunFound,
    RunUnclear,
    Traces,
    identify,
    is_run_of,
    proof_of,
    run_named_by,
    webhooks_of_runs,
)
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.log_facts import LogFacts

log = logging.getLogger(__name__)
_CLOCK_SKEW: Final = timedelta(seconds=30)
_MOST_WEBHOOKS: Final = 5000
_MOST_RUNS: Final = 5000
_MOST_CANDIDATES: Final = 50
_FORBIDDEN: Final = 403
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _Search:
    """One search: for which attempt, and what its start requests leave at Apify."""

    attempt: Attempt
    request: StartRun
    apify: Apify
    traces: Traces


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
        traces = Traces(
            mark=start_mark(attempt),
            callback_url=callback_url(attempt, self.public_url),
            callback_path=callback_path(attempt),
            sends_callback=attempt.sends_callback is True,
        )
        found = await self._look(_Search(attempt, request, apify, traces))
        if isinstance(found, RunFound) and not await self.attempts.claim_run(found.run_id, attempt.id):
            return RunUnclear(f"another job took run {found.run_id} meanwhile")
        return found

    async def _look(self, search: _Search) -> Identified:
        webhooks = webhooks_of_runs(await _webhooks(search.apify))
        named = run_named_by(webhooks, search.traces.callback_url)
        if named is not None and await self._is_free_for(search.attempt, named):
            return RunFound(named)
        resource = await search.apify.resolve(search.request.kind, search.request.resource_id)
        # Both clocks may be wrong; Apify's list uses Apify's clock.
        since = search.attempt.began_at + search.apify.clock_offset() - _CLOCK_SKEW
        reported = await self._reported(search, resource, since, webhooks)
        if reported is not None:
            return RunFound(reported)
        runs = search.apify.runs(search.request.kind, resource, since=since)
        listed = await _first(_since(since, runs), _MOST_RUNS)
        if len(listed) == _MOST_RUNS:
            return RunUnclear(f"{_MOST_RUNS} runs or more were started since then")
        return await self._among(search, listed, webhooks)

    async def _reported(
        self,
        search: _Search,
        resource: str,
        since: datetime,
        webhooks: Mapping[RunId, Collection[str]],
    ) -> RunId | None:
        """Return the run that a callback named, once Apify has confirmed that it can be the attempt's."""
        for run_id in search.attempt.reported_runs:
            run = await search.apify.run(run_id)
            if run is not None and await self._is_free_for(search.attempt, run_id):
                candidate = Candidate(run, await search.apify.run_input(run))
                foreign = proof_of(run, search.traces, webhooks.get(run_id, ())) is Proof.ANOTHERS
                if not foreign and is_run_of(search.request, resource, candidate, since=since):
                    return run_id
            facts = LogFacts(attempt_id=search.attempt.id, run_id=run_id)
            log.warning("callback was ignored: it named a run of others", extra=facts)
        return None

    async def _among(
        self, search: _Search, listed: Collection[ApifyRun], webhooks: Mapping[RunId, Collection[str]]
    ) -> Identified:
        """Return which of the runs that were started since then is the attempt's."""
        proofs = [(run, proof_of(run, search.traces, webhooks.get(run.id, ()))) for run in listed]
        possible = [run for run, proof in proofs if proof is not Proof.ANOTHERS]
        if len(possible) > _MOST_CANDIDATES:
            return RunUnclear(f"{len(possible)} runs were started since then")
        candidates: list[Candidate] = []
        for listed_run in possible:
            if not await self._is_free_for(search.attempt, listed_run.id):
                continue
            run = (
                await search.apify.run(listed_run.id) or listed_run
            )  # a list shows neither agent nor options
            match proof_of(run, search.traces, webhooks.get(run.id, ())):
                case Proof.OURS:
                    return RunFound(run.id)
                case Proof.NONE:
                    candidates.append(Candidate(run, await search.apify.run_input(run)))
                case Proof.ANOTHERS:
                    continue
        if candidates and fingerprint(search.request) != search.attempt.fingerprint:
            return RunUnclear("the job's inputs have changed since")
        return identify(search.request, candidates) if candidates else NoRunFound()

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


async def _first(items: AsyncIterator[_Item], most: int) -> list[_Item]:
    found: list[_Item] = []
    async for item in items:
        found.append(item)
        if len(found) >= most:
            break
    return found
