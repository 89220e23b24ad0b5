"""How the adapter for Apify bears with what HTTP and Apify do: lost answers, retries, redirects, refusals."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.error_mapping import Asked, refusal
from apify_camunda.apify.model import LARGE_BYTES, AdHocWebhook, ResourceKind
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.identifiers import RunId
from apify_camunda.platform.http_client import new_client
from emulators.apify import AnswerWith, ApifyEmulator, DrivenClock, DropAnswer, DropRequest, parse_world
from emulators.apify.default_world import DEFAULT_WORLD

from tests import builders_outbound as a
from tests.fakes.apify import TOKEN
from tests.fakes.clock import NOON, FrozenClock

T = TypeVar("T")
RUNS = "/v2/actors/*/runs"
LARGE = {"text": "x" * 1000}
LARGE_STORE = {"owner": "acme", "name": "large", "records": {"page": {"value": LARGE}}}


@dataclass
class Target:
    emulator: ApifyEmulator
    apify: Apify
    clock: FrozenClock
    run: Callable[[Coroutine[Any, Any, T]], T]

    def runs_started(self) -> int:
        async def count() -> int:
            self.emulator.faults.clear()
            actor = await self.apify.resolve(ResourceKind.ACTOR, "acme/crawler")
            return len([run async for run in self.apify.runs(ResourceKind.ACTOR, actor, since=None)])

        return self.run(count())


@pytest.fixture
def target() -> Iterator[Target]:
    clock = FrozenClock()
    world = parse_world({**DEFAULT_WORLD, "redirectFromBytes": 1000, "keyValueStores": [LARGE_STORE]})
    with asyncio.Runner() as runner, ApifyEmulator(world, clock=DrivenClock()) as emulator:
        client = new_client()
        accounts = ApifyAccountsOverHttp(client=client, clock=clock, base_url=emulator.url + "/")
        yield Target(emulator, accounts.with_token(TOKEN), clock, runner.run)
        runner.run(client.aclose())


def unavailable(target: Target, call: Coroutine[Any, Any, object]) -> ApifyUnavailable:
    with pytest.raises(ApifyUnavailable) as failed:
        target.run(call)
    return failed.value


def test_start_whose_answer_was_lost_is_not_repeated(target: Target) -> None:
    """A start that may have taken effect is left to who can look for its run."""
    target.emulator.faults.add(DropAnswer(), method="POST", path=RUNS)
    error = unavailable(target, target.apify.start_run(a.start_request()))
    assert error.outcome_unknown
    assert target.runs_started() == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_start_that_met_a_server_error_is_not_repeated(target: Target, status: int) -> None:
    """A 5xx does not say whether the run was started."""
    target.emulator.faults.add(AnswerWith(status=status, after_effect=True), method="POST", path=RUNS)
    assert unavailable(target, target.apify.start_run(a.start_request())).outcome_unknown
    assert target.runs_started() == 1


def test_start_is_repeated_after_429(target: Target) -> None:
    """A start that was refused for its rate had no effect, and is sent again."""
    refused = AnswerWith(status=429, error_type="rate-limit-exceeded")
    target.emulator.faults.add(refused, method="POST", path=RUNS, times=2)
    target.run(target.apify.start_run(a.start_request()))
    assert target.runs_started() == 1


def test_rate_limit_that_stays_is_not_now(target: Target) -> None:
    """After some tries a rate limit is reported, with nothing left open."""
    refused = AnswerWith(status=429, error_type="rate-limit-exceeded", headers={"Retry-After": "7"})
    target.emulator.faults.add(refused, method="POST", path=RUNS, times=None)
    error = unavailable(target, target.apify.start_run(a.start_request()))
    assert (error.code, error.retry_after, error.outcome_unknown) == (
        "RATE_LIMITED",
        timedelta(seconds=7),
        False,
    )
    assert target.clock.now() - NOON >= timedelta(seconds=4 * 7)


def test_long_retry_after_is_handed_on(target: Target) -> None:
    """Where Apify asks for more time than a job should hold a worker, the caller gets the error at once."""
    refused = AnswerWith(status=429, error_type="rate-limit-exceeded", headers={"Retry-After": "60"})
    target.emulator.faults.add(refused, times=None)
    assert unavailable(target, target.apify.user_id()).retry_after == timedelta(seconds=60)
    assert target.clock.now() == NOON


@pytest.mark.parametrize("fault", [DropAnswer(), DropRequest(), AnswerWith(status=503)])
def test_reads_are_repeated(target: Target, fault: Any) -> None:
    """What only reads is sent again until it is answered."""
    target.emulator.faults.add(fault, method="GET", times=3)
    assert target.run(target.apify.user_id())


def test_reads_are_not_repeated_without_end(target: Target) -> None:
    """A read that is never answered ends as unavailable, with nothing left open."""
    target.emulator.faults.add(AnswerWith(status=500, raw_body=b"<html>Bad Gateway</html>"), times=None)
    error = unavailable(target, target.apify.user_id())
    assert (error.code, error.outcome_unknown) == ("APIFY_UNAVAILABLE", False)
    assert "Bad Gateway" in error.message


def test_refused_connection_is_certainly_no_start() -> None:
    """A start for which no connection was made surely started nothing."""

    async def start() -> None:
        async with new_client() as client:
            nobody = ApifyAccountsOverHttp(client=client, clock=FrozenClock(), base_url="http://127.0.0.1:9")
            await nobody.with_token(TOKEN).start_run(a.start_request())

    with pytest.raises(ApifyUnavailable) as failed:
        asyncio.run(start())
    assert not failed.value.outcome_unknown


def test_large_record_is_fetched_without_credentials(target: Target) -> None:
    """A record at another address is fetched there, without our token."""
    record = target.run(target.apify.record("acme~large", "page"))
    assert record.content_type == "application/json"
    assert json.loads(record.body) == LARGE


@dataclass
class Recorded:
    """A transport that notes requests and answers each with `{}`."""

    requests: list[httpx.Request] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        def answer(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return httpx.Response(201, json={"data": {"id": "run1", "status": "READY"}})

        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    def ask(self, call: Callable[[Apify], Coroutine[Any, Any, object]]) -> httpx.Request:
        async def send() -> None:
            async with self.client() as client:
                accounts = ApifyAccountsOverHttp(client=client, clock=FrozenClock())
                await call(accounts.with_token(TOKEN))

        asyncio.run(send())
        return self.requests[-1]


def test_every_request_has_a_user_agent() -> None:
    """Token, platform and program are in the headers, never in the URL."""
    request = Recorded().ask(lambda apify: apify.run(RunId("run1")))
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["x-apify-integration-platform"] == "camunda"
    assert request.headers["user-agent"].startswith("apify-camunda/")
    assert TOKEN not in str(request.url)


def test_start_says_all_that_was_asked_for() -> None:
    """The limits of a run are in the query, its input is the body."""
    start = a.start_request(
        timeout=timedelta(minutes=1),
        memory_mbytes=256,
        build="1.2.3",
        max_items=5,
        max_total_charge_usd="2.50",
    )
    request = Recorded().ask(lambda apify: apify.start_run(start))
    assert str(request.url) == (
        "https://api.apify.com/v2/actors/acme~crawler/runs"
        "?timeout=60&memory=256&build=1.2.3&maxItems=5&maxTotalChargeUsd=2.50"
    )
    assert json.loads(request.content) == start.input


def test_task_without_override_has_no_body() -> None:
    """No body at all is what lets a task use its saved input."""
    request = Recorded().ask(lambda apify: apify.start_run(a.start_request(input=None)))
    assert request.content == b""
    assert "content-type" not in request.headers


def test_names_are_one_segment() -> None:
    """A record's key cannot leave its place in the path."""
    request = Recorded().ask(lambda apify: apify.record("acme~settings", "../../users/me?x=ü"))
    path = request.url.raw_path.decode().partition("?")[0]
    assert path == "/v2/key-value-stores/acme~settings/records/..%2F..%2Fusers%2Fme%3Fx%3D%C3%BC"


def test_urls_with_webhooks_are_not_logged(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    """The HTTP library's own log, which shows URLs with our signatures in them, is silent."""
    caplog.set_level(logging.DEBUG)
    new_client()
    webhook = AdHocWebhook(("ACTOR.RUN.SUCCEEDED",), "http://127.0.0.1:9/runs/1-1", {"x": "y"}, "key")
    target.run(target.apify.start_run(a.start_request(webhooks=(webhook,))))
    assert "webhooks=" not in caplog.text


@pytest.mark.parametrize(
    ("status", "error_type", "code"),
    [
        (400, "invalid-input", "INVALID_INPUT"),
        (400, "a-type-of-tomorrow", "INVALID_INPUT"),
        (400, "run-input-body-not-valid-json", "INVALID_INPUT"),
        (400, "too-many-webhooks", "WEBHOOK_REFUSED"),
        (400, "invalid-webhook-of-tomorrow", "WEBHOOK_REFUSED"),
        (401, "user-or-token-not-found", "UNAUTHORIZED"),
        (401, "a-type-of-tomorrow", "UNAUTHORIZED"),
        (402, "x402-payment-required", "PAYMENT_REQUIRED"),
        (403, "insufficient-permissions", "FORBIDDEN"),
        (403, "full-permission-actor-not-approved", "PERMISSION_APPROVAL_REQUIRED"),
        (403, "actor-is-not-rented", "PAYMENT_REQUIRED"),
        (404, "record-not-found", "ACTOR_NOT_FOUND"),
        (404, "unknown-build-tag", "BUILD_NOT_FOUND"),
        (404, "build-not-found", "BUILD_NOT_FOUND"),
        (413, "request-too-large", "PAYLOAD_TOO_LARGE"),
    ],
)
def test_refusal_has_a_stable_code(status: int, error_type: str, code: str) -> None:
    """Apify's own name of an error decides its code, and the status where the name says nothing."""
    body = json.dumps({"error": {"type": error_type, "message": "No."}}).encode()
    asked = Asked(ErrorCode.ACTOR_NOT_FOUND, actor="acme~crawler")
    error = refusal(status, body, asked, retry_after=None, has_effect=True)
    assert isinstance(error, ApifyRejected)
    assert (error.code, error.status, error.error_type) == (code, status, error_type)


@pytest.mark.parametrize(
    ("actor", "error_type", "said", "code"),
    [
        ("acme~crawler", "invalid-input", "Field input.webhookUrl is required", "INVALID_INPUT"),
        ("acme~webhook-sender", "a-type-of-tomorrow", "acme/webhook-sender takes no memory", "INVALID_INPUT"),
        ("webhooks~crawler", "a-type-of-tomorrow", "User webhooks has no such Actor", "INVALID_INPUT"),
        ("acme~webhook-sender", "a-type-of-tomorrow", "Webhook is not valid", "WEBHOOK_REFUSED"),
        ("acme~crawler", "invalid-parameter", "Parameter webhooks is not valid", "WEBHOOK_REFUSED"),
    ],
)
def test_a_refused_webhook_is_distinguished_from_input_and_names(
    actor: str, error_type: str, said: str, code: str
) -> None:
    """Neither an input that speaks of webhooks nor an Actor's name makes a refusal one of webhooks."""
    body = json.dumps({"error": {"type": error_type, "message": said}}).encode()
    asked = Asked(ErrorCode.ACTOR_NOT_FOUND, actor=actor)
    assert refusal(400, body, asked, retry_after=None, has_effect=True).code == code


@pytest.mark.parametrize(
    ("status", "error_type", "code", "unknown"),
    [
        (400, "actor-memory-limit-exceeded", "MEMORY_LIMIT_EXCEEDED", False),
        (400, "concurrent-runs-limit-exceeded", "CONCURRENT_RUNS_LIMIT_EXCEEDED", False),
        (402, "actor-memory-limit-exceeded", "MEMORY_LIMIT_EXCEEDED", False),
        (429, "rate-limit-exceeded", "RATE_LIMITED", False),
        (429, "a-type-of-tomorrow", "RATE_LIMITED", False),
        (500, "internal-server-error", "APIFY_UNAVAILABLE", True),
        (502, "", "APIFY_UNAVAILABLE", True),
    ],
)
def test_not_now_is_not_a_refusal(status: int, error_type: str, code: str, unknown: bool) -> None:  # noqa: FBT001 - a column
    """Limits that others fill mean "later" with any status; only a 5xx leaves open what happened."""
    body = json.dumps({"error": {"type": error_type, "message": "Later."}}).encode()
    error = refusal(status, body, Asked(ErrorCode.ACTOR_NOT_FOUND), retry_after=None, has_effect=True)
    assert isinstance(error, ApifyUnavailable)
    assert (error.code, error.outcome_unknown) == (code, unknown)


@pytest.mark.parametrize(
    ("missing", "what", "field"),
    [(ErrorCode.ACTOR_NOT_FOUND, "Actor", "Input"), (ErrorCode.TASK_NOT_FOUND, "task", "Input override")],
)
def test_rejected_input_says_where_to_look(missing: ErrorCode, what: str, field: str) -> None:
    """An input that the Actor refuses names the field of the template, and calls a task a task."""
    body = b'{"error": {"type": "invalid-input", "message": "startUrls is required"}}'
    error = refusal(400, body, Asked(missing, actor="acme~crawl"), retry_after=None, has_effect=True)
    assert error.message == (
        f'The {what} "acme~crawl" rejected the input: startUrls is required. Correct the field "{field}" '
        '("Input Body" in Apify\'s own template); the input schema of the Actor says what it takes.'
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Key-value store was not found", "STORE_NOT_FOUND"),
        ("Store was not found.", "STORE_NOT_FOUND"),
        ("Record was not found", "RECORD_NOT_FOUND"),
    ],
)
def test_missing_store_is_not_a_missing_record(said: str, code: str) -> None:
    """Apify has one name for both errors; its message tells which of them is missing."""
    body = json.dumps({"error": {"type": "record-not-found", "message": said}}).encode()
    error = refusal(404, body, Asked(ErrorCode.RECORD_NOT_FOUND), retry_after=None, has_effect=False)
    assert error.code == code


def test_approval_is_a_link() -> None:
    """Where a person must approve an Actor, the message and the variables say where."""
    url = "https://console.apify.com/actors/1?approvePermissions=true"
    refused = {"type": "full-permission-actor-not-approved", "message": "No.", "data": {"approvalUrl": url}}
    body = json.dumps({"error": refused}).encode()
    error = refusal(403, body, Asked(ErrorCode.ACTOR_NOT_FOUND), retry_after=None, has_effect=True)
    assert error.variables == {"approvalUrl": url}
    assert url in error.message


def failing_with(response: Callable[[httpx.Request], httpx.Response]) -> Exception:
    """Return what reading a record raises where each request is answered so."""

    async def read() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(response)) as client:
            accounts = ApifyAccountsOverHttp(client=client, clock=FrozenClock())
            await accounts.with_token(TOKEN).record("acme~settings", "greeting")

    with pytest.raises((ApifyRejected, ApifyUnavailable)) as failed:
        asyncio.run(read())
    return failed.value


def test_answer_that_does_not_fit_into_memory() -> None:
    """An answer is not read beyond what one function can hold."""
    error = failing_with(lambda _: httpx.Response(200, content=b"x" * (LARGE_BYTES + 1)))
    assert isinstance(error, ApifyRejected)
    assert error.code == "PAYLOAD_TOO_LARGE"


def test_redirects_without_end() -> None:
    """A redirect that leads to itself ends as unavailable."""
    error = failing_with(lambda request: httpx.Response(302, headers={"location": str(request.url)}))
    assert isinstance(error, ApifyUnavailable)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "https://127.0.0.1/",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://0.0.0.0/",
        "http://storage.example/plain",
        "file:///etc/passwd",
    ],
)
def test_redirects_lead_out_into_the_world(location: str) -> None:
    """A redirect to this machine, its link, or without TLS is not followed: nothing of Apify's is there."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"location": location})

    error = failing_with(answer)
    assert isinstance(error, ApifyRejected)
    assert error.code == "APIFY_REDIRECT_REFUSED"
    assert len(seen) == 1


def test_credentials_stay_here() -> None:
    """Where a redirect leads elsewhere, neither token nor platform go along."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        elsewhere = {"location": "https://elsewhere.example/signed?x=1"}
        return httpx.Response(302, headers=elsewhere) if len(seen) == 1 else httpx.Response(404)

    failing_with(answer)
    assert str(seen[1].url) == "https://elsewhere.example/signed?x=1"
    assert "authorization" not in seen[1].headers
    assert "x-apify-integration-platform" not in seen[1].headers


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": 5}', b"{}"])
def test_start_whose_answer_cannot_be_read_may_have_started(body: bytes) -> None:
    """A 2xx whose body is not Apify's leaves open which run was started."""

    async def start() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(201, content=body))
        async with httpx.AsyncClient(transport=transport) as client:
            accounts = ApifyAccountsOverHttp(client=client, clock=FrozenClock())
            await accounts.with_token(TOKEN).start_run(a.start_request())

    with pytest.raises(ApifyUnavailable) as failed:
        asyncio.run(start())
    assert failed.value.outcome_unknown
