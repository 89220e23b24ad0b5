"""The ad-hoc webhook of a run, as Apify calls it, is what our door for callbacks takes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.model import StartRun
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import NoteRun
from apify_camunda.outbound.domain.run_callback import callback_webhook
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.http_messages import HttpRequest
from emulators.apify import ApifyEmulator, DrivenClock

from tests import builders_outbound as a
from tests.fakes.apify import TOKEN
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.secret_source import KEYS, FakeSecretSource
from tests.fakes.waker import FakeWaker


class Door(BaseHTTPRequestHandler):
    """Hands each request to the flow, as the HTTP API does."""

    record_callback: RecordCallback
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = HttpRequest("POST", self.path, headers, {}, body, NOON)
        reply = asyncio.run(self.record_callback(request))
        self.answers.append(reply.status)
        self.send_response(reply.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def door(attempts: FakeAttemptLedger) -> Iterator[tuple[str, list[int]]]:
    answers: list[int] = []
    flow = RecordCallback(
        attempts=attempts,
        jobs=FakeJobQueue(FrozenClock()),
        waker=FakeWaker(),
        secrets=FakeSecretSource(),
        clock=FrozenClock(),
    )
    handler = type("OpenDoor", (Door,), {"record_callback": flow, "answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", answers
        server.shutdown()
        thread.join()


def start(emulator: ApifyEmulator, attempt: Attempt, public_url: str) -> str:
    webhook = callback_webhook(attempt, public_url=public_url, keys=KEYS, until_the_end=True)
    request: StartRun = a.start_request(webhooks=(webhook,))

    async def started() -> str:
        async with new_client() as client:
            accounts = ApifyAccountsOverHttp(client=client, clock=FrozenClock(), base_url=emulator.url)
            return (await accounts.with_token(TOKEN).start_run(request)).id

    return asyncio.run(started())


def test_callbacks_of_a_run_reach_its_attempt() -> None:
    """CREATED brings the run's id, its end the status of a known run; both are signed for our receiver."""
    attempts = FakeAttemptLedger()
    attempt = a.attempt()
    attempts.rows[attempt.id] = attempt
    clock = DrivenClock()
    with door(attempts) as (url, answers), ApifyEmulator(clock=clock) as emulator:
        run_id = start(emulator, attempt, url)
        assert emulator.settle()
        assert (attempts.rows[attempt.id].reported_runs, answers) == ((run_id,), [200])

        asyncio.run(attempts.change(attempt.id, NoteRun(RunId(run_id))))
        clock.advance(timedelta(minutes=1))
        assert emulator.settle()

    assert attempts.rows[attempt.id].run_status == "SUCCEEDED"
    assert answers == [200, 200]
