"""Runs the async stores and clients of a deployment for the threads of the page's server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from apify_camunda.errors import ConnectorError, EngineRejected
from apify_camunda.platform.ports import Clock
from botocore.exceptions import BotoCoreError, ClientError
from live_page import PageError

from apify_camunda_cli.deployment.aws_errors import meaning_of
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.discovery import Deployment
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import one_line

_TIMEOUT_S: Final = 60.0
_LONGEST_WORDS: Final = 1_000

T = TypeVar("T")


class PageRoom:
    """A deployment's container on an event loop of its own; usable as a context manager.

    Args:
        deployment: Where everything is.
        clock: The time by which rows are read and written.
    """

    def __init__(self, deployment: Deployment, clock: Clock) -> None:
        self._deployment = deployment
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="page-room", daemon=True)
        self.container = Container(deployment, clock=clock, report_progress=lambda _: None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_TIMEOUT_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def run(self, work: Callable[[Container], Awaitable[T]]) -> T:
        """Do work with the container on its loop, and return its result.

        Raises:
            PageError: Camunda, Apify or AWS refused it, or did not answer.
        """

        async def working() -> T:
            return await work(self.container)

        with failures_translated():
            return asyncio.run_coroutine_threadsafe(working(), self._loop).result(_TIMEOUT_S)

    def begin(self, work: Callable[[Container], Awaitable[Any]]) -> None:
        """Let work go on beside everything else until the room is left."""

        async def working() -> None:
            await work(self.container)

        asyncio.run_coroutine_threadsafe(working(), self._loop)

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.container.__aexit__(None, None, None)


@contextmanager
def failures_translated() -> Iterator[None]:
    """Turn what stores and clients raise into what the page answers.

    Raises:
        PageError: With the failure's own words.
    """
    try:
        yield
    except EngineRejected as error:
        raise PageError(404 if error.rejection == "NOT_FOUND" else 409, _words(error.message)) from error
    except ConnectorError as error:
        raise PageError(502, _words(error.message)) from error
    except (NotDone, UsageError) as error:
        raise PageError(409, _words(error)) from error
    except (BotoCoreError, ClientError) as error:
        meaning = meaning_of(error)
        raise PageError(502, _words(meaning.text if meaning else error)) from error
    except TimeoutError as error:
        raise PageError(504, f"No answer came within {_TIMEOUT_S:g} seconds; try again.") from error


def _words(text: object) -> str:
    return one_line(text, _LONGEST_WORDS)
