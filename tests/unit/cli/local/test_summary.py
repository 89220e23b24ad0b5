"""What the summary counts."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

from apify_camunda_cli.local.journal import Journal
from apify_camunda_cli.local.steps import Step, from_aws
from apify_camunda_cli.local.summary import summarize
from local_aws import FunctionLogged, RequestAnswered


def test_counts_calls_messages_and_answers() -> None:
    """
    Calls to Apify are counted by kind, deliveries by their answer.
    """
    steps = [
        Step("apify", "request.answered", {"method": "PUT", "path": "/v2/webhooks/a1"}),
        Step("apify", "request.answered", {"method": "PUT", "path": "/v2/webhooks/b2"}),
        Step("apify", "webhook.called", {"status": 200}),
        Step("camunda", "message.published", {"name": "m"}),
        Step("camunda", "job.created", {}),
    ]

    assert summarize(steps) == {
        "apify_calls": {"PUT /v2/webhooks/{id}": 2},
        "messages_published": 1,
        "deliveries": {"200": 1},
    }


def test_details_are_for_those_who_ask() -> None:
    """
    A person sees no details unless they ask for them; a program sees every step.
    """
    now = datetime(2026, 1, 1, tzinfo=UTC)
    shown, whole = io.StringIO(), io.StringIO()
    for out, as_json in ((shown, False), (whole, True)):
        journal = Journal(
            out, as_json=as_json, show_details=False, now=lambda: now, on_unwritable=lambda: None
        )
        journal(Step("camunda", "job.created", {"key": 1}, is_detail=True))
        journal(Step("camunda", "job.completed", {"key": 1}))

    assert "job.created" not in shown.getvalue()
    assert [json.loads(line)["what"] for line in whole.getvalue().splitlines()] == [
        "job.created",
        "job.completed",
    ]


def test_log_lines_of_functions_become_steps() -> None:
    """
    A JSON line that a function logged is a step of that function, without the fields of the log format.
    """
    line = json.dumps({"level": "INFO", "message": "job was completed", "job": 7, "xray_trace_id": "1-2"})

    step = from_aws(FunctionLogged("local-poll-jobs", "r1", line))

    assert step == Step("poll_jobs", "job was completed", {"job": 7})


def test_answers_of_the_http_api_are_steps() -> None:
    """
    Each request to the HTTP API is a step with its answer.
    """
    answered = RequestAnswered(
        "POST", "/apify/x", "POST /apify/{registration}", 200, timedelta(milliseconds=12)
    )

    assert from_aws(answered).facts == {"request": "POST /apify/x", "status": 200, "ms": 12}
