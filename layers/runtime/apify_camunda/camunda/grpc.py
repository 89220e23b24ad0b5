"""Camunda's commands over gRPC, with pyzeebe's generated code on a channel that we own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, assert_never

import grpc

from apify_camunda.camunda.auth import CamundaAuth
from apify_camunda.camunda.grpc_channel import Gateway, GrpcChannel
from apify_camunda.camunda.model import (
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
from apify_camunda.camunda.wire import WORKER_NAME, milliseconds, poll_milliseconds, tenant_of
from apify_camunda.camunda.zeebe_stubs import pb
from apify_camunda.errors import EngineRejected, ErrorCode
from apify_camunda.identifiers import DefinitionKey, JobKey
from apify_camunda.json_types import JsonObject

MAX_MESSAGE_BYTES = 4 * 1024 * 1024


class CamundaGrpc:
    """EngineCommands and JobQueue over gRPC.

    Args:
        address: `host:port`; with `http://` before it the connection is plaintext, else TLS.
        fetched_variables: What a job brings of its variables; none named: all.
        roots: PEM of an own CA, or None for the system's.
        deadline: The time limit of a command; a long poll has another one.
    """

    def __init__(
        self,
        *,
        address: str,
        auth: CamundaAuth,
        deadline: timedelta = timedelta(seconds=8),
        tenant_ids: Sequence[str] = (),
        fetched_variables: Sequence[str] = (),
        roots: bytes | None = None,
        client_certificate: tuple[bytes, bytes] | None = None,
    ) -> None:
        self._tenant_ids = tuple(tenant_ids)
        self._fetched_variables = tuple(fetched_variables)
        self._channel = GrpcChannel(
            address=address,
            auth=auth,
            deadline=deadline,
            roots=roots,
            client_certificate=client_certificate,
        )

    # --- EngineCommands

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message; see EngineCommands."""
        variables = _guard_json(command.variables)

        async def call(gateway: Gateway) -> PublishResult:
            request = pb.PublishMessageRequest(
                name=command.name,
                correlationKey=command.correlation_key,
                timeToLive=milliseconds(command.time_to_live),
                variables=variables,
                messageId=command.message_id,
                tenantId=command.tenant_id,
            )
            return MessagePublished((await gateway.ask("PublishMessage", request)).key)

        try:
            return await self._channel.call(call)
        except EngineRejected as error:
            if error.rejection == "ALREADY_EXISTS":
                return MessageAlreadyPublished()
            raise

    async def start_process(self, command: StartProcess) -> InstanceCreated:
        """Create an instance of exactly this version; gRPC has no tags."""
        request = pb.CreateProcessInstanceRequest(
            bpmnProcessId=command.process_id,
            version=command.version,
            variables=_guard_json(command.variables),
            tenantId=command.tenant_id,
        )

        async def call(gateway: Gateway) -> InstanceCreated:
            answer = await gateway.ask("CreateProcessInstance", request)
            return InstanceCreated(answer.processInstanceKey)

        return await self._channel.call(call)

    # --- JobQueue

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Activate jobs by long polling; see JobQueue."""
        request = pb.ActivateJobsRequest(
            type=job_type,
            worker=WORKER_NAME,
            timeout=milliseconds(lock),
            maxJobsToActivate=max_jobs,
            fetchVariable=self._fetched_variables,
            requestTimeout=poll_milliseconds(wait),
            tenantIds=self._tenant_ids,
        )

        async def call(gateway: Gateway) -> Sequence[ActivatedJob]:
            found: list[ActivatedJob] = []
            try:
                async for answer in gateway.poll("ActivateJobs", request):
                    found += map(_job, answer.jobs)  # what came before an error is locked for us
            except grpc.aio.AioRpcError:
                if not found:
                    raise
            return found

        return await self._channel.call(call)

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        """Complete, fail or throw; see JobQueue."""
        variables = _guard_json(outcome.variables)

        async def call(gateway: Gateway) -> JobReply:
            match outcome:
                case CompleteJob():
                    completed = pb.CompleteJobRequest(jobKey=job, variables=variables)
                    await gateway.ask("CompleteJob", completed)
                case FailJob():
                    failed = pb.FailJobRequest(
                        jobKey=job,
                        retries=outcome.retries,
                        errorMessage=outcome.message,
                        retryBackOff=milliseconds(outcome.backoff),
                        variables=variables,
                    )
                    await gateway.ask("FailJob", failed)
                case ThrowBpmnError():
                    thrown = pb.ThrowErrorRequest(
                        jobKey=job,
                        errorCode=outcome.error_code,
                        errorMessage=outcome.message or "",
                        variables=variables,
                    )
                    await gateway.ask("ThrowError", thrown)
                case _:
                    assert_never(outcome)
            return JobTaken()

        return await self._job_command(call)

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let the lock run out after `duration`; see JobQueue."""
        request = pb.UpdateJobTimeoutRequest(jobKey=job, timeout=milliseconds(duration))

        async def call(gateway: Gateway) -> JobReply:
            await gateway.ask("UpdateJobTimeout", request)
            return JobTaken()

        return await self._job_command(call)

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        """Set variables in the element's own scope; see JobQueue."""
        request = pb.SetVariablesRequest(
            elementInstanceKey=element_instance_key, variables=_guard_json(variables), local=True
        )
        await self._channel.call(lambda gateway: gateway.ask("SetVariables", request))

    async def topology(self) -> str:
        """Return the gateway's version; proves that gRPC is accepted here."""
        answer = await self._channel.call(lambda gateway: gateway.ask("Topology", pb.TopologyRequest()))
        return str(answer.gatewayVersion)

    async def close(self) -> None:
        """Close the channel after the commands in flight have ended."""
        await self._channel.close()

    async def _job_command(self, call: Callable[[Gateway], Awaitable[JobReply]]) -> JobReply:
        try:
            return await self._channel.call(call)
        except EngineRejected as error:
            if error.rejection in ("NOT_FOUND", "INVALID_STATE"):
                return JobGone(error.message, is_unknown=error.rejection == "NOT_FOUND")
            raise


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
            code=ErrorCode.PAYLOAD_TOO_LARGE,
        )
    return text


def _job(job: Any) -> ActivatedJob:
    """Return a job of the gateway as ours."""
    return ActivatedJob(
        key=JobKey(job.key),
        type=job.type,
        process_instance_key=job.processInstanceKey,
        process_id=job.bpmnProcessId,
        process_version=job.processDefinitionVersion,
        definition_key=DefinitionKey(job.processDefinitionKey),
        element_id=job.elementId,
        element_instance_key=job.elementInstanceKey,
        retries=job.retries,
        deadline_ms=job.deadline,
        tenant_id=tenant_of(job.tenantId),
        headers=json.loads(job.customHeaders),
        variables=json.loads(job.variables),
    )
