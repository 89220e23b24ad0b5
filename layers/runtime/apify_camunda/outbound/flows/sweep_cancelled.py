"""Aborts runs whose jobs were cancelled while they waited, where the element asks for it.

A waiting job is only a lock in Camunda, and Camunda does not report that it was cancelled. So each minute a
search asks for the elements of the listed runs, a bounded number of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.ports import ElementSearch
from apify_camunda.errors import (
    ApifyRejected,
    ApifyUnavailable,
    ConfigurationError,
    EngineRejected,
    EngineUnavailable,
    InvalidInput,
    StoreUnavailable,
)
from apify_camunda.expressions.secret_references import resolve_text
from apify_camunda.outbound.domain.attempt_transitions import Abandon
from apify_camunda.outbound.domain.cancellable_run import SWEEP_EVERY, CancellableRun, due_in_sweep
from apify_camunda.outbound.ports import AttemptLedger, CancellableRuns
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, SecretSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCancelled:
    """Looks once a minute whether jobs that wait were cancelled; one poller at a time does."""

    runs: CancellableRuns
    elements: ElementSearch
    accounts: ApifyAccounts
    attempts: AttemptLedger
    secrets: SecretSource
    clock: Clock

    async def __call__(self) -> None:
        """Abort the runs whose elements have ended; what fails is tried again in the next sweep."""
        now = self.clock.now()
        try:
            if not await self.runs.take_turn(now + SWEEP_EVERY):
                return
            for run in due_in_sweep(await self.runs.all(), now):
                if await self.elements.element_has_ended(run.element_instance_key):
                    await self._abort(run)
        except (StoreUnavailable, EngineUnavailable, EngineRejected) as error:
            facts = LogFacts(code=error.code, error=error.message)
            log.warning("cancelled jobs could not be looked for", extra=facts)
        except Exception:  # the jobs of the invocation go on
            log.exception("cancelled jobs could not be looked for")

    async def _abort(self, run: CancellableRun) -> None:
        facts = LogFacts(job_key=run.job_key, attempt_id=run.attempt, run_id=run.run_id)
        try:
            token = resolve_text(run.token_reference, await self.secrets.secrets())
            await self.accounts.with_token(token).abort_run(run.run_id)
        except ApifyUnavailable as error:
            log.warning("run was not aborted", extra=facts | LogFacts(code=error.code))
            return
        except (ApifyRejected, InvalidInput, ConfigurationError) as error:
            log.warning("run was not aborted", extra=facts | LogFacts(code=error.code))
        else:
            log.info("run was aborted: its job had been cancelled", extra=facts)
        # It is closed first: an entry without an attempt is harmless, and removed in the next sweep.
        await self.attempts.change(run.attempt, Abandon())
        await self.runs.remove(run.attempt)
