"""Apify as the operations' tests see it: the real adapter, and the emulator behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.model import ApifyRun
from apify_camunda.apify.port import Apify
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.operations.model import ActOperation, ReadOperation
from apify_camunda.outbound.operations.request import read_request
from apify_camunda.platform.http_client import new_client
from emulators.apify import ApifyEmulator, DrivenClock

from tests import builders_outbound as a
from tests.fakes.apify import TOKEN
from tests.fakes.clock import FrozenClock

T = TypeVar("T")


@dataclass
class AtHand:
    """One Apify with a world of its own."""

    apify: Apify
    emulator: ApifyEmulator
    clock: DrivenClock
    runner: asyncio.Runner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def start(self, **changes: Any) -> ApifyRun:
        """Start a run of the Actor, as another program would."""
        return self.run(self.apify.start_run(a.start_request(**changes)))

    def end_runs(self) -> None:
        """Let time pass until the runs have ended."""
        self.clock.advance(timedelta(seconds=10))

    def response(self, operation: str, **inputs: Any) -> JsonObject:
        """Return what the process gets of an operation that starts no run."""
        wanted = read_request(a.variables(operation, f"{operation}Input", **inputs)).operation
        if isinstance(wanted, ReadOperation):
            return self.run(wanted.read(self.apify)).response
        assert isinstance(wanted, ActOperation)
        return self.run(wanted.act(self.apify)).response


@contextmanager
def apify_at_hand() -> Iterator[AtHand]:
    """Start the emulator, and stop it at the end."""
    clock = DrivenClock()
    with asyncio.Runner() as runner, ApifyEmulator(clock=clock) as emulator:
        emulator.hold_deliveries()
        client = new_client()
        accounts = ApifyAccountsOverHttp(client=client, clock=FrozenClock(), base_url=emulator.url)
        yield AtHand(accounts.with_token(TOKEN), emulator, clock, runner)
        runner.run(client.aclose())
