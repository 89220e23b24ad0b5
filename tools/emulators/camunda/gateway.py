"""The gRPC server: translates requests into the engine's commands and its answers back; decides nothing."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from threading import Event
from typing import Any, NoReturn

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from typing_extensions import override

from emulators.camunda.documents import read_variables
from emulators.camunda.engine import Engine
from emulators.camunda.protobuf import (
    guarded,
    instance_fields,
    job_message,
    job_responses,
    metadata_of,
    milliseconds,
    refuse,
    refuse_oversized,
)
from emulators.camunda.rejection import Rejection
from emulators.camunda.state import ActivatedJob, ProcessInstance

DEFAULT_REQUEST_TIMEOUT = timedelta(seconds=10)


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
    @guarded
    def DeployResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        resources = [(r.name, r.content) for r in request.resources]
        deployment = self._engine.deploy(resources, request.tenantId)
        return pb.DeployResourceResponse(
            key=deployment.key,
            tenantId=deployment.tenant_id,
            deployments=[pb.Deployment(process=p) for p in metadata_of(deployment)],
        )

    @override
    @guarded
    def DeployProcess(self, request: Any, context: grpc.ServicerContext) -> Any:
        deployment = self._engine.deploy([(p.name, p.definition) for p in request.processes])
        return pb.DeployProcessResponse(key=deployment.key, processes=list(metadata_of(deployment)))

    @override
    @guarded
    def DeleteResource(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.delete_resource(request.resourceKey)
        return pb.DeleteResourceResponse()

    @override
    @guarded
    def CreateProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._create(request)
        return pb.CreateProcessInstanceResponse(**instance_fields(instance))

    @override
    @guarded
    def CreateProcessInstanceWithResult(self, request: Any, context: grpc.ServicerContext) -> Any:
        instance = self._create(request.request)
        timeout = milliseconds(request.requestTimeout) or DEFAULT_REQUEST_TIMEOUT
        variables = self._engine.wait_for_result(
            instance.key, timeout=timeout, fetch_variables=list(request.fetchVariables)
        )
        if variables is None:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Time out between gateway and broker")
        return pb.CreateProcessInstanceWithResultResponse(
            **instance_fields(instance), variables=json.dumps(variables)
        )

    @override
    @guarded
    def CancelProcessInstance(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.cancel_instance(request.processInstanceKey)
        return pb.CancelProcessInstanceResponse()

    @override
    @guarded
    def SetVariables(self, request: Any, context: grpc.ServicerContext) -> Any:
        variables = read_variables(request.variables)
        key = self._engine.set_variables(request.elementInstanceKey, variables, local=request.local)
        return pb.SetVariablesResponse(key=key)

    @override
    @guarded
    def ResolveIncident(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.resolve_incident(request.incidentKey)
        return pb.ResolveIncidentResponse()

    @override
    @guarded
    def PublishMessage(self, request: Any, context: grpc.ServicerContext) -> Any:
        published = self._engine.publish_message(
            name=request.name,
            correlation_key=request.correlationKey,
            variables=read_variables(request.variables),
            time_to_live=milliseconds(request.timeToLive),
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
            yield from job_responses(self._long_poll(request, context))
        except Rejection as rejection:
            refuse(context, rejection)

    @override
    def StreamActivatedJobs(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.add_callback(self._engine.wake_waiters)
        try:
            while self._is_wanted(context):
                for job in self._activate(request, 1):
                    yield job_message(job)
                self._wait(request, context, time.monotonic() + DEFAULT_REQUEST_TIMEOUT.total_seconds())
        except Rejection as rejection:
            refuse(context, rejection)

    @override
    @guarded
    def CompleteJob(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.complete_job(request.jobKey, read_variables(request.variables))
        return pb.CompleteJobResponse()

    @override
    @guarded
    def FailJob(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.fail_job(
            request.jobKey,
            retries=request.retries,
            message=request.errorMessage,
            backoff=milliseconds(request.retryBackOff),
            variables=read_variables(request.variables),
        )
        return pb.FailJobResponse()

    @override
    @guarded
    def ThrowError(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.throw_error(
            request.jobKey,
            code=request.errorCode,
            message=request.errorMessage,
            variables=read_variables(request.variables),
        )
        return pb.ThrowErrorResponse()

    @override
    @guarded
    def UpdateJobRetries(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.update_job_retries(request.jobKey, request.retries)
        return pb.UpdateJobRetriesResponse()

    @override
    @guarded
    def UpdateJobTimeout(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine.update_job_timeout(request.jobKey, milliseconds(request.timeout))
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
            timeout=milliseconds(request.timeout),
            max_jobs=max_jobs,
            fetch_variables=list(request.fetchVariable),
            tenant_ids=list(request.tenantIds),
        )

    def _long_poll(self, request: Any, context: grpc.ServicerContext) -> Sequence[ActivatedJob]:
        wait = milliseconds(request.requestTimeout) or DEFAULT_REQUEST_TIMEOUT
        until = time.monotonic() + wait.total_seconds()
        while self._is_wanted(context):  # a job must not be locked for a worker that has left
            jobs = self._activate(request, request.maxJobsToActivate)
            if jobs or not self._wait(request, context, until):
                return jobs
        return ()

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
