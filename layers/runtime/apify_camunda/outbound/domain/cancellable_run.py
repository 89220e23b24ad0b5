"""A run that is to be aborted once its job is cancelled, and which of them are asked for in one sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.identifiers import AttemptId, JobKey, RunId

SWEEP_EVERY: Final = timedelta(minutes=1)
MOST_ASKED: Final = 50
"""So many elements are asked for in one sweep; of more runs each is looked at every few minutes."""


@dataclass(frozen=True, slots=True)
class CancellableRun:
    """A run whose job waits for it.

    Attributes:
        token_reference: What the element's token field says, which names a secret: the token is not stored.
    """

    attempt: AttemptId
    job_key: JobKey
    element_instance_key: int
    run_id: RunId
    token_reference: str


def due_in_sweep(runs: Sequence[CancellableRun], now: datetime) -> Sequence[CancellableRun]:
    """Return the runs that are looked at now: all, or in each sweep the next ones of many."""
    if len(runs) <= MOST_ASKED:
        return runs
    sweep = int(now.timestamp() // SWEEP_EVERY.total_seconds())
    start = sweep * MOST_ASKED % len(runs)
    return [runs[(start + offset) % len(runs)] for offset in range(MOST_ASKED)]
