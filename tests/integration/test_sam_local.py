"""The set-up for `sam local`: every sample event gets its answer from it, here without containers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sam_local.answers import POLL, STEPS, holds, readable
from sam_local.container_host import ContainerHost
from sam_local.event_files import rewritten
from sam_local.surroundings import Surroundings, surroundings

EVENTS = Path(__file__).parents[2] / "events"
SECONDS = 25.0
POLL_SECONDS = 30.0  # a poller that has more time waits for further jobs


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def running(runner: asyncio.Runner, told: list[str]) -> Iterator[Surroundings]:
    entered = surroundings(ContainerHost("127.0.0.1"), told.append)
    yield runner.run(entered.__aenter__())
    runner.run(entered.__aexit__(None, None, None))


def test_every_event_gets_its_answer(runner: asyncio.Runner, running: Surroundings, told: list[str]) -> None:
    """
    The events name what the set-up holds, and each gets, in turn, the answer that its table promises.
    """
    for step in STEPS:
        event = (EVENTS / f"{step.event}.json").read_text()
        assert rewritten(json.loads(event), running.ids()) == json.loads(event)

        seconds = POLL_SECONDS if step.function == POLL else SECONDS
        answer = readable(runner.run(running.invoke(step.function, event, seconds)))

        assert holds(answer, step.answer), (step, answer)
    assert len(told) == 1  # the callback of the run that has ended wakes the poller
