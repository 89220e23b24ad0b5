"""Deploys a process with a task that asks for a list, starts many of its jobs at once, and sees them done.

The engine makes the jobs itself (a parallel multi-instance task): no loader takes a part of the machine.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

_JOBS_AN_INSTANCE: Final = 100
_PUSHED_BACK_S: Final = 0.05
_LONGER_THAN_ANY_RUN_MS: Final = 3_600_000
_PROCESS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bench">
  <bpmn:process id="{process_id}" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="Start" targetRef="Work" />
    <bpmn:serviceTask id="Work">
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="{job_type}" retries="3" />
        <zeebe:ioMapping>{inputs}<zeebe:output source="=null" target="items" /></zeebe:ioMapping>
        <zeebe:taskHeaders><zeebe:header key="resultExpression" value="={expression}" /></zeebe:taskHeaders>
      </bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
      <bpmn:multiInstanceLoopCharacteristics>
        <bpmn:extensionElements>
          <zeebe:loopCharacteristics inputCollection="=for number in 1..jobs return number" />
        </bpmn:extensionElements>
      </bpmn:multiInstanceLoopCharacteristics>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="b" sourceRef="Work" targetRef="Done" />
    <bpmn:serviceTask id="Done">
      <bpmn:extensionElements><zeebe:taskDefinition type="{done_type}" /></bpmn:extensionElements>
      <bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>c</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="c" sourceRef="Done" targetRef="End" />
    <bpmn:endEvent id="End"><bpmn:incoming>c</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""


@dataclass(frozen=True, slots=True)
class Task:
    """The task as one runtime wants it.

    Attributes:
        inputs: Literal inputs by their targets.
        expression: The result expression, without the equals sign.
    """

    process_id: str
    job_type: str
    inputs: dict[str, str]
    expression: str

    @property
    def done_type(self) -> str:
        """Return the type of the job that comes after the task, in each instance one."""
        return f"{self.process_id}-done"

    def bpmn(self) -> bytes:
        """Return the process with this task alone."""
        inputs = "".join(
            f"<zeebe:input source={quoteattr(source)} target={quoteattr(target)} />"
            for target, source in self.inputs.items()
        )
        text = _PROCESS.format(
            process_id=self.process_id,
            job_type=self.job_type,
            done_type=self.done_type,
            inputs=inputs,
            expression=self.expression,
        )
        return text.encode()


def deploy(grpc_address: str, task: Task) -> None:
    """Deploy the process of a task."""
    resource = pb.Resource(name=f"{task.process_id}.bpmn", content=task.bpmn())
    with grpc.insecure_channel(grpc_address) as channel:
        _stub(channel).DeployResource(pb.DeployResourceRequest(resources=[resource]), timeout=30)


def start(grpc_address: str, task: Task, jobs: int) -> None:
    """Start instances with so many jobs together, and return at once."""
    sizes = [min(_JOBS_AN_INSTANCE, jobs - begun) for begun in range(0, jobs, _JOBS_AN_INSTANCE)]
    with grpc.insecure_channel(grpc_address) as channel:
        for size in sizes:
            while not _is_accepted(channel, _instance(task, size)):
                time.sleep(_PUSHED_BACK_S)


def wait_until_done(grpc_address: str, task: Task, jobs: int, *, timeout_s: float) -> None:
    """Return when so many jobs are completed: when the task after them comes up in each instance.

    Raises:
        TimeoutError: It takes longer than `timeout_s`.
    """
    end = time.monotonic() + timeout_s
    request = pb.ActivateJobsRequest(
        type=task.done_type,
        worker="bench",
        timeout=_LONGER_THAN_ANY_RUN_MS,
        maxJobsToActivate=100,
        requestTimeout=5_000,
    )
    with grpc.insecure_channel(grpc_address) as channel:
        while jobs > 0:
            if time.monotonic() > end:
                raise TimeoutError(f"{task.process_id}: {jobs} jobs were not done within {timeout_s} s")
            with contextlib.suppress(grpc.RpcError):  # an engine under load pushes back, too
                for answer in _stub(channel).ActivateJobs(request, timeout=10):
                    jobs -= sum(json.loads(job.variables)["jobs"] for job in answer.jobs)


def _is_accepted(channel: grpc.Channel, request: pb.CreateProcessInstanceRequest) -> bool:
    """Start an instance; False where the engine pushes back."""
    try:
        _stub(channel).CreateProcessInstance(request, timeout=30)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            raise
        return False
    return True


def _instance(task: Task, jobs: int) -> pb.CreateProcessInstanceRequest:
    return pb.CreateProcessInstanceRequest(
        bpmnProcessId=task.process_id, version=-1, variables=json.dumps({"jobs": jobs})
    )


def _stub(channel: grpc.Channel) -> Any:
    return GatewayStub(channel)
