"""What a world lets happen by itself happens, at its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.apify import parse_world
from emulators.apify.machine import Machine

from tests.unit.emulators.apify.builders import Stage, a_world


def _stage(*events: dict[str, Any], **more: Any) -> Stage:
    return Stage(a_world({"durationSeconds": 10}, events=list(events), **more))


def test_a_user_starts_a_run() -> None:
    """A run that a world starts is of origin WEB and has the input that the world gives."""
    stage = _stage(
        {"afterSeconds": 3, "startRun": {"actor": "acme/crawler", "input": {"url": "u"}, "build": "beta"}}
    )

    stage.after(2)
    before = stage.machine.runs.of(stage.caller.user)
    stage.after(1)
    [run] = stage.machine.runs.of(stage.caller.user)

    assert before == []
    assert (run.origin.kind, run.input, run.build.number) == ("WEB", {"url": "u"}, "1.3.1")


def test_a_user_runs_a_task_or_a_public_actor() -> None:
    """A task runs with its saved input; an Actor without an owner in the world needs a user who runs it."""
    stage = _stage(
        {"afterSeconds": 1, "startRun": {"task": "acme/crawl"}},
        {"afterSeconds": 1, "startRun": {"actor": "apify/hello", "user": "acme"}},
    )

    stage.after(1)

    assert [run.input for run in stage.machine.runs.of(stage.caller.user)] == [{"a": 1, "b": 2}, None]


def test_a_user_aborts_and_resurrects_the_newest_run() -> None:
    """Abort and resurrection affect the newest run of the Actor; without a run, nothing happens."""
    target = {"actor": "acme/crawler"}
    stage = _stage(
        {"afterSeconds": 1, "abortLastRun": target},
        {"afterSeconds": 2, "startRun": target},
        {"afterSeconds": 4, "abortLastRun": target},
        {"afterSeconds": 6, "resurrectLastRun": target},
    )
    seen = []
    for _ in range(7):
        stage.after(1)
        seen.append([run.status for run in stage.machine.runs.of(stage.caller.user)])

    assert seen == [[], ["READY"], ["RUNNING"], ["ABORTED"], ["ABORTED"], ["RUNNING"], ["RUNNING"]]


def test_a_user_deletes_or_disables_webhooks() -> None:
    """Webhooks are deleted or disabled without the knowledge of the client that made them."""
    stage = _stage(
        {"afterSeconds": 1, "disableWebhooks": {"user": "acme"}},
        {"afterSeconds": 2, "deleteWebhooks": {"user": "acme"}},
    )
    webhook = stage.listen()

    stage.after(1)
    disabled = not webhook.is_enabled
    stage.after(1)

    assert disabled
    assert stage.machine.webhooks.of(stage.caller.user) == []


def test_a_run_that_is_refused_does_not_stop_the_world() -> None:
    """What is refused by a limit is noted, and time goes on."""
    start = {"startRun": {"actor": "acme/crawler"}}
    stage = _stage({"afterSeconds": 1, **start}, {"afterSeconds": 2, **start}, limits={"concurrentRuns": 1})

    stage.after(60)

    statuses = [event.facts["status"] for event in stage.machine.take_trace()]
    assert statuses == ["READY", "RUNNING", "REFUSED", "SUCCEEDED"]


def test_events_wait_until_the_world_begins() -> None:
    """
    A world that has not begun lets nothing happen; its events count from its beginning.
    """
    start = datetime(2026, 1, 1, tzinfo=UTC)
    world = parse_world(
        {
            "users": [{"username": "acme", "tokens": ["token-of-acme"]}],
            "actors": [{"owner": "acme", "name": "crawler", "runs": [{"durationSeconds": 1}]}],
            "events": [{"afterSeconds": 5, "startRun": {"actor": "acme/crawler"}}],
        }
    )
    machine = Machine(world, start, begins=False)

    machine.advance(start + timedelta(seconds=60))
    assert machine.take_trace() == []

    machine.begin()
    machine.advance(start + timedelta(seconds=64))
    assert machine.take_trace() == []
    machine.advance(start + timedelta(seconds=65))
    assert [event.kind for event in machine.take_trace()] == ["run"]
