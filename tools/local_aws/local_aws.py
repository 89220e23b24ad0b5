"""The local AWS as one object: it runs in a thread of its own and is called from any other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from local_aws.aws_services import AwsClients
from local_aws.composition import MOTO, REGION, LocalAwsOptions, RunningServices, running_services
from local_aws.invocations import InvocationResult
from local_aws.observations import Observer, ignore
from local_aws.template import Template

_Result = TypeVar("_Result")


class LocalAws:
    """A SAM template that runs on this machine, from `start` to `stop`, or while it is entered.

    Args:
        template_path: The SAM template.
        parameters: Values for its parameters.
        environment_overrides: Environment variables by logical id of the function, or by `*` for all.
        http_port: Port of the HTTP API; 0 means a free one.
        public_url: How others reach the HTTP API; None means its own address.
        region: What the region is called.
        dynamodb: `moto`, or the URL of a DynamoDB that runs already.
        secrets: Text of each secret by its name.
        ssm_parameters: Value of each SSM parameter by its name.
        default_concurrency: Invocations at once of a function that reserves none.
        freezes: Whether functions are stopped between invocations, as on Lambda.
        runs_schedules: Whether schedules fire by themselves; `fire_schedule` works either way.
        speed: How many times as fast as real time schedules fire and failed events are retried.
        calls: A file to which each call of a function to AWS is added as a line of JSON, or None.
        on_event: Gets what happens, on the local AWS's own thread; it must neither block nor raise.
    """

    def __init__(
        self,
        template_path: Path,
        parameters: Mapping[str, str] | None = None,
        environment_overrides: Mapping[str, Mapping[str, str]] | None = None,
        *,
        http_port: int = 0,
        public_url: str | None = None,
        region: str = REGION,
        dynamodb: str = MOTO,
        secrets: Mapping[str, str] | None = None,
        ssm_parameters: Mapping[str, str] | None = None,
        default_concurrency: int = 10,
        freezes: bool = True,
        runs_schedules: bool = True,
        speed: float = 1.0,
        calls: Path | None = None,
        on_event: Observer = ignore,
    ) -> None:
        self._options = LocalAwsOptions(
            template_path=template_path,
            parameters=parameters or {},
            environment_overrides=environment_overrides or {},
            http_port=http_port,
            public_url=public_url,
            region=region,
            dynamodb=dynamodb,
            secrets=secrets or {},
            ssm_parameters=ssm_parameters or {},
            default_concurrency=default_concurrency,
            freezes=freezes,
            runs_schedules=runs_schedules,
            speed=speed,
            calls=calls,
            on_event=on_event,
        )
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_requested: Future[None] = Future()
        self._failure: BaseException | None = None
        self._services: RunningServices | None = None

    def start(self) -> None:
        """Start everything; when this returns, every address answers.

        Raises:
            TemplateError: The template cannot run.
            OSError: The port is taken.
        """
        if self._thread is not None or self._stop_requested.done():
            raise RuntimeError("A local AWS starts once; make another one.")
        started: Future[RunningServices] = Future()
        self._thread = threading.Thread(target=self._run, args=[started], name="local-aws")
        self._thread.start()
        try:
            self._services = started.result()
        except BaseException:  # it could not start, or the person who waits for it has had enough
            self._end(self._thread)
            raise

    def stop(self) -> None:
        """End everything: no process, thread or socket stays behind. A second call does nothing.

        Raises:
            BaseExceptionGroup: Something broke while it ran.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._end(thread)
        self._services = None
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def http_url(self) -> str:
        """Return where the HTTP API answers."""
        return self._running.addresses.http

    @property
    def lambda_url(self) -> str:
        """Return the endpoint URL for Lambda clients."""
        return self._running.addresses.functions

    @property
    def dynamodb_url(self) -> str:
        """Return the endpoint URL for DynamoDB clients."""
        return self._running.addresses.dynamodb

    @property
    def services_url(self) -> str:
        """Return the endpoint URL for SQS, Secrets Manager and SSM clients."""
        return self._running.addresses.services

    @property
    def template(self) -> Template:
        """Return what runs, with its names and addresses."""
        return self._running.template

    @property
    def clients(self) -> AwsClients:
        """Return boto3 clients of the services here."""
        return self._running.clients

    def function_name(self, logical_id: str) -> str:
        """Return the physical name of the function."""
        return next(spec.name for spec in self.template.functions() if spec.logical_id == logical_id)

    def table_name(self, logical_id: str) -> str:
        """Return the physical name of the table."""
        return next(spec.name for spec in self.template.tables() if spec.logical_id == logical_id)

    def queue_url(self, logical_id: str) -> str:
        """Return the URL of the queue."""
        return next(spec.url for spec in self.template.queues() if spec.logical_id == logical_id)

    def invoke(self, function_name: str, payload: bytes) -> InvocationResult:
        """Invoke the function and return how it ended."""
        return self._call(self._running.functions.invoke(function_name, payload))

    def send_event(self, function_name: str, payload: bytes) -> str:
        """Invoke the function asynchronously and return the request id."""

        async def accept() -> str:
            return self._running.functions.accept_event(function_name, payload)

        return self._call(accept())

    def fire_schedule(self, name: str) -> str:
        """Fire the schedule now, out of its turn, and return the request id of its event."""

        async def fire() -> str:
            return self._running.schedules.fire_now(name)

        return self._call(fire())

    def retire_workers(self, function_name: str) -> None:
        """End the function's idle workers, so that its next invocation starts cold."""
        self._call(self._running.functions.retire_workers(function_name))

    @property
    def _running(self) -> RunningServices:
        if self._services is None:
            raise RuntimeError("It does not run.")
        return self._services

    def _end(self, thread: threading.Thread) -> None:
        if not self._stop_requested.done():
            self._stop_requested.set_result(None)
        thread.join()

    def _call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self, started: Future[RunningServices]) -> None:
        try:
            asyncio.run(self._main(started))
        except BaseException as error:  # noqa: BLE001  # it is handed to the thread that starts or stops us
            if started.done():
                self._failure = error
            else:
                started.set_exception(error)

    async def _main(self, started: Future[RunningServices]) -> None:
        self._loop = asyncio.get_running_loop()
        async with running_services(self._options) as services:
            started.set_result(services)
            await asyncio.wrap_future(self._stop_requested)
