"""How the SAM CLI is run: alone or as one service, and ended so that it removes its containers."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sam_local.sam_cli import SamCli
from sam_local.surroundings import SetUpFailed

STAND_IN = Path(__file__).with_name("sam_stand_in.py")


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Let processes take SIGINT, as the command does; those of a run in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text('{"number": 1}')
    return path


def sam_cli(tmp_path: Path, *options: str) -> SamCli:
    return SamCli([sys.executable, str(STAND_IN), str(tmp_path)], options, tmp_path / "env.json")


def test_one_invocation(tmp_path: Path, event: Path) -> None:
    """
    `sam local invoke` gets the function, the event, the variables and the machine's options.
    """
    answered = asyncio.run(sam_cli(tmp_path, "--skip-pull-image").invoke("PollJobs", event))

    assert answered.output.strip() == '{"answered": true}'
    assert answered.log.strip() == "START"
    assert (tmp_path / "arguments").read_text().splitlines() == [
        *("local", "invoke", "PollJobs", "--event", str(event)),
        *("--env-vars", str(tmp_path / "env.json"), "--skip-pull-image"),
    ]


def test_one_service_for_many(tmp_path: Path, event: Path) -> None:
    """
    `sam local start-lambda` is used once its port is open, and interrupted at the end.
    """

    async def run() -> str:
        async with sam_cli(tmp_path).start_lambda(tmp_path / "log") as invoke:
            return (await invoke("PollJobs", event)).output

    assert json.loads(asyncio.run(run())) == {
        "path": "/2015-03-31/functions/PollJobs/invocations",
        "event": {"number": 1},
    }
    assert (tmp_path / "interrupted").exists()


def test_service_that_does_not_start(tmp_path: Path) -> None:
    """
    A service that ends before its port is open is an error with its log.
    """

    async def run() -> None:
        async with sam_cli(tmp_path, "--fails").start_lambda(tmp_path / "log"):
            pass

    with pytest.raises(SetUpFailed, match="the image is missing"):
        asyncio.run(run())


def test_cancelled_invocation_is_interrupted(tmp_path: Path, event: Path) -> None:
    """
    A check that ends early interrupts SAM, which removes its container, and does not leave it alone.
    """

    async def run() -> None:
        invoking = asyncio.create_task(sam_cli(tmp_path, "--hangs").invoke("PollJobs", event))
        while not (tmp_path / "arguments").exists():  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.01)
        invoking.cancel()
        await asyncio.gather(invoking, return_exceptions=True)

    asyncio.run(run())
    assert (tmp_path / "interrupted").exists()
