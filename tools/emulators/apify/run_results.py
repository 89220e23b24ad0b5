"""What a run leaves when it ends: items, records, message, exit code; how much depends on how far it got."""

from __future__ import annotations

from typing import Any

from emulators.apify.content import fill, items_of, record_of
from emulators.apify.identity import apify_time
from emulators.apify.state import Run, RunStatus
from emulators.apify.storages import Storages

_MESSAGES = {
    "SUCCEEDED": "Actor succeeded",
    "FAILED": "Actor failed",
    "TIMED-OUT": "Actor timed out",
    "ABORTED": "Actor was aborted",
}
_EXIT_CODES = {"SUCCEEDED": 0, "FAILED": 1, "TIMED-OUT": None, "ABORTED": None}


def leave_results(run: Run, status: RunStatus, storages: Storages) -> None:
    """Fill the run's storages and say how it ended; `finished_at` has been set."""
    behaviour = run.behaviour
    variables = variables_of(run)
    items = items_of(behaviour, variables)
    reached = items[: round(len(items) * _share_done(run, status))]
    kept = reached[: _items_paid_for(run, len(reached))]
    run.dataset.items.extend(kept)
    run.charged_items += len(kept) if run.actor.pricing else 0
    run.dataset.modified_at = run.finished_at or run.dataset.modified_at
    variables = {**variables, "items": {"count": len(run.dataset.items)}}
    if status == behaviour.ends:
        for key, template in behaviour.records.items():
            storages.put_record(run.store, key, record_of(template, variables))
    run.log.extend(
        f"{apify_time(run.finished_at or run.started_at)} {fill(line, variables)}" for line in behaviour.log
    )
    said = behaviour.status_message if status == behaviour.ends else None
    run.status_message = str(fill(said, variables)) if said else _MESSAGES[status]
    if len(kept) < len(reached):
        run.status_message = f"Stopped after {len(kept)} items: the charge limit was reached"
    run.exit_code = _EXIT_CODES[status]
    if status == behaviour.ends and behaviour.exit_code is not None:
        run.exit_code = behaviour.exit_code


def variables_of(run: Run) -> dict[str, Any]:
    """Return what a world's templates may name."""
    return {
        "input": run.input if run.input is not None else {},
        "run": {
            "id": run.id,
            "startedAt": apify_time(run.started_at),
            "defaultDatasetId": run.dataset.id,
            "defaultKeyValueStoreId": run.store.id,
        },
        "actor": {"id": run.actor.id, "name": run.actor.name},
        "task": {"id": run.task.id, "name": run.task.name} if run.task else None,
    }


def _share_done(run: Run, status: RunStatus) -> float:
    if status == run.behaviour.ends or not run.behaviour.duration or run.finished_at is None:
        return 1.0
    return min(1.0, (run.finished_at - run.stretch_started_at) / run.behaviour.duration)


def _items_paid_for(run: Run, wanted: int) -> int:
    pricing, options = run.actor.pricing, run.options
    if pricing is None:
        return wanted
    caps = [wanted]
    if options.max_items and pricing.model == "PRICE_PER_DATASET_ITEM":
        caps.append(options.max_items - run.charged_items)
    if options.max_total_charge_usd and pricing.usd_per_item:
        # The tiny part more keeps 0.003 / 0.001 from being 2.
        caps.append(int(options.max_total_charge_usd / pricing.usd_per_item + 1e-9) - run.charged_items)
    return max(0, min(caps))
