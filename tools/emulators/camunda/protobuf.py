"""Between the engine's values and the messages of gateway_protocol; refusals become statuses here."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import grpc
from pyzeebe.proto import gateway_pb2 as pb

from emulators.camunda.engine import Deployment
from emulators.camunda.jobs import MAX_MESSAGE_BYTES
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import ActivatedJob, ProcessInstance

STATUS_BY_KIND = {
    RejectionKind.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    RejectionKind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    RejectionKind.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    RejectionKind.INVALID_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    RejectionKind.RESOURCE_EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    RejectionKind.EXCEEDED_BATCH_RECORD_SIZE: grpc.StatusCode.UNKNOWN,
    RejectionKind.PROCESSING_ERROR: grpc.StatusCode.INTERNAL,
}

_FRAME_BYTES = 8
"""More than tag and length take of a message within another."""

Answer = TypeVar("Answer")
P = ParamSpec("P")


def guarded(method: Callable[P, Answer]) -> Callable[P, Answer]:
    """Return a method that refuses oversized requests, and answers rejections with their status."""

    @wraps(method)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Answer:
        _, request, context = args
        assert isinstance(context, grpc.ServicerContext)
        refuse_oversized(request, context)
        try:
            return method(*args, **kwargs)
        except Rejection as rejection:
            refuse(context, rejection)

    return answer


def refuse(context: grpc.ServicerContext, rejection: Rejection) -> NoReturn:
    """End a call with the status of a rejection."""
    context.abort(STATUS_BY_KIND[rejection.kind], rejection.message)
    raise AssertionError  # abort raises; its stub does not say so


def refuse_oversized(request: Any, context: grpc.ServicerContext) -> None:
    """End a call whose request is over the message size."""
    size = request.ByteSize()
    if size > MAX_MESSAGE_BYTES:
        reason = f"gRPC message exceeds maximum size {MAX_MESSAGE_BYTES}: {size}"
        refuse(context, Rejection(RejectionKind.RESOURCE_EXHAUSTED, reason))


def milliseconds(value: int) -> timedelta:
    """Return a duration of gateway_protocol."""
    return timedelta(milliseconds=value)


def metadata_of(deployment: Deployment) -> Iterator[Any]:
    """Yield what a deployment made, process by process."""
    for definition in deployment.definitions:
        yield pb.ProcessMetadata(
            bpmnProcessId=definition.process_id,
            version=definition.version,
            processDefinitionKey=definition.key,
            resourceName=definition.resource_name,
            tenantId=definition.tenant_id,
        )


def instance_fields(instance: ProcessInstance) -> dict[str, Any]:
    """Return the fields that both answers to a start have."""
    return {
        "processDefinitionKey": instance.definition_key,
        "bpmnProcessId": instance.process_id,
        "version": instance.version,
        "processInstanceKey": instance.key,
        "tenantId": instance.tenant_id,
    }


def job_responses(activated: Sequence[ActivatedJob]) -> Iterator[Any]:
    """Yield jobs in as few answers as their size allows; no answer without jobs."""
    answer, size = pb.ActivateJobsResponse(), 0
    for job in map(job_message, activated):
        room = job.ByteSize() + _FRAME_BYTES
        if answer.jobs and size + room > MAX_MESSAGE_BYTES:
            yield answer
            answer, size = pb.ActivateJobsResponse(), 0
        answer.jobs.append(job)
        size += room
    if answer.jobs:
        yield answer


def job_message(activated: ActivatedJob) -> Any:
    """Return a job as its worker gets it."""
    job = activated.job
    assert job.deadline is not None
    return pb.ActivatedJob(
        key=job.key,
        type=job.type,
        processInstanceKey=job.process_instance_key,
        bpmnProcessId=job.process_id,
        processDefinitionVersion=job.definition_version,
        processDefinitionKey=job.definition_key,
        elementId=job.element_id,
        elementInstanceKey=job.element_instance_key,
        customHeaders=json.dumps(dict(job.headers)),
        worker=job.worker,
        retries=job.retries,
        deadline=int(job.deadline.timestamp() * 1000),
        variables=json.dumps(activated.variables),
        tenantId=job.tenant_id,
    )
