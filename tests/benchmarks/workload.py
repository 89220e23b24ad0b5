"""Deploys a process whose one task asks for the same list, and starts as many of its jobs at once as wanted.

The engine makes the jobs itself (a parallel multi-instance task): no loader takes a part of the machine.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

_JOBS_AN_INSTANCE: Final = 100
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
    <bpmn:sequenceFlow id="b" sourceRef="Work" targetRef="End" />
    <bpmn:endEvent id="End"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
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

    def bpmn(self) -> bytes:
        """Return the process with this task alone."""
        inputs = "".join(
            f"<zeebe:input source={quoteattr(source)} target={quoteattr(target)} />"
            for target, source in self.inputs.items()
        )
        text = _PROCESS.format(
            process_id=self.process_id, job_type=self.job_type, inputs=inputs, expression=self.expression
        )
        return text.encode()


def deploy(grpc_address: str, task: Task) -> None:
    """Deploy the process of a task."""
    resource = pb.Resource(name=f"{task.process_id}.bpmn", content=task.bpmn())
    with grpc.insecure_channel(grpc_address) as channel:
        _stub(channel).DeployResource(pb.DeployResourceRequest(resources=[resource]), timeout=30)


def start(grpc_address: str, task: Task, jobs: int) -> None:
    """Start an instance with so many jobs, and return at once."""
    with grpc.insecure_channel(grpc_address) as channel:
        _stub(channel).CreateProcessInstance(_instance(task, jobs), timeout=30)


def finish(grpc_address: str, task: Task, jobs: int, *, patience_s: float) -> None:
    """Start instances with so many jobs together, and return when the last job is completed.

    Raises:
        grpc.RpcError: It takes longer than `patience_s`.
    """
    sizes = [min(_JOBS_AN_INSTANCE, jobs - begun) for begun in range(0, jobs, _JOBS_AN_INSTANCE)]
    with grpc.insecure_channel(grpc_address) as channel, ThreadPoolExecutor(len(sizes)) as threads:

        def finish_one(size: int) -> None:
            request = pb.CreateProcessInstanceWithResultRequest(
                request=_instance(task, size), requestTimeout=round(patience_s * 1000)
            )
            _stub(channel).CreateProcessInstanceWithResult(request, timeout=patience_s + 1)

        for _ in threads.map(finish_one, sizes):
            pass


def _instance(task: Task, jobs: int) -> pb.CreateProcessInstanceRequest:
    return pb.CreateProcessInstanceRequest(
        bpmnProcessId=task.process_id, version=-1, variables=json.dumps({"jobs": jobs})
    )


def _stub(channel: grpc.Channel) -> Any:
    return GatewayStub(channel)
