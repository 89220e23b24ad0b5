"""What every Apify does for us: the fake, and the real adapter against the emulator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.model import (
    PAYLOAD_TEMPLATE,
    RUN_CREATED,
    TERMINAL_EVENT_TYPES,
    AdHocWebhook,
    ApiCall,
    ResourceKind,
    StartRun,
    Webhook,
    WebhookSpec,
)
from apify_camunda.apify.port import Apify, ApifyAccounts
from apify_camunda.errors import ApifyRejected, ErrorCode
from apify_camunda.identifiers import RunId, WebhookId
from apify_camunda.platform.http_client import new_client
from emulators.apify import ApifyEmulator, DrivenClock

from tests import builders_outbound as a
from tests.fakes.apify import TOKEN, FakeApifyAccounts, FakeWorld
from tests.fakes.clock import FrozenClock

T = TypeVar("T")
CALLBACK = AdHocWebhook(
    event_types=(RUN_CREATED, *TERMINAL_EVENT_TYPES),
    request_url="http://127.0.0.1:9/runs/2251799813685260-1",
    headers={"x-apify-camunda-signature": "k2.ab12"},
    idempotency_key="attempt-1",
)


@dataclass
class Target:
    """One Apify, and what a test does to it from outside."""

    accounts: ApifyAccounts
    run: Callable[[Coroutine[Any, Any, T]], T]
    end_run: Callable[[RunId], None]

    @property
    def apify(self) -> Apify:
        return self.accounts.with_token(TOKEN)


@pytest.fixture(params=["fake", "emulator"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    with asyncio.Runner() as runner:
        if request.param == "fake":
            world = FakeWorld(FrozenClock())
            yield Target(FakeApifyAccounts(world), runner.run, world.end_run)
            return
        clock = DrivenClock()
        with ApifyEmulator(clock=clock) as emulator:
            emulator.hold_deliveries()
            client = new_client()
            yield Target(
                ApifyAccountsOverHttp(client=client, clock=FrozenClock(), base_url=emulator.url),
                runner.run,
                lambda _: clock.advance(timedelta(seconds=10)),
            )
            runner.run(client.aclose())


async def everything(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


def refusal_of(target: Target, call: Coroutine[Any, Any, object]) -> ApifyRejected:
    with pytest.raises(ApifyRejected) as refused:
        target.run(call)
    return refused.value


def test_token_has_a_user(target: Target) -> None:
    """The user's id is the same each time."""
    first = target.run(target.apify.user_id())
    assert first
    assert target.run(target.apify.user_id()) == first


def test_wrong_token_is_unauthorized(target: Target) -> None:
    """A token that Apify does not know is refused for good."""
    error = refusal_of(target, target.accounts.with_token("token-of-nobody").user_id())
    assert (error.code, error.status) == ("UNAUTHORIZED", 401)


@pytest.mark.parametrize(
    ("kind", "name"), [(ResourceKind.ACTOR, "acme/crawler"), (ResourceKind.TASK, "acme/crawl-acme")]
)
def test_names_resolve_to_ids(target: Target, kind: ResourceKind, name: str) -> None:
    """A slash, a tilde and the id itself name the same resource."""
    by_slash = target.run(target.apify.resolve(kind, name))
    assert target.run(target.apify.resolve(kind, name.replace("/", "~"))) == by_slash
    assert target.run(target.apify.resolve(kind, by_slash)) == by_slash


@pytest.mark.parametrize(
    ("kind", "code"), [(ResourceKind.ACTOR, "ACTOR_NOT_FOUND"), (ResourceKind.TASK, "TASK_NOT_FOUND")]
)
def test_unknown_resource_says_what_is_missing(target: Target, kind: ResourceKind, code: str) -> None:
    """An unknown Actor and an unknown task have codes of their own, wherever they are named."""
    assert refusal_of(target, target.apify.resolve(kind, "acme/missing")).code == code
    start = a.start_request(kind=kind, resource_id="acme~missing")
    assert refusal_of(target, target.apify.start_run(start)).code == code


def test_run_goes_on_to_its_end(target: Target) -> None:
    """A run that was started is there, and ends."""
    started = target.run(target.apify.start_run(a.start_request()))
    assert not started.is_terminal

    target.end_run(started.id)

    ended = target.run(target.apify.run(started.id))
    assert ended is not None
    assert (ended.id, ended.status, ended.is_terminal) == (started.id, "SUCCEEDED", True)
    assert ended.text("defaultDatasetId")


def test_unknown_run_is_not_found(target: Target) -> None:
    """A run that Apify does not know is no error."""
    assert target.run(target.apify.run(RunId("runThatNeverWas00"))) is None


def test_options_of_the_start_reach_the_run(target: Target) -> None:
    """Timeout, memory and build are those that were asked for."""
    request = a.start_request(timeout=timedelta(seconds=90), memory_mbytes=512, build="latest")
    started = target.run(target.apify.start_run(request))
    run = target.run(target.apify.run(started.id))
    assert run is not None
    options = run.raw["options"]
    assert isinstance(options, dict)
    assert (options["timeoutSecs"], options["memoryMbytes"], options["build"]) == (90, 512, "latest")


def test_input_can_be_read_again(target: Target) -> None:
    """The input that a run was started with is the one that was sent."""
    started = target.run(target.apify.start_run(a.start_request(input={"url": "https://acme.example/ä"})))
    assert target.run(target.apify.run_input(started)) == {"url": "https://acme.example/ä"}


def test_task_without_input_uses_its_own(target: Target) -> None:
    """A task that is started without an override runs with its saved input."""
    start = StartRun(kind=ResourceKind.TASK, resource_id="acme~crawl-acme")
    started = target.run(target.apify.start_run(start))
    assert target.run(target.apify.run_input(started)) == {"url": "https://acme.example"}


def test_task_override_goes_over_its_own_input(target: Target) -> None:
    """A task's saved input keeps what the override does not name."""
    start = StartRun(kind=ResourceKind.TASK, resource_id="acme~crawl-acme", input={"depth": 2})
    started = target.run(target.apify.start_run(start))
    assert target.run(target.apify.run_input(started)) == {"url": "https://acme.example", "depth": 2}


def test_aborted_run_is_aborted(target: Target) -> None:
    """A run that is aborted ends so; one that has ended stays as it is."""
    started = target.run(target.apify.start_run(a.start_request()))
    target.run(target.apify.abort_run(started.id))
    aborted = target.run(target.apify.run(started.id))
    assert aborted is not None
    assert aborted.status in ("ABORTED", "ABORTING")
    target.run(target.apify.abort_run(started.id))


def test_runs_are_listed_newest_first(target: Target) -> None:
    """The runs of an Actor come newest first, and only those since the given time."""
    actor = target.run(target.apify.resolve(ResourceKind.ACTOR, "acme/crawler"))
    first = target.run(target.apify.start_run(a.start_request()))
    second = target.run(target.apify.start_run(a.start_request()))

    listed = target.run(everything(target.apify.runs(ResourceKind.ACTOR, actor, since=None)))
    assert {run.id for run in listed} == {first.id, second.id}

    began_at = first.text("startedAt")
    assert began_at is not None
    later = a.moment(began_at) + timedelta(hours=1)
    assert target.run(everything(target.apify.runs(ResourceKind.ACTOR, actor, since=later))) == []


def test_run_starts_with_its_webhook(target: Target) -> None:
    """The ad-hoc webhook of a run is listed with the run that it belongs to."""
    started = target.run(target.apify.start_run(a.start_request(webhooks=(CALLBACK,))))
    [webhook] = target.run(everything(target.apify.webhooks()))
    assert webhook.condition.get("actorRunId") == started.id
    assert (webhook.request_url, webhook.is_ad_hoc) == (CALLBACK.request_url, True)
    assert set(webhook.event_types) == set(CALLBACK.event_types)


def spec(target: Target, **changes: Any) -> WebhookSpec:
    values: dict[str, Any] = {
        "kind": ResourceKind.ACTOR,
        "resource_id": target.run(target.apify.resolve(ResourceKind.ACTOR, "acme/crawler")),
        "event_types": ("ACTOR.RUN.SUCCEEDED",),
        "request_url": "https://hooks.example/apify/main-1",
        "headers": {"x-apify-camunda-signature": "k2.ab12"},
        "description": "A registration of a test",
        "idempotency_key": "key-1",
    }
    return WebhookSpec(**(values | changes))


def webhook_of(target: Target, webhook_id: WebhookId) -> Webhook:
    listed = target.run(everything(target.apify.webhooks()))
    return next(webhook for webhook in listed if webhook.id == webhook_id)


def test_webhook_is_created_once(target: Target) -> None:
    """The same idempotency key gives the same webhook."""
    first = target.run(target.apify.create_webhook(spec(target)))
    assert target.run(target.apify.create_webhook(spec(target))) == first
    found = webhook_of(target, first.id)
    assert (found.is_enabled, found.is_ad_hoc) == (True, False)
    assert found.condition.get("actorId") == spec(target).resource_id


def test_webhooks_of_a_resource_are_listed_alone(target: Target) -> None:
    """The list of an Actor or task shows its own webhooks, as the user's list shows them, and no others."""
    task = target.run(target.apify.resolve(ResourceKind.TASK, "acme/crawl-acme"))
    of_actor = spec(target)
    of_task = spec(target, kind=ResourceKind.TASK, resource_id=task, idempotency_key="key-2")
    for wanted in (of_actor, of_task):
        created = target.run(target.apify.create_webhook(wanted))

        listed = target.run(everything(target.apify.webhooks_of(wanted.kind, wanted.resource_id)))

        assert listed == [webhook_of(target, created.id)]


@pytest.mark.parametrize("kind", list(ResourceKind))
def test_webhooks_of_nothing_are_refused(target: Target, kind: ResourceKind) -> None:
    """The list of an Actor or task that the token does not see is refused, not empty."""
    call = everything(target.apify.webhooks_of(kind, "nobodys-resource0"))
    assert refusal_of(target, call).status == 404


def test_webhook_is_changed(target: Target) -> None:
    """A webhook becomes what the spec says."""
    webhook = target.run(target.apify.create_webhook(spec(target))).id
    wanted = spec(target, event_types=("ACTOR.RUN.FAILED", "ACTOR.RUN.SUCCEEDED"))
    assert target.run(target.apify.update_webhook(webhook, wanted))
    assert set(webhook_of(target, webhook).event_types) == set(wanted.event_types)


def test_one_webhook_is_shown_whole(target: Target) -> None:
    """Asked for alone, a webhook shows its templates and when it was changed; one that is gone is None."""
    wanted = spec(target)
    made = target.run(target.apify.create_webhook(wanted))
    found = target.run(target.apify.webhook(made.id))

    assert found is not None
    assert json.loads(found.headers_template or "") == wanted.headers
    assert found.payload_template == PAYLOAD_TEMPLATE
    assert (found.does_not_retry, found.ignores_ssl_errors, found.interpolates_strings) == (False,) * 3
    assert found.modified_at == made.modified_at == webhook_of(target, made.id).modified_at
    target.run(target.apify.delete_webhook(made.id))
    assert target.run(target.apify.webhook(made.id)) is None


def test_webhook_that_is_gone_is_not_changed(target: Target) -> None:
    """Deleting is done once and for all; changing what is gone says so."""
    webhook = target.run(target.apify.create_webhook(spec(target))).id
    target.run(target.apify.delete_webhook(webhook))
    target.run(target.apify.delete_webhook(webhook))
    assert not target.run(target.apify.update_webhook(webhook, spec(target)))
    assert target.run(everything(target.apify.webhooks())) == []


def test_dataset_is_read_in_pages(target: Target) -> None:
    """A page says what it covers and how much there is."""
    first = target.run(target.apify.dataset_items("acme~products", offset=0, limit=1, options={}))
    assert (first.items, first.count, first.total) == (({"sku": "A-1", "price": 5},), 1, 2)
    rest = target.run(target.apify.dataset_items("acme~products", offset=1, limit=None, options={}))
    assert (rest.items, rest.offset, rest.count) == (({"sku": "B-2", "price": 7},), 1, 1)
    beyond = target.run(target.apify.dataset_items("acme~products", offset=5, limit=10, options={}))
    assert (beyond.items, beyond.count) == ((), 0)


@pytest.mark.parametrize(
    ("options", "items"),
    [
        ({"fields": "sku"}, ({"sku": "A-1"}, {"sku": "B-2"})),
        ({"omit": "sku"}, ({"price": 5}, {"price": 7})),
        ({"desc": "true"}, ({"sku": "B-2", "price": 7}, {"sku": "A-1", "price": 5})),
    ],
)
def test_options_of_a_dataset_are_apifys(
    target: Target, options: dict[str, str], items: tuple[object, ...]
) -> None:
    """`fields`, `omit` and `desc` do what Apify's documents say."""
    page = target.run(target.apify.dataset_items("acme~products", offset=0, limit=None, options=options))
    assert page.items == items


def test_unknown_dataset_has_a_code(target: Target) -> None:
    """A missing dataset is another answer than an empty one."""
    call = target.apify.dataset_items("acme~missing", offset=0, limit=None, options={})
    assert refusal_of(target, call).code == "DATASET_NOT_FOUND"


def test_page_larger_than_asked_for_is_refused(target: Target) -> None:
    """A page that has more bytes than the reader can hold is not read; one that has no more is."""
    ask = partial(target.apify.dataset_items, "acme~products", offset=0, limit=None, options={})
    size_bytes = target.run(ask()).size_bytes
    assert len(target.run(ask(most_bytes=size_bytes)).items) == 2
    assert refusal_of(target, ask(most_bytes=size_bytes - 1)).code == "PAYLOAD_TOO_LARGE"


def test_record_larger_than_asked_for_is_refused(target: Target) -> None:
    """A record that has more bytes than the reader can hold is not read; one that has no more is."""
    whole = target.run(target.apify.record("acme~settings", "page"))
    assert target.run(target.apify.record("acme~settings", "page", most_bytes=len(whole.body))) == whole
    too_large = target.apify.record("acme~settings", "page", most_bytes=len(whole.body) - 1)
    assert refusal_of(target, too_large).code == "PAYLOAD_TOO_LARGE"


def test_record_comes_as_it_is_stored(target: Target) -> None:
    """A record's bytes are not changed, its type has no parameters."""
    page = target.run(target.apify.record("acme~settings", "page"))
    assert (page.content_type, page.body) == ("text/html", b"<html><head></head><body>Hi</body></html>")


@pytest.mark.parametrize(
    ("store", "key", "code"),
    [
        ("acme~settings", "missing", ErrorCode.RECORD_NOT_FOUND),
        ("acme~missing", "greeting", ErrorCode.STORE_NOT_FOUND),
    ],
)
def test_unknown_record_has_a_code(target: Target, store: str, key: str, code: ErrorCode) -> None:
    """A missing record is another error than a missing store."""
    assert refusal_of(target, target.apify.record(store, key)).code is code


def call(method: str, *path: str, missing: ErrorCode = ErrorCode.RESOURCE_NOT_FOUND, **more: Any) -> ApiCall:
    return ApiCall(method, path, missing, is_repeatable=True, **more)


def test_call_reads_what_it_names(target: Target) -> None:
    """A call's answer is Apify's own, envelope and all."""
    run = target.run(target.apify.start_run(a.start_request()))
    answer = target.run(target.apify.call(call("GET", "actor-runs", run.id)))
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body)["data"]["id"] == run.id


def test_call_that_names_nothing_has_the_code_that_it_asks_for(target: Target) -> None:
    """What Apify does not know is refused with the caller's code."""
    refused = refusal_of(
        target, target.apify.call(call("GET", "actor-runs", "missing", missing=ErrorCode.RUN_NOT_FOUND))
    )
    assert refused.code is ErrorCode.RUN_NOT_FOUND


def test_call_writes_a_record(target: Target) -> None:
    """A body goes out with its content type, and a record that was deleted is gone."""
    path = ("key-value-stores", "acme~settings", "records", "note")
    target.run(target.apify.call(call("PUT", *path, content=b"hello", content_type="text/plain")))
    assert target.run(target.apify.record("acme~settings", "note")).body == b"hello"
    target.run(target.apify.call(call("DELETE", *path)))
    assert refusal_of(target, target.apify.record("acme~settings", "note")).code == "RECORD_NOT_FOUND"


def test_call_pushes_items(target: Target) -> None:
    """Pushed items come last in the dataset."""
    push = call("POST", "datasets", "acme~products", "items", content=b'[{"sku": "C-3"}]')
    target.run(target.apify.call(replace(push, content_type="application/json")))
    page = target.run(target.apify.dataset_items("acme~products", offset=2, limit=None, options={}))
    assert page.items == ({"sku": "C-3"},)


def test_answer_larger_than_asked_for_is_refused(target: Target) -> None:
    """An answer that has more bytes than the reader can hold is not read."""
    run = target.run(target.apify.start_run(a.start_request()))
    refused = refusal_of(target, target.apify.call(call("GET", "actor-runs", run.id, most_bytes=10)))
    assert refused.code == "PAYLOAD_TOO_LARGE"
