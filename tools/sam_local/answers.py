"""What each file of `events/` is answered by the set-up; events/README.md shows the same to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A number that must not be lower."""

    number: int


@dataclass(frozen=True, slots=True)
class Step:
    """One invocation.

    Attributes:
        function: Logical id of the function.
        event: Name of the file in `events/`, without its ending.
        answer: What the function's answer must hold, perhaps among others. The body of an HTTP answer is
            compared as JSON.
        what: What it shows, for a person.
    """

    function: str
    event: str
    answer: Mapping[str, Any]
    what: str = field(compare=False)


def http(status_code: int, status: str | None = None) -> dict[str, Any]:
    """Return what an HTTP answer must hold."""
    return {"statusCode": status_code, **({"body": {"status": status}} if status else {})}


RECEIVE, DELIVER, RECONCILE, POLL = "ReceiveWebhook", "DeliverEvent", "ReconcileWebhooks", "PollJobs"

STEPS: Sequence[Step] = (
    Step(
        RECEIVE,
        "receive_webhook_succeeded",
        http(200, "ok"),
        "an instance of examples/start-event.bpmn starts",
    ),
    Step(
        RECEIVE, "receive_webhook_succeeded", http(200, "duplicate"), "the same delivery again has no effect"
    ),
    Step(
        RECEIVE, "receive_webhook_base64", http(200, "ok"), "the same for another run, with a body in base64"
    ),
    Step(
        RECEIVE,
        "receive_webhook_by_hand",
        http(200, "ok"),
        "the same for another run, on the element's own path",
    ),
    Step(
        RECEIVE, "receive_webhook_failed", http(200, "ignored"), "the activation condition asks for SUCCEEDED"
    ),
    Step(
        RECEIVE,
        "receive_webhook_test",
        http(200, "test"),
        "the TEST event of the Apify Console is only noted",
    ),
    Step(RECEIVE, "receive_webhook_unsigned", http(401), "a request without a signature is refused"),
    Step(RECEIVE, "receive_callback_created", http(200, "ok"), "the run of the waiting job is noted"),
    Step(
        RECEIVE,
        "receive_callback_succeeded",
        http(200, "ok"),
        "the run has ended: its job is handed out again",
    ),
    Step(
        POLL,
        "poll_jobs_wake",
        {"jobs": 5},
        "that job, a new one, and those of three instances",
    ),
    Step(DELIVER, "deliver_event_batch", {"batchItemFailures": []}, "two more instances start"),
    Step(
        POLL,
        "poll_jobs_schedule",
        {"jobs": AtLeast(2)},
        "the jobs of those two instances",
    ),
    Step(
        RECONCILE,
        "reconcile_webhooks_schedule",
        {"status": "ok", "steps": []},
        "the webhook is as it should be",
    ),
)


def readable(output: str) -> Any:
    """Return what a function answered, which is the last line; the body of an HTTP answer as JSON."""
    lines = output.strip().splitlines()
    if not lines:
        return None
    try:
        answer = json.loads(lines[-1])
    except ValueError:
        return lines[-1]
    if isinstance(answer, dict) and isinstance(answer.get("body"), str):
        return {**answer, "body": json.loads(answer["body"])}
    return answer


def holds(answer: Any, wanted: Any) -> bool:
    """Return whether an answer holds what is wanted of it."""
    if isinstance(wanted, Mapping):
        return isinstance(answer, Mapping) and all(
            holds(answer.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, AtLeast):
        return isinstance(answer, int) and answer >= wanted.number
    return bool(answer == wanted)
