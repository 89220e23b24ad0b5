"""Webhooks listen to runs, and what they hear becomes dispatches that are called until one call succeeds."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from emulators.apify.dispatches import DueCall
from emulators.apify.rejections import Rejection
from emulators.apify.runs import OptionChanges
from emulators.apify.state import Call, Condition, Dispatch

from tests.unit.emulators.apify.builders import START, Stage, a_world, an_ad_hoc_webhook, settings

_ALL = (
    "ACTOR.RUN.CREATED",
    "ACTOR.RUN.SUCCEEDED",
    "ACTOR.RUN.FAILED",
    "ACTOR.RUN.ABORTED",
    "ACTOR.RUN.TIMED_OUT",
    "ACTOR.RUN.RESURRECTED",
)


def _heard(stage: Stage) -> list[str]:
    return [dispatch.event_type for dispatch in stage.machine.dispatches.of(stage.caller.user)]


class TestWhoListens:
    def test_events_come_in_the_order_of_the_run(self) -> None:
        """A run tells of its creation and its end, and of its resurrection and its next end."""
        stage = Stage(a_world({"ends": "FAILED", "times": 1}, {"durationSeconds": 50}))
        stage.listen(*_ALL)

        run = stage.start()
        stage.after(10)
        stage.machine.runs.resurrect(run, OptionChanges(timeout_secs=5))
        stage.after(60)
        stage.machine.runs.resurrect(run, OptionChanges(timeout_secs=500))
        stage.machine.runs.abort(run, gracefully=False)
        stage.after(1)

        assert [event.removeprefix("ACTOR.RUN.") for event in _heard(stage)] == [
            "CREATED",
            "FAILED",
            "RESURRECTED",
            "TIMED_OUT",
            "RESURRECTED",
            "ABORTED",
        ]

    @pytest.mark.parametrize(
        ("started", "condition", "hears"),
        [
            ("acme~crawler", "actor", True),
            ("task:~crawl", "actor", True),
            ("apify~hello", "actor", False),
            ("task:~crawl", "task", True),
            ("acme~crawler", "task", False),
            ("task:~crawl", "both", True),
            ("acme~crawler", "both", False),
        ],
    )
    def test_conditions(self, started: str, condition: str, *, hears: bool) -> None:
        """An Actor's webhook hears of all its runs, those of tasks too; a task's only of that task's."""
        stage = Stage()
        actor_id = stage.machine.directory.actor("acme~crawler", stage.caller).id
        task_id = stage.machine.directory.task("~crawl", stage.caller).id
        conditions = {
            "actor": Condition(actor_id=actor_id),
            "task": Condition(task_id=task_id),
            "both": Condition(actor_id=actor_id, task_id=task_id),
        }
        stage.listen(condition=conditions[condition])

        stage.start(started)
        stage.after(60)

        assert bool(_heard(stage)) is hears

    def test_only_the_owners_runs(self) -> None:
        """A webhook on a public Actor hears of its owner's runs, not of what others do with the Actor."""
        world = a_world()
        stage = Stage(world)
        hello = stage.machine.directory.actor("apify~hello", stage.caller)
        stage.listen(condition=Condition(actor_id=hello.id))
        stage.caller = stage.machine.directory.caller("token-of-stranger")

        stage.start("apify~hello")
        stage.after(60)

        assert stage.machine.take_due_calls() == []

    def test_only_the_events_asked_for(self) -> None:
        """What is not among a webhook's event types is not dispatched."""
        stage = Stage()
        stage.listen("ACTOR.RUN.FAILED")

        stage.start()
        stage.after(60)

        assert _heard(stage) == []

    def test_a_disabled_webhook_hears_nothing(self) -> None:
        """A webhook that was switched off is still there, and silent."""
        stage = Stage()
        webhook = stage.listen()
        stage.machine.webhooks.disable(webhook)

        stage.start()
        stage.after(60)

        assert (stage.machine.webhooks.of(stage.caller.user), _heard(stage)) == ([webhook], [])


class TestAdHoc:
    def test_it_hears_of_its_run_alone_from_its_creation(self) -> None:
        """A webhook that comes with the request gets CREATED, and no event of another run."""
        stage = Stage()

        run = stage.start(webhooks=(an_ad_hoc_webhook(*_ALL),))
        stage.start()
        stage.after(60)

        events = [dispatch.event_data for dispatch in stage.machine.dispatches.of(stage.caller.user)]
        assert events == [{"actorId": run.actor.id, "actorRunId": run.id}] * 2

    def test_it_is_in_the_list_and_does_not_count(self) -> None:
        """Ad-hoc webhooks are listed with their run as condition, and are not among the user's hundred."""
        stage = Stage(a_world(limits={"webhooks": 1}))
        stage.listen()

        run = stage.start(webhooks=(an_ad_hoc_webhook(), an_ad_hoc_webhook()))

        conditions = [webhook.settings.condition for webhook in stage.machine.webhooks.of(stage.caller.user)]
        assert conditions[1:] == [Condition(run_id=run.id)] * 2

    def test_a_known_key_makes_no_second_one(self) -> None:
        """A request that starts a run is retried: the key's webhook stays with the first run."""
        stage = Stage()

        first = stage.start(webhooks=(an_ad_hoc_webhook(key="attempt-1"),))
        stage.start(webhooks=(an_ad_hoc_webhook(key="attempt-1"),))

        [webhook] = stage.machine.webhooks.of(stage.caller.user)
        assert webhook.settings.condition == Condition(run_id=first.id)

    def test_after_the_end_it_hears_nothing(self) -> None:
        """A webhook for a run that has ended comes too late."""
        stage = Stage()
        run = stage.start()
        stage.after(60)

        stage.listen(is_ad_hoc=True, condition=Condition(run_id=run.id))
        stage.after(60)

        assert _heard(stage) == []


class TestCreation:
    def test_a_known_key_returns_the_old_one_unchanged(self) -> None:
        """A key that is known gives what it made before, also for another request, even at the limit."""
        stage = Stage(a_world(limits={"webhooks": 1}))
        first = stage.listen(key="k")

        again = stage.listen("ACTOR.RUN.FAILED", key="k", request_url="https://other.example")

        assert again is first
        assert again.settings.request_url == "https://hooks.example/acme"

    def test_a_key_is_free_again_after_deletion(self) -> None:
        """A deleted webhook's key makes a new webhook."""
        stage = Stage()
        first = stage.listen(key="k")
        stage.machine.webhooks.delete(first)

        assert stage.listen(key="k").id != first.id

    def test_a_key_is_the_users_own(self) -> None:
        """Two users may use the same key."""
        stage = Stage()
        first = stage.listen(key="k")
        stage.caller = stage.machine.directory.caller("token-of-stranger")
        condition = Condition(actor_id="any")

        assert stage.listen(key="k", condition=condition) is not first

    def test_a_user_may_have_a_hundred(self) -> None:
        """The hundred and first is refused."""
        stage = Stage()
        for _ in range(100):
            stage.listen()

        with pytest.raises(Rejection, match="too-many-webhooks"):
            stage.listen()

    def test_another_users_webhook_is_not_found(self) -> None:
        """A webhook is its owner's own."""
        stage = Stage()
        webhook = stage.listen()

        with pytest.raises(Rejection, match="record-not-found"):
            stage.machine.webhooks.find(webhook.id, stage.machine.directory.caller("token-of-stranger"))


class TestContent:
    def test_the_default_payload_tells_all(self) -> None:
        """Without a template five variables are sent, the run as it was when the event happened."""
        stage = Stage()
        stage.listen()
        run = stage.start("task:~crawl")
        stage.after(60)

        payload = json.loads(_calls(stage)[0].body)

        assert list(payload) == ["userId", "createdAt", "eventType", "eventData", "resource"]
        assert payload["eventData"] == {
            "actorId": run.actor.id,
            "actorRunId": run.id,
            "actorTaskId": run.task.id if run.task else None,
        }
        assert payload["createdAt"] == "2026-01-01T12:00:10.000Z"
        assert (payload["resource"]["id"], payload["resource"]["status"]) == (run.id, "SUCCEEDED")

    def test_what_is_sent_was_fixed_when_the_event_happened(self) -> None:
        """A later change of the webhook, or of the run, does not reach a dispatch that exists."""
        stage = Stage(a_world({"ends": "FAILED"}))
        webhook = stage.listen(headers_template='{"X-Key": "old"}')
        run = stage.start()
        stage.after(10)
        stage.machine.webhooks.change(webhook, settings(headers_template='{"X-Key": "new"}'))
        stage.machine.runs.resurrect(run, OptionChanges())

        [call] = _calls(stage)

        assert call.headers["X-Key"] == "old"
        assert json.loads(call.body)["resource"]["status"] == "FAILED"

    def test_system_headers_cannot_be_overridden(self) -> None:
        """The template cannot change Apify's own headers."""
        stage = Stage()
        template = {
            "Content-Type": "text/plain",
            "HOST": "elsewhere",
            "x-apify-webhook-dispatch-id": "mine",
            "X-Apify-Request-Origin": "ME",
            "X-Apify-Webhook": "no",
            "X-Run": "{{resource.id}}",
        }
        stage.listen(headers_template=json.dumps(template), should_interpolate_strings=True)
        run = stage.start()
        stage.after(60)

        [call] = _calls(stage)

        assert call.headers == {
            "X-Run": run.id,
            "Content-Type": "application/json",
            "X-Apify-Webhook": "1",
            "X-Apify-Webhook-Dispatch-Id": call.dispatch_id,
            "X-Apify-Request-Origin": "WEBHOOK",
        }

    def test_text_of_a_run_that_looks_like_a_variable_is_sent_as_it_is(self) -> None:
        """A status message with braces does not break the dispatch."""
        stage = Stage(a_world({"statusMessage": "see {{ this }} and {{input.x}}"}))
        stage.listen(should_interpolate_strings=True)
        stage.start(given={"x": "{{nobody}}"})
        stage.after(60)

        [call] = _calls(stage)

        assert "{{nobody}}" in json.loads(call.body)["resource"]["statusMessage"]

    def test_a_test_event_names_a_run_that_does_not_exist(self) -> None:
        """TEST goes to the one webhook, with a resource that looks like a run."""
        stage = Stage()
        webhook = stage.listen()
        stage.listen()

        dispatch = stage.machine.webhooks.test(webhook)

        [call] = _calls(stage)
        payload = json.loads(call.body)
        assert (dispatch.event_type, payload["eventType"]) == ("TEST", "TEST")
        with pytest.raises(Rejection):
            stage.machine.runs.find(payload["resource"]["id"], stage.caller)


class TestCalls:
    def test_a_dispatch_is_handed_out_once_until_it_is_known_how_it_went(self) -> None:
        """Two threads never make the same call."""
        stage, _ = _with_one_dispatch()

        first, second = stage.machine.take_due_calls(), stage.machine.take_due_calls()

        assert (len(first), second) == (1, [])
        assert not stage.machine.is_settled

    @pytest.mark.parametrize("status", [200, 201, 204, 299])
    def test_success_is_2xx(self, status: int) -> None:
        """A 2xx answer ends the dispatch."""
        stage, dispatch = _with_one_dispatch()

        _answer(stage, status)

        assert dispatch.status == "SUCCEEDED"
        stage.after(10**7)
        assert stage.machine.take_due_calls() == []

    @pytest.mark.parametrize("status", [None, 199, 300, 302, 307, 400, 401, 404, 422, 500, 503])
    def test_everything_else_is_tried_again_in_a_minute(self, status: int | None) -> None:
        """Redirects, refusals, errors and no answer are all failures."""
        stage, dispatch = _with_one_dispatch()

        _answer(stage, status)

        assert dispatch.status == "ACTIVE"
        stage.after(59)
        assert stage.machine.take_due_calls() == []
        stage.after(1)
        assert [call.attempt for call in stage.machine.take_due_calls()] == [2]

    def test_eleven_retries_each_after_twice_the_time(self) -> None:
        """Retries come after 1, 2, 4, ... 1024 minutes, all with the same dispatch id; then it is over."""
        stage, dispatch = _with_one_dispatch()
        moments, ids = [], set()

        while stage.machine.next_due() is not None:
            stage.machine.advance(stage.machine.next_due() or START)
            for call in stage.machine.take_due_calls():
                moments.append(stage.machine.now)
                ids.add((call.dispatch_id, call.body))
                stage.machine.record_call(call.dispatch_id, _call_with(500))

        waits = [later - earlier for earlier, later in pairwise(moments)]
        assert waits == [timedelta(minutes=2**retry) for retry in range(11)]
        assert (len(ids), dispatch.status, len(dispatch.calls)) == (1, "FAILED", 12)

    def test_do_not_retry(self) -> None:
        """A webhook without retries gets one call."""
        stage, dispatch = _with_one_dispatch(do_not_retry=True)

        _answer(stage, 500)

        assert dispatch.status == "FAILED"
        assert stage.machine.next_due() is None

    def test_a_deleted_webhook_is_called_no_more(self) -> None:
        """Retries end with the webhook; what was under way may still come back."""
        stage, dispatch = _with_one_dispatch()
        [call] = stage.machine.take_due_calls()

        stage.machine.webhooks.delete(dispatch.webhook)
        stage.machine.record_call(call.dispatch_id, _call_with(500))
        stage.after(10**7)

        assert (dispatch.status, stage.machine.take_due_calls()) == ("FAILED", [])


def _with_one_dispatch(**changes: Any) -> tuple[Stage, Dispatch]:
    stage = Stage()
    stage.listen(**changes)
    stage.start()
    stage.after(60)
    [dispatch] = stage.machine.dispatches.of(stage.caller.user)
    return stage, dispatch


def _calls(stage: Stage) -> list[DueCall]:
    return stage.machine.take_due_calls()


def _answer(stage: Stage, status: int | None) -> None:
    for call in stage.machine.take_due_calls():
        stage.machine.record_call(call.dispatch_id, _call_with(status))


def _call_with(status: int | None) -> Call:
    return Call(started_at=START, finished_at=START, response_status=status)
