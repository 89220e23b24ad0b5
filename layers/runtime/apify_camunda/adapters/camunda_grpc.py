"""Camunda's commands over gRPC, through pyzeebe on a channel that we own.

pyzeebe alone has no deadlines, closes its channel for good after ten errors, and merges status codes; so the
channel carries deadlines and credentials in interceptors, is replaced when it falls silent (the old one is
drained first, never closed under commands in flight), and status codes are read from the gRPC error itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar, cast

import grpc
from pyzeebe import ZeebeClient
from pyzeebe.errors.pyzeebe_errors import PyZeebeError
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

from apify_camunda.contracts.commands import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    InstanceCreated,
    JobGone,
    JobOutcome,
    JobReply,
    JobTaken,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
    ThrowBpmnError,
)
from apify_camunda.contracts.json_types import DefinitionKey, JobKey, JsonObject, TenantId
from apify_camunda.errors import EngineRejected, EngineUnavailable

from .camunda_auth import CamundaAuth

T = TypeVar("T")
log = logging.getLogger(__name__)

WORKER_NAME = "apify-camunda"
DRAIN_GRACE_S = 30.0
LONG_POLL_MARGIN_S = 3.0
"""How long after the end of a long poll its answer may come; less than a poller keeps for handing back."""
CHANNEL_OPTIONS = (
    # A dead connection in the process-wide pool would be shared by the channel that replaces it.
    ("grpc.use_local_subchannel_pool", 1),
    # The gateway refuses pings more often than every 30 s.
    ("grpc.keepalive_time_ms", 45_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # Whether a command may be repeated is our decision, not the channel's.
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
)
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

_REJECTIONS = {
    grpc.StatusCode.INVALID_ARGUMENT: "INVALID_ARGUMENT",
    grpc.StatusCode.NOT_FOUND: "NOT_FOUND",
    grpc.StatusCode.ALREADY_EXISTS: "ALREADY_EXISTS",
    grpc.StatusCode.FAILED_PRECONDITION: "INVALID_STATE",
    grpc.StatusCode.OUT_OF_RANGE: "INVALID_ARGUMENT",
}
_SILENT = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
_NO_EFFECT = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: "ENGINE_BACK_PRESSURE",
    grpc.StatusCode.PERMISSION_DENIED: "ENGINE_UNAUTHORIZED",
    grpc.StatusCode.UNIMPLEMENTED: "ENGINE_UNIMPLEMENTED",
}
_TOO_LARGE = ("larger than max", "exceeds maximum size")
_NOT_SENT = ("failed to connect", "connections to all backends failing", "name resolution", "DNS resolution")


class _Unauthenticated(EngineUnavailable):
    """The gateway refused the token; it does not leave this module."""


class _CallDetails:
    """Gives every call a deadline and the credentials."""

    def __init__(self, auth: CamundaAuth, deadline: timedelta) -> None:
        self._auth = auth
        self._deadline_s = deadline.total_seconds()

    async def complete(
        self, details: grpc.aio.ClientCallDetails, deadline_s: float | None = None
    ) -> grpc.aio.ClientCallDetails:
        """Return `details` with what is missing; None stands for the usual deadline."""
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        value = await self._auth.authorization()
        if value is not None:
            metadata.add("authorization", value)
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=deadline_s or self._deadline_s,
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )


class _Unary(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]  # generic in grpc's stubs, not at run time
    """For commands with one answer."""

    def __init__(self, details: _CallDetails) -> None:
        self._details = details

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await continuation(await self._details.complete(client_call_details), request)


class _Stream(grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[type-arg]  # generic in grpc's stubs, not at run time
    """For ActivateJobs, whose answer is a stream; pyzeebe would wait for twice the long poll, or 20 s."""

    def __init__(self, details: _CallDetails) -> None:
        self._details = details

    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        deadline_s = max(request.requestTimeout, 0) / 1000 + LONG_POLL_MARGIN_S
        return await continuation(await self._details.complete(client_call_details, deadline_s), request)


class _Connection:
    """One channel with its client and the commands in flight on it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.client = ZeebeClient(channel, max_connection_retries=-1)
        self.stub = cast("Any", GatewayStub(channel))
        self.in_flight = 0
        self.drained = asyncio.Event()
        self.drained.set()

    def enter(self) -> None:
        """Note a command that begins."""
        self.in_flight += 1
        self.drained.clear()

    def leave(self) -> None:
        """Note a command that ended."""
        self.in_flight -= 1
        if self.in_flight == 0:
            self.drained.set()


class CamundaGrpc:
    """EngineCommands and JobQueue over gRPC.

    Args:
        address: `host:port`; with `http://` before it the connection is plaintext, else TLS.
        roots: PEM of an own CA, or None for the system's.
        deadline: How long a command may take; a long poll has its own.
    """

    def __init__(
        self,
        *,
        address: str,
        auth: CamundaAuth,
        deadline: timedelta = timedelta(seconds=8),
        tenant_ids: Sequence[str] = (),
        roots: bytes | None = None,
        client_certificate: tuple[bytes, bytes] | None = None,
    ) -> None:
        self._address = address
        self._auth = auth
        self._deadline = deadline
        self._tenant_ids = tuple(tenant_ids)
        self._roots = roots
        self._client_certificate = client_certificate
        self._connection: _Connection | None = None
        self._draining: set[asyncio.Task[None]] = set()

    # --- EngineCommands

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        _guard_json(command.variables)

        async def call(connection: _Connection) -> PublishResult:
            answer = await connection.client.zeebe_adapter.publish_message(
                name=command.name,
                correlation_key=command.correlation_key,
                time_to_live_in_milliseconds=_milliseconds(command.time_to_live),
                variables=command.variables,
                message_id=command.message_id,
                tenant_id=self._tenant(command.tenant_id),
            )
            return MessagePublished(answer.key)

        try:
            return await self._call(call)
        except EngineRejected as error:
            if error.rejection == "ALREADY_EXISTS":
                return MessageAlreadyPublished()
            raise

    async def start_process(self, command: StartProcess) -> InstanceCreated:
        """Create an instance by definition key; gRPC knows no tags."""
        request = pb.CreateProcessInstanceRequest(
            processDefinitionKey=command.definition_key,
            variables=_guard_json(command.variables),
            tenantId=self._tenant(command.tenant_id),
        )

        async def call(connection: _Connection) -> InstanceCreated:
            answer = await connection.stub.CreateProcessInstance(request)
            return InstanceCreated(answer.processInstanceKey)

        return await self._call(call)

    # --- JobQueue

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Activate jobs by long polling; see JobQueue."""

        async def call(connection: _Connection) -> Sequence[ActivatedJob]:
            jobs = connection.client.zeebe_adapter.activate_jobs(
                task_type=job_type,
                worker=WORKER_NAME,
                timeout=_milliseconds(lock),
                max_jobs_to_activate=max_jobs,
                variables_to_fetch=[],
                request_timeout=_milliseconds(wait) or -1,
                tenant_ids=self._tenant_ids,
            )
            found: list[ActivatedJob] = []
            try:
                async for job in jobs:
                    found.append(_job(job))  # noqa: PERF401  # what came before an error is locked for us
            except (PyZeebeError, grpc.aio.AioRpcError):
                if not found:
                    raise
            return found

        return await self._call(call)

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        """Complete, fail or throw; see JobQueue."""

        async def call(connection: _Connection) -> JobReply:
            adapter = connection.client.zeebe_adapter
            match outcome:
                case CompleteJob():
                    _guard_json(outcome.variables)
                    await adapter.complete_job(job, outcome.variables)
                case FailJob():
                    _guard_json(outcome.variables)
                    await adapter.fail_job(
                        job,
                        outcome.retries,
                        outcome.message,
                        _milliseconds(outcome.backoff),
                        outcome.variables,
                    )
                case ThrowBpmnError():
                    _guard_json(outcome.variables)
                    await adapter.throw_error(
                        job, outcome.message or "", outcome.variables, outcome.error_code
                    )
            return JobTaken()

        return await self._job_command(call)

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let the lock run out after `duration`; see JobQueue."""

        async def call(connection: _Connection) -> JobReply:
            await connection.client.zeebe_adapter.update_job_timeout(job, _milliseconds(duration))
            return JobTaken()

        return await self._job_command(call)

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        """Set variables in the element's own scope; see JobQueue."""
        request = pb.SetVariablesRequest(
            elementInstanceKey=element_instance_key, variables=_guard_json(variables), local=True
        )
        await self._call(lambda connection: connection.stub.SetVariables(request))

    async def topology(self) -> str:
        """Return the gateway's version; proves that gRPC is accepted here."""
        answer = await self._call(lambda connection: connection.stub.Topology(pb.TopologyRequest()))
        return str(answer.gatewayVersion)

    async def close(self) -> None:
        """Close the channel after the commands in flight have ended."""
        self._replace_connection()
        if self._draining:
            await asyncio.gather(*self._draining)

    # --- the channel

    async def _job_command(self, call: Callable[[_Connection], Awaitable[JobReply]]) -> JobReply:
        try:
            return await self._call(call)
        except EngineRejected as error:
            if error.rejection in ("NOT_FOUND", "INVALID_STATE"):
                return JobGone(error.message, is_unknown=error.rejection == "NOT_FOUND")
            raise

    async def _call(self, call: Callable[[_Connection], Awaitable[T]]) -> T:
        """Give a command; a refused token is renewed once, nothing else is repeated here."""
        value = await self._auth.authorization()
        try:
            return await self._attempt(call)
        except _Unauthenticated:
            self._auth.refused(value)
        try:
            return await self._attempt(call)
        except _Unauthenticated as error:
            raise EngineUnavailable(error.message, code="ENGINE_UNAUTHORIZED") from error

    async def _attempt(self, call: Callable[[_Connection], Awaitable[T]]) -> T:
        connection = self._connection or self._connect()
        connection.enter()
        try:
            return await call(connection)
        except (PyZeebeError, grpc.aio.AioRpcError) as error:
            raise self._ours(_status_of(error), connection) from error
        except grpc.aio.UsageError as error:  # the channel was closed under us
            self._replace_connection(connection)
            raise EngineUnavailable(
                f"The connection to {self._address} was closed.", outcome_unknown=True
            ) from error
        finally:
            connection.leave()

    def _connect(self) -> _Connection:
        details = _CallDetails(self._auth, self._deadline)
        interceptors: Any = [_Unary(details), _Stream(details)]
        plaintext = self._address.startswith("http://")
        target = self._address.split("://", 1)[-1].rstrip("/")
        if plaintext:
            channel = grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS, interceptors=interceptors)
        else:
            certificate, key = self._client_certificate or (None, None)
            credentials = grpc.ssl_channel_credentials(self._roots, key, certificate)
            channel = grpc.aio.secure_channel(
                target, credentials, options=CHANNEL_OPTIONS, interceptors=interceptors
            )
        self._connection = _Connection(channel)
        return self._connection

    def _replace_connection(self, seen: _Connection | None = None) -> None:
        """Let the next call connect anew, and close the old channel once its commands have ended."""
        old = self._connection
        if old is None or (seen is not None and seen is not old):
            return
        self._connection = None
        task = asyncio.get_running_loop().create_task(_drain(old))
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    def _ours(
        self, error: grpc.aio.AioRpcError | None, connection: _Connection
    ) -> EngineRejected | EngineUnavailable:
        """Return the error of ours that a gRPC status means.

        Source: Camunda's GrpcErrorMapper; facts about what may have taken effect are drawn conservatively.
        """
        if error is None:
            return EngineUnavailable(
                f"Camunda at {self._address} failed without a status.", outcome_unknown=True
            )
        code, details = error.code(), error.details() or ""
        said = f"Camunda at {self._address} answered {code.name}: {details}"
        if code in _REJECTIONS:
            return EngineRejected(said, rejection=_REJECTIONS[code])
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and any(words in details for words in _TOO_LARGE):
            return EngineRejected(said, rejection="INVALID_ARGUMENT", code="PAYLOAD_TOO_LARGE")
        if code is grpc.StatusCode.UNAUTHENTICATED:
            return _Unauthenticated(said, code="ENGINE_UNAUTHORIZED")
        if code in _NO_EFFECT:
            return EngineUnavailable(said, code=_NO_EFFECT[code])
        if code in _SILENT:
            self._replace_connection(connection)
        not_sent = code is grpc.StatusCode.UNAVAILABLE and any(words in details for words in _NOT_SENT)
        return EngineUnavailable(
            said,
            code="ENGINE_DEADLINE" if code is grpc.StatusCode.DEADLINE_EXCEEDED else "ENGINE_UNAVAILABLE",
            outcome_unknown=not not_sent,
        )

    def _tenant(self, tenant: TenantId) -> str:
        """Return the tenant to send; a cluster without tenancy accepts only the default one."""
        return str(tenant)


async def _drain(connection: _Connection) -> None:
    """Close a channel once its commands have ended, or after a grace."""
    try:
        await asyncio.wait_for(connection.drained.wait(), timeout=DRAIN_GRACE_S)
    except TimeoutError:
        log.warning("channel closed with commands in flight", extra={"in_flight": connection.in_flight})
    await connection.channel.close(None)


def _status_of(error: BaseException) -> grpc.aio.AioRpcError | None:
    """Return the gRPC error behind one of pyzeebe's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, grpc.aio.AioRpcError):
            return seen
        found = getattr(seen, "grpc_error", None)
        if isinstance(found, grpc.aio.AioRpcError):
            return found
        seen = seen.__cause__ or seen.__context__
    return None


def _guard_json(variables: JsonObject) -> str:
    """Return variables as JSON.

    Raises:
        EngineRejected: They hold NaN or infinity, or are too large for one gRPC message.
    """
    try:
        text = json.dumps(variables, allow_nan=False)
    except ValueError as error:
        raise EngineRejected(f"The variables are not JSON: {error}.", rejection="INVALID_ARGUMENT") from error
    if len(text) > MAX_MESSAGE_BYTES:
        raise EngineRejected(
            f"The variables take {len(text)} bytes; Camunda accepts at most {MAX_MESSAGE_BYTES}.",
            rejection="INVALID_ARGUMENT",
            code="PAYLOAD_TOO_LARGE",
        )
    return text


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


def _job(job: Any) -> ActivatedJob:
    """Return pyzeebe's job as ours."""
    return ActivatedJob(
        key=JobKey(job.key),
        type=job.type,
        process_instance_key=job.process_instance_key,
        process_id=job.bpmn_process_id,
        process_version=job.process_definition_version,
        definition_key=DefinitionKey(job.process_definition_key),
        element_id=job.element_id,
        element_instance_key=job.element_instance_key,
        retries=job.retries,
        deadline_ms=job.deadline,
        tenant_id=TenantId(job.tenant_id or "<default>"),
        headers=dict(job.custom_headers),
        variables=dict(job.variables),
    )
