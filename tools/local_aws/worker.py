"""One execution environment of a function: a child with the real runtime client, frozen between invocations.

It runs one invocation at a time. How many workers there are is the pool's business.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from local_aws.child_process import ChildProcess, inherited_environment
from local_aws.declarations import FunctionSpec
from local_aws.invocations import (
    Failed,
    Invocation,
    Outcome,
    Returned,
    exited,
    failure,
    response_too_large,
    timed_out,
)
from local_aws.observations import FunctionLogged, Observer
from local_aws.runtime_api import (
    Answered,
    AnswerTooLarge,
    AskedForNext,
    Exited,
    InitFailed,
    Message,
    ReportedError,
    RuntimeApi,
)

_INIT_LIMIT = timedelta(seconds=10)
"""Lambda gives the code outside the handler ten seconds, or the function's timeout where that is longer."""
_LOG_TAIL_BYTES = 4096
_LOG_TAIL_LINES = 512


class Worker:
    """A worker that has not started yet; the first invocation starts it.

    Args:
        spec: The function.
        services: Environment variables that point the function to the services here.
        observer: Gets what the function logs.
        freezes: Whether the child is stopped between invocations.
    """

    def __init__(
        self, spec: FunctionSpec, services: Mapping[str, str], observer: Observer, *, freezes: bool = True
    ) -> None:
        self._spec = spec
        self._services = services
        self._observer = observer
        self._freezes = freezes
        self._api = RuntimeApi(spec.arn, spec.timeout)
        self._child: ChildProcess | None = None
        self._exit_watch: asyncio.Task[None] | None = None
        self._request_id: str | None = None
        self._log: deque[str] = deque(maxlen=_LOG_TAIL_LINES)
        self.is_usable = True

    @property
    def has_ended(self) -> bool:
        """Return whether the child that it had is gone, for example because it was killed."""
        return self._child is not None and self._child.has_ended

    @property
    def is_cold(self) -> bool:
        """Return whether no invocation has started this worker yet."""
        return self._child is None

    async def run(self, invocation: Invocation) -> Outcome:
        """Run one invocation to its end; afterwards `is_usable` says whether there may be another."""
        self._log.clear()
        self._log.append(f"START RequestId: {invocation.request_id} Version: $LATEST")
        outcome = await self._run(invocation)
        if self._child is not None:
            self._child.drain()
        self._request_id = None
        self._log.append(f"END RequestId: {invocation.request_id}")
        tail = ("\n".join(self._log) + "\n").encode()[-_LOG_TAIL_BYTES:]
        if isinstance(outcome, Failed):
            return Failed(outcome.error_type, outcome.payload, tail)
        return Returned(outcome.payload, tail)

    async def stop(self) -> None:
        """Kill the child and close what it was served by."""
        self.is_usable = False
        if self._child is not None:
            await self._child.kill()
        if self._exit_watch is not None:
            await self._exit_watch
        await self._api.__aexit__(None, None, None)

    async def _run(self, invocation: Invocation) -> Outcome:
        self._request_id = invocation.request_id
        if self._child is None and (failed := await self._start(invocation)) is not None:
            self.is_usable = False
            return failed
        assert self._child is not None
        self._child.thaw()
        outcome = None
        try:
            async with asyncio.timeout(self._spec.timeout.total_seconds()):
                self._api.hand_out(invocation)
                outcome = self._outcome(invocation, await self._api.inbox.get())
                if self.is_usable:
                    await self._settle()
        except TimeoutError:
            self.is_usable = False
            outcome = outcome or timed_out(invocation.request_id, self._spec.timeout)
        return outcome

    async def _start(self, invocation: Invocation) -> Failed | None:
        """Start the child; return why it did not come up, or None when it asks for its first invocation."""
        await self._api.__aenter__()
        self._child = await ChildProcess.start(
            "awslambdaric",
            [self._spec.handler],
            folder=self._spec.code_folder,
            environment=_environment(self._spec, self._services, self._api.address),
            on_line=self._on_line,
        )
        self._exit_watch = asyncio.create_task(self._watch_exit(self._child))
        limit = max(_INIT_LIMIT, self._spec.timeout)
        try:
            async with asyncio.timeout(limit.total_seconds()):
                message = await self._api.inbox.get()
        except TimeoutError:
            return timed_out(invocation.request_id, limit)
        if isinstance(message, AskedForNext):
            return None
        outcome = self._outcome(invocation, message)
        assert isinstance(outcome, Failed)
        return outcome

    async def _watch_exit(self, child: ChildProcess) -> None:
        self._api.inbox.put_nowait(Exited(await child.wait()))

    def _outcome(self, invocation: Invocation, message: Message) -> Outcome:
        """Return what the message means for the invocation; a worker that it ends is not usable any more."""
        match message:
            case Answered(payload=payload):
                return Returned(payload)
            case ReportedError(error_type=error_type, payload=payload):
                return Failed(error_type, payload)
        self.is_usable = False
        match message:
            case AnswerTooLarge(size_bytes=size_bytes):
                return response_too_large(size_bytes)
            case InitFailed(error_type=error_type, payload=payload):
                return Failed(error_type, payload)
            case Exited(return_code=return_code):
                return exited(invocation.request_id, return_code)
            case AskedForNext():
                return failure("Runtime.NoResponse", "The runtime asked for more before it had answered.")
            case _:
                assert_never(message)

    async def _settle(self) -> None:
        """Wait until the child asks for its next invocation, and freeze it there."""
        assert self._child is not None
        match await self._api.inbox.get():
            case AskedForNext():
                if self._freezes:
                    self._child.freeze()
            case _:
                self.is_usable = False

    def _on_line(self, line: str) -> None:
        line = line.replace("\r", "\n").rstrip()  # how the runtime client keeps a traceback in one record
        if line:
            self._log.append(line)
            self._observer(FunctionLogged(self._spec.name, self._request_id, line))


def _environment(spec: FunctionSpec, services: Mapping[str, str], runtime_api: str) -> dict[str, str]:
    """Return the child's whole environment: Lambda's own variables, the function's, and the services'."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return {
        **inherited_environment(),
        **spec.environment,
        **services,  # a template may declare an endpoint, empty, for those who run it otherwise
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime or python}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if spec.has_json_logs else "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(spec.code_folder),
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in (spec.code_folder, *spec.layer_folders)),
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
    }
