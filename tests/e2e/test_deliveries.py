"""Unsigned requests, repetitions and a deleted webhook, on a running product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from emulators.apify.state import Webhook

from tests.e2e.command import eventually
from tests.e2e.world import Stage, post, stage

pytestmark = pytest.mark.xdist_group("deliveries")
SIGNATURE = "x-apify-camunda-signature"
SUCCEEDED = "ACTOR.RUN.SUCCEEDED"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("deliveries"), runs_schedules=False) as it:  # a test says when
        it.deploy("async-actor")
        yield it


def waiting_instance(running: Stage) -> tuple[int, str]:
    """Return an instance that waits for its run's event, and the run; the event is held back at Apify."""
    running.apify.hold_deliveries()
    instance = running.start("async-actor", query="tea")
    run_id = running.run_of(instance)
    running.story.wait_for("apify", "run.succeeded", lambda facts: facts["id"] == run_id)
    return instance, run_id


@pytest.fixture
def waiting(running: Stage) -> Iterator[tuple[int, str]]:
    yield waiting_instance(running)
    running.apify.release_deliveries()


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(None, id="unsigned"),
        pytest.param("k1." + "0" * 64, id="wrong-digest"),
        pytest.param("no signature at all", id="malformed"),
    ],
)
def test_unsigned_request_is_refused(running: Stage, waiting: tuple[int, str], forged: str | None) -> None:
    """
    A delivery without our signature is answered 401, empty, and has no effect; the true one still counts.
    """
    instance, run_id = waiting
    sent = running.dispatch_of(run_id, SUCCEEDED)
    headers = {name: value for name, value in sent.headers.items() if name.lower() != SIGNATURE}
    assert len(headers) == len(sent.headers) - 1

    answer = post(sent.request_url, sent.body, headers | ({SIGNATURE: forged} if forged else {}))

    assert (answer.status_code, answer.content) == (401, b"")
    assert running.messages_for(run_id) == 0
    running.apify.release_deliveries()
    assert running.result(instance)["items"] == [{"title": "Result"}]


def test_signature_of_another_path_is_refused(running: Stage, waiting: tuple[int, str]) -> None:
    """
    A signature is good for its own path alone: that of a run's callback does not open a registration.
    """
    _, run_id = waiting
    sent = running.dispatch_of(run_id, SUCCEEDED)
    callback = running.dispatch_of(run_id, "ACTOR.RUN.CREATED", "/runs/")

    answer = post(sent.request_url, sent.body, callback.headers)

    assert answer.status_code == 401
    assert running.messages_for(run_id) == 0


def test_same_delivery_again_is_a_duplicate(running: Stage, waiting: tuple[int, str]) -> None:
    """
    A delivery that comes again is answered `duplicate`; its message was published once.
    """
    instance, run_id = waiting
    running.apify.release_deliveries()
    running.result(instance)
    assert running.apify.settle()
    sent = running.dispatch_of(run_id, SUCCEEDED)

    answer = post(sent.request_url, sent.body, sent.headers)

    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    assert running.messages_for(run_id) == 1


def test_two_webhooks_of_one_event_have_one_effect(running: Stage, waiting: tuple[int, str]) -> None:
    """
    A second dispatch of the same event, with an id of its own, is the same event.
    """
    instance, run_id = waiting
    sent = running.dispatch_of(run_id, SUCCEEDED)
    headers = {**sent.headers, "X-Apify-Webhook-Dispatch-Id": "anotherDispatch01"}

    answers = [post(sent.request_url, sent.body, given) for given in (headers, sent.headers)]

    assert [answer.json()["status"] for answer in answers] == ["ok", "duplicate"]
    assert running.result(instance)["finished"]["connectorData"]["runId"] == run_id
    assert running.messages_for(run_id) == 1


def test_same_delivery_twice_at_once_has_one_effect(running: Stage, waiting: tuple[int, str]) -> None:
    """
    Of two receivers of one delivery one has the effect; the other finds it done, or parks the event.
    """
    instance, run_id = waiting
    sent = running.dispatch_of(run_id, SUCCEEDED)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(post, sent.request_url, sent.body, sent.headers) for _ in range(2)]
    answers = sorted(answer.result().json()["status"] for answer in both)

    assert answers in (["duplicate", "ok"], ["ok", "parked"])
    running.result(instance)
    eventually(lambda: running.messages_in("ParkedEvents") == 0)
    assert running.messages_for(run_id) == 1


def delete(running: Stage) -> None:
    with running.apify.use() as machine:
        machine.webhooks.delete(registered(running))


def disable(running: Stage) -> None:
    with running.apify.use() as machine:
        machine.webhooks.disable(registered(running))


def registered(running: Stage) -> Webhook:
    """Return the one webhook at Apify that belongs to elements; callbacks of runs are none."""
    with running.apify.use() as machine:
        user = machine.directory.user("acme")
        assert user is not None
        webhooks = machine.webhooks.of(user)
    (found,) = [webhook for webhook in webhooks if "/apify/" in webhook.settings.request_url]
    return found


@pytest.mark.parametrize("hurt", [delete, disable])
def test_hurt_webhook_comes_back(running: Stage, hurt: Callable[[Stage], None]) -> None:
    """
    A webhook that was deleted or disabled at Apify is there again after the next tick.
    """
    before = registered(running)
    hurt(running)

    running.world.reconcile()

    after = registered(running)
    assert after.settings.request_url == before.settings.request_url
    assert after.id != before.id
    assert after.is_enabled


def test_event_without_webhook_is_caught_up(running: Stage) -> None:
    """
    An event of the time in which a webhook was missing, which Apify did not send, reaches its element once.
    """
    delete(running)
    instance = running.start("async-actor", query="tea")
    run_id = running.run_of(instance)
    running.story.wait_for("apify", "run.succeeded", lambda facts: facts["id"] == run_id)

    running.world.reconcile()

    assert running.result(instance)["items"] == [{"title": "Result"}]
    assert running.messages_for(run_id) == 1
    with pytest.raises(ValueError, match="not enough values"):  # no webhook was called of it
        running.dispatch_of(run_id, SUCCEEDED)
