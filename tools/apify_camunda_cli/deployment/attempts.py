"""Attempts of jobs to start a run, as commands and the page show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apify_camunda.outbound.dynamodb_attempts import StoredAttempt

_STATES = {"starting": "starting", "started": "waiting", "decided": "reporting", "closed": "ended"}


def attempt_json(stored: StoredAttempt) -> dict[str, Any]:
    """Return what is known of an attempt."""
    attempt = stored.attempt
    process, instance, element, _ = (*attempt.place.split("/"), "", "", "", "")[:4]
    return {
        "attempt": attempt.id,
        "state": _STATES[attempt.state.value],
        "run": attempt.run_id,
        "runStatus": attempt.run_status,
        "process": process,
        "instance": instance,
        "element": element,
        "job": attempt.job_key,
        "retries": attempt.retries,
        "since": attempt.began_at.isoformat(),
        "changedAt": stored.changed_at.isoformat(),
        "looks": attempt.looks,
        "nextLook": _next_look(stored),
        "outcome": (attempt.outcome or {}).get("kind"),
        "cluster": attempt.cluster,
    }


def _next_look(stored: StoredAttempt) -> str | None:
    """Return when the run is looked at even if no callback comes; None where no look is to come."""
    # Imported here, because other commands do not need them.
    from apify_camunda.apify.model import TERMINAL_STATUSES  # noqa: PLC0415
    from apify_camunda.outbound.domain.retry_policy import lag_interval, look_interval  # noqa: PLC0415

    attempt = stored.attempt
    match attempt.state.value:
        case "starting":
            return attempt.lease_until.isoformat() if attempt.lease_until else None
        case "started":
            looks = max(attempt.looks - 1, 0)
            has_ended = attempt.run_status in TERMINAL_STATUSES
            wait = lag_interval(looks) if has_ended else look_interval(looks, attempt.id)
            return (stored.changed_at + wait).isoformat()
        case _:
            return None
