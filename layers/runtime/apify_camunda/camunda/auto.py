"""Chooses between gRPC and REST for what both can do.

Messages and jobs go over gRPC where a question of one round trip shows that it is spoken, and over REST else.
Instances are created over REST, because only REST has tags, and over gRPC if there is no REST v2.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from apify_camunda.camunda.model import (
    ActivatedJob,
    JobOutcome,
    JobReply,
    PublishMessage,
    PublishResult,
    StartProcess,
    StartResult,
)
from apify_camunda.camunda.ports import EngineCommands, JobQueue
from apify_camunda.errors import EngineUnavailable, ErrorCode
from apify_camunda.identifiers import JobKey
from apify_camunda.json_types import JsonObject

P = TypeVar("P")
T = TypeVar("T")

_NOT_SPOKEN = (ErrorCode.ENGINE_UNIMPLEMENTED, ErrorCode.ENGINE_UNAVAILABLE, ErrorCode.ENGINE_DEADLINE)


class _Choice(Generic[P]):
    """gRPC or REST, settled by the first answer and kept for the life of the process.

    While neither answers nothing is settled: a cluster that is away for a moment is away over both.
    """

    def __init__(self, grpc: P, rest: P, probe: Callable[[], Awaitable[object]]) -> None:
        self._grpc = grpc
        self._rest = rest
        self._probe = probe
        self._settled: P | None = None

    async def call(self, use: Callable[[P], Awaitable[T]]) -> T:
        """Use the port that was chosen, or find out which one works."""
        if self._settled is not None:
            return await use(self._settled)
        try:
            await self._probe()
        except EngineUnavailable as error:
            if error.code not in _NOT_SPOKEN:
                raise
            answer = await use(self._rest)
            self._settled = self._rest
            return answer
        self._settled = self._grpc
        return await use(self._grpc)


class AutoJobs:
    """JobQueue over gRPC or REST.

    Args:
        probe: Asks gRPC for the topology; changes nothing.
    """

    def __init__(self, grpc: JobQueue, rest: JobQueue, probe: Callable[[], Awaitable[object]]) -> None:
        self._choice = _Choice(grpc, rest, probe)

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Activate jobs; see JobQueue."""
        return await self._choice.call(
            lambda port: port.activate(job_type=job_type, max_jobs=max_jobs, lock=lock, wait=wait)
        )

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        """Report an outcome; see JobQueue."""
        return await self._choice.call(lambda port: port.report(job, outcome))

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let a lock run out; see JobQueue."""
        return await self._choice.call(lambda port: port.set_lock(job, duration))

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        """Set local variables; see JobQueue."""
        await self._choice.call(lambda port: port.set_local_variables(element_instance_key, variables))


class AutoCommands:
    """EngineCommands with messages over gRPC or REST.

    Args:
        probe: Asks gRPC for the topology; changes nothing.
    """

    def __init__(
        self, grpc: EngineCommands, rest: EngineCommands, probe: Callable[[], Awaitable[object]]
    ) -> None:
        self._messages = _Choice(grpc, rest, probe)
        self._starts = TaggedStarts(rest, grpc)

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        return await self._messages.call(lambda port: port.publish_message(command))

    async def start_process(self, command: StartProcess) -> StartResult:
        """Create an instance; see EngineCommands."""
        return await self._starts.start_process(command)


class GrpcWithTaggedStarts:
    """EngineCommands over gRPC, except that instances are created over REST, which has tags."""

    def __init__(self, grpc: EngineCommands, rest: EngineCommands) -> None:
        self._grpc = grpc
        self._starts = TaggedStarts(rest, grpc)

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        return await self._grpc.publish_message(command)

    async def start_process(self, command: StartProcess) -> StartResult:
        """Create an instance; see EngineCommands."""
        return await self._starts.start_process(command)


class TaggedStarts:
    """Creates instances over REST, with a tag; over gRPC, without one, only where no REST v2 is offered.

    A REST API that is merely away is waited for: an instance without a tag would not be found again if the
    answer to its creation were lost, and be created twice.
    """

    def __init__(self, rest: EngineCommands, grpc: EngineCommands) -> None:
        self._rest = rest
        self._grpc = grpc

    async def start_process(self, command: StartProcess) -> StartResult:
        """Create an instance; see EngineCommands."""
        try:
            return await self._rest.start_process(command)
        except EngineUnavailable as error:
            if error.code != ErrorCode.ENGINE_UNIMPLEMENTED:
                raise
            return await self._grpc.start_process(command)
