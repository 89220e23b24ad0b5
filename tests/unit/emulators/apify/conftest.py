from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from emulators.apify import ApifyEmulator, DrivenClock, World

from tests.threads import alive, started_here
from tests.unit.emulators.apify.builders import START, TOKEN, a_world
from tests.unit.emulators.apify.receiver import Receiver


class Apify:
    """A started emulator with a client of acme and a clock that the test moves."""

    def __init__(self, world: World, **options: Any) -> None:
        self.clock = DrivenClock(START)
        self.emulator = ApifyEmulator(world, clock=self.clock, **options)
        self.client = httpx.Client(
            base_url=self.emulator.start(), headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
        )

    def close(self) -> None:
        self.client.close()
        self.emulator.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Apify]]:
    """Start emulators of worlds; each is stopped after the test, and no thread of it may be left."""
    started: list[Apify] = []

    def start(world: World | None = None, **options: Any) -> Apify:
        started.append(Apify(world or a_world(), **options))
        return started[-1]

    with started_here() as threads:
        yield start
        for apify in started:
            apify.close()
    assert alive(threads) == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
