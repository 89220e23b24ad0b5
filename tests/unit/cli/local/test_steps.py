"""How what the parts report becomes a step."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from apify_camunda_cli.local.steps import Step, folder_of, from_apify, from_aws, from_camunda
from local_aws import (
    EventGivenUp,
    FunctionLogged,
    InvocationEnded,
    InvocationThrottled,
    Observation,
    QueueBatchHandled,
    ScheduleFired,
)

POLLER = "local-poll-jobs"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("local-poll-jobs", "poll_jobs"),
        ("local-ReconcileWebhooks", "reconcile_webhooks"),
        ("moto", "moto"),
    ],
)
def test_function_is_named_as_its_folder(name: str, folder: str) -> None:
    """
    A function is shown by the folder that holds its code, whether it was given a name or not.
    """
    assert folder_of(name) == folder


@pytest.mark.parametrize(
    ("observation", "step"),
    [
        pytest.param(
            InvocationEnded(POLLER, "r", timedelta(milliseconds=12), is_cold=True, error_type=None),
            Step("poll_jobs", "invocation.ended", {"ms": 12, "cold": True}, is_detail=True),
            id="ended",
        ),
        pytest.param(
            InvocationEnded(POLLER, "r", timedelta(0), is_cold=False, error_type="Runtime.ExitError"),
            Step("poll_jobs", "invocation.failed", {"error": "Runtime.ExitError"}),
            id="failed",
        ),
        pytest.param(
            InvocationThrottled(POLLER, "r"),
            Step("poll_jobs", "invocation.throttled", is_detail=True),
            id="throttled",
        ),
        pytest.param(
            EventGivenUp(POLLER, "r", "EventAgeExceeded", 1, None),
            Step(
                "poll_jobs",
                "event.given_up",
                {"condition": "EventAgeExceeded", "attempts": 1},
                is_detail=True,
            ),
            id="given-up",
        ),
        pytest.param(
            ScheduleFired("every-minute", POLLER),
            Step("poll_jobs", "schedule.fired", is_detail=True),
            id="schedule",
        ),
        pytest.param(
            QueueBatchHandled("arn", "local-deliver-event", 1, 2),
            Step("deliver_event", "batch.handled", {"deleted": 1, "left": 2}),
            id="batch",
        ),
    ],
)
def test_observation_of_the_local_aws_is_a_step(observation: Observation, step: Step) -> None:
    """
    What the local AWS does by routine is a detail; what a person should know is not.
    """
    assert from_aws(observation) == step


def test_metrics_are_details() -> None:
    """
    A line of embedded metrics is no log: it shows, as a detail, what was counted.
    """
    line = {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "RunsStarted"}]}]}, "RunsStarted": 1}

    step = from_aws(FunctionLogged(POLLER, "r", json.dumps(line)))

    assert step == Step("poll_jobs", "metrics.counted", {"RunsStarted": 1}, is_detail=True)


@pytest.mark.parametrize(
    ("line", "is_detail"),
    [
        ('{"level": "INFO", "message": "effect was done", "element": "e"}', False),
        ('{"level": "DEBUG", "message": "condition was false", "element": "e"}', True),
        ("[ERROR] ImportError: no module", False),
        ("INIT_START Runtime", True),
    ],
)
def test_what_a_function_says_to_people_is_shown(line: str, is_detail: bool) -> None:  # noqa: FBT001  # a column
    """
    Records from INFO on, and errors of the runtime itself, are shown; the rest is a detail.
    """
    assert from_aws(FunctionLogged(POLLER, "r", line)).is_detail is is_detail


@pytest.mark.parametrize(
    ("kind", "facts", "what"),
    [
        ("run", {"id": "r1", "status": "TIMED-OUT"}, "run.timed-out"),
        ("webhook", {"id": "w1", "what": "deleted"}, "webhook.deleted"),
        ("delivery", {"status": 200}, "webhook.called"),
        ("request", {"method": "GET"}, "request.answered"),
        ("fault", {"method": "GET"}, "fault"),
    ],
)
def test_apify_tells_what_became_of_what(kind: str, facts: dict[str, object], what: str) -> None:
    """
    A step of Apify's names the thing and what became of it; requests alone are details.
    """
    step = from_apify(kind, facts)

    assert (step.who, step.what, step.is_detail) == ("apify", what, kind == "request")
    assert "what" not in step.facts


def test_path_of_the_instance_is_shown() -> None:
    """
    A person sees which elements were completed, not each state on the way.
    """
    shown = [
        kind for kind in ("element.activated", "element.completed") if not from_camunda(kind, {}).is_detail
    ]

    assert shown == ["element.completed"]
