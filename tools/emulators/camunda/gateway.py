"""The gRPC face: translates requests into the engine's commands and its answers back; decides nothing."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import wraps
from threading import Event
from typing import Any, NoReturn, ParamSpec, Protocol, TypeVar

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from typing_extensions import override

from emulators.camunda.documents import read_variables
from emulators.camunda.engine import Deployment, Engine
from emulators.camunda.jobs import MAX_MESSAGE_BYTES
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import ActivatedJob, ProcessInstance

DEFAULT_REQUEST_TIMEOUT = timedelta(seconds=10)

STATUS_BY_KIND = {
    RejectionKind.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    RejectionKind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    RejectionKind.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    RejectionKind.INVALID_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    RejectionKind.RESOURCE_EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    RejectionKind.PROCESSING_ERROR: grpc.StatusCode.INTERNAL,
}


class Request(Protocol):
    """Any protobuf request."""

    def ByteSize(self) -> int:  # noqa: N802 - protobuf's name
        """Return its size on the wire."""
        ...


Answer = TypeVar("Answer")
P = ParamSpec("P")


def _guarded(method: Callable[P, Answer]) -> Callable[P, Answer]:
    """Return a method that refuses oversized requests, and answers rejections with their status."""

    @wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        _, request, context = args
        assert isinstance(context, grpc.ServicerContext)
        refuse_oversized(request, context)
        try:
            return method(*args, **kwargs)
        except Rejection as rejection:
            refuse(context, rejection)

    return guarded


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


class Gateway(gateway_pb2_grpc.GatewayServicer):
    """Camunda's gateway_protocol.Gateway over an engine."""

    def __init__(self, engine: Engine, gateway_version: str, is_stopping: Event) -> None:
        self._engine = engine
        self._gateway_version = gateway_version
        self._is_stopping = is_stopping

    @override
    def Topology(self, request: Any, context: grpc.ServicerContext) -> Any:
        partition = pb.Partition(partitionId=1, role=pb.Partition.LEADER, health=pb.Partition.HEALTHY)
        broker = pb.BrokerInfo(
            nodeId=0, host="127.0.0.1", port=26501, partitions=[partition], version=self._gateway_version
        )
        return pb.TopologyResponse(
            brokers=[broker],
            clusterSize=1,
            partitionsCount=1,
            replicationFactor=1,
            gatewayVersion=self._gateway_version,
        )

    # Resources and instances

    @override
    @_guarded
    def DeployResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        resources = [(r.name, r.content) for r in request.resources]
        deployment = self._engine.deploy(resources, request.tenantId)
        return pb.DeployResourceResponse(
            key=deployment.key,
            tenantId=deployment.tenant_id,
            deployments=[pb.Deployment(process=p) for p in _metadata(deployment)],
        )

    @override
    @_guarded
    def DeployProcess(self, request: Any, context: grpc.ServicerContext) -> Any:
        deployment = self._engine.deploy([(p.name, p.definition) for p in request.processes])
        return pb.DeployProcessResponse(key=deployment.key, processes=list(_metadata(deployment)))

    @override
    @_guarded
    def DeleteResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.delete_resource(request.resourceKey)
        return pb.DeleteResourceResponse()

    @override
    @_guarded
    def CreateProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._create(request)
        return pb.CreateProcessInstanceResponse(**_instance_fields(instance))

    @override
    @_guarded
    def CreateProcessInstanceWithResult(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._create(request.request)
        timeout = _milliseconds(request.requestTimeout) or DEFAULT_REQUEST_TIMEOUT
        variables = self._engine.wait_for_result(
            instance.key, timeout=timeout, fetch_variables=list(request.fetchVariables)
        )
        if variables is None:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Time out between gateway and broker")
        return pb.CreateProcessInstanceWithResultResponse(
            **_instance_fields(instance), variables=json.dumps(variables)
        )

    @override
    @_guarded
    def CancelProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.cancel_instance(request.processInstanceKey)
        return pb.CancelProcessInstanceResponse()

    @override
    @_guarded
    def SetVariables(self, request: Any, context: grpc.ServicerContext) -> Any:
        variables = read_variables(request.variables)
        key = self._engine.set_variables(request.elementInstanceKey, variables, local=request.local)
        return pb.SetVariablesResponse(key=key)

    @override
    @_guarded
    def ResolveIncident(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.resolve_incident(request.incidentKey)
        return pb.ResolveIncidentResponse()

    @override
    @_guarded
    def PublishMessage(self, request: Any, context: grpc.ServicerContext) -> Any:
        published = self._engine.publish_message(
            name=request.name,
            correlation_key=request.correlationKey,
            variables=read_variables(request.variables),
            time_to_live=_milliseconds(request.timeToLive),
            message_id=request.messageId,
            tenant_id=request.tenantId,
        )
        return pb.PublishMessageResponse(key=published.key, tenantId=published.tenant_id)

    # Jobs

    @override
    def ActivateJobs(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        refuse_oversized(request, context)
        context.add_callback(self._engine.wake_waiters)
        try:
            if jobs := self._long_poll(request, context):
                yield pb.ActivateJobsResponse(jobs=[_job(j) for j in jobs])
        except Rejection as rejection:
            refuse(context, rejection)

    @override
    def StreamActivatedJobs(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(self._engine.wake_waiters)
        try:
            while self._is_wanted(context):
                for job in self._activate(request, 1):
                    yield _job(job)
                self._wait(request, context, time.monotonic() + DEFAULT_REQUEST_TIMEOUT.total_seconds())
        except Rejection as rejection:
            refuse(context, rejection)

    @override
    @_guarded
    def CompleteJob(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.complete_job(request.jobKey, read_variables(request.variables))
        return pb.CompleteJobResponse()

    @override
    @_guarded
    def FailJob(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.fail_job(
            request.jobKey,
            retries=request.retries,
            message=request.errorMessage,
            backoff=_milliseconds(request.retryBackOff),
            variables=read_variables(request.variables),
        )
        return pb.FailJobResponse()

    @override
    @_guarded
    def ThrowError(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.throw_error(
            request.jobKey,
            code=request.errorCode,
            message=request.errorMessage,
            variables=read_variables(request.variables),
        )
        return pb.ThrowErrorResponse()

    @override
    @_guarded
    def UpdateJobRetries(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.update_job_retries(request.jobKey, request.retries)
        return pb.UpdateJobRetriesResponse()

    @override
    @_guarded
    def UpdateJobTimeout(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.update_job_timeout(request.jobKey, _milliseconds(request.timeout))
        return pb.UpdateJobTimeoutResponse()

    # What the stand-in does not do

    @override
    def EvaluateDecision(self, request: Any, context: grpc.ServicerContext) -> Any:
        _not_here(context, "decisions")

    @override
    def BroadcastSignal(self, request: Any, context: grpc.ServicerContext) -> Any:
        _not_here(context, "signals")

    @override
    def ModifyProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        _not_here(context, "modification")

    @override
    def MigrateProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        _not_here(context, "migration")

    def _create(self, request: Any) -> ProcessInstance:
        return self._engine.create_instance(
            process_id=request.bpmnProcessId,
            definition_key=None if request.bpmnProcessId else request.processDefinitionKey,
            version=request.version,
            variables=read_variables(request.variables),
            tenant_id=request.tenantId,
        )

    def _activate(self, request: Any, max_jobs: int) -> Sequence[ActivatedJob]:
        return self._engine.activate_jobs(
            job_type=request.type,
            worker=request.worker,
            timeout=_milliseconds(request.timeout),
            max_jobs=max_jobs,
            fetch_variables=list(request.fetchVariable),
            tenant_ids=list(request.tenantIds),
        )

    def _long_poll(self, request: Any, context: grpc.ServicerContext) -> Sequence[ActivatedJob]:
        wait = _milliseconds(request.requestTimeout) or DEFAULT_REQUEST_TIMEOUT
        until = time.monotonic() + wait.total_seconds()
        while True:
            jobs = self._activate(request, request.maxJobsToActivate)
            if jobs or not self._wait(request, context, until):
                return jobs

    def _wait(self, request: Any, context: grpc.ServicerContext, until: float) -> bool:
        return self._engine.wait_for_jobs(
            request.type,
            timedelta(seconds=until - time.monotonic()),
            tenant_ids=list(request.tenantIds),
            still_wanted=lambda: self._is_wanted(context),
        )

    def _is_wanted(self, context: grpc.ServicerContext) -> bool:
        return context.is_active() and not self._is_stopping.is_set()


def _not_here(context: grpc.ServicerContext, what: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"The stand-in does not know {what}")
    raise AssertionError  # abort raises; its stub does not say so


def _milliseconds(value: int) -> timedelta:
    return timedelta(milliseconds=value)


def _metadata(deployment: Deployment) -> Iterator[Any]:
    for definition in deployment.definitions:
        yield pb.ProcessMetadata(
            bpmnProcessId=definition.process_id,
            version=definition.version,
            processDefinitionKey=definition.key,
            resourceName=definition.resource_name,
            tenantId=definition.tenant_id,
        )


def _instance_fields(instance: ProcessInstance) -> dict[str, Any]:
    return {
        "processDefinitionKey": instance.definition_key,
        "bpmnProcessId": instance.process_id,
        "version": instance.version,
        "processInstanceKey": instance.key,
        "tenantId": instance.tenant_id,
    }


def _job(activated: ActivatedJob) -> Any:
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
