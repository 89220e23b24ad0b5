"""What a person does to a cluster by hand, done to a real engine: deploy a process, start an instance."""

from __future__ import annotations

import json
from typing import Any, Final

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc

from .history import History
from .real_engine import RealEngine
from .rows import Definition

_DEADLINE_S: Final = 60.0


class Operator:
    """Talks to an engine over gRPC; a channel for each command, so nothing is left open."""

    def __init__(self, engine: RealEngine) -> None:
        self._address = engine.grpc_address
        self._history: History = engine.history

    def deploy(self, name: str, content: bytes) -> Definition:
        """Deploy a process, and return it once the engine's records show it.

        Raises:
            grpc.RpcError: The engine refuses it.
        """
        return self.deploy_all(name, content)[0]

    def deploy_all(self, name: str, content: bytes) -> list[Definition]:
        """Deploy a file, and return its processes once the engine's records show them.

        Raises:
            grpc.RpcError: The engine refuses it.
        """
        answer = self._call("DeployResource", resources=[pb.Resource(name=name, content=content)])
        keys = [int(each.process.processDefinitionKey) for each in answer.deployments]
        return [self._deployed(key) for key in keys]

    def start(self, process_id: str, variables: dict[str, Any]) -> int:
        """Start an instance of the newest version and return its key.

        Raises:
            grpc.RpcError: The engine refuses it.
        """
        document = json.dumps(variables)
        answer = self._call("CreateProcessInstance", bpmnProcessId=process_id, version=-1, variables=document)
        return int(answer.processInstanceKey)

    def undeploy(self, definition: Definition) -> None:
        """Delete a version of a process, and the instances of it that are still there.

        Raises:
            TimeoutError: The engine's records do not show that it is gone.
        """
        alive = self._history.ask(
            lambda rows: [
                each.key
                for each in rows.instances.values()
                if each.definition_key == definition.key and each.state == "ACTIVE"
            ]
        )
        for key in alive:
            self._cancel(key)
        with grpc.insecure_channel(self._address) as channel:
            # Not waited for: the engine in memory deletes, but its gateway never answers.
            request = pb.DeleteResourceRequest(resourceKey=definition.key)
            call = gateway_pb2_grpc.GatewayStub(channel).DeleteResource.future(request)
            self._history.wait_for(lambda rows: definition.key not in rows.definitions, timeout_s=_DEADLINE_S)
            call.cancel()  # type: ignore[no-untyped-call]  # grpc's stubs leave it out

    def _deployed(self, key: int) -> Definition:
        return self._history.wait_for(lambda rows: rows.definitions.get(key), timeout_s=_DEADLINE_S)

    def _cancel(self, instance_key: int) -> None:
        try:
            self._call("CancelProcessInstance", processInstanceKey=instance_key)
        except grpc.RpcError as error:
            if not _has_ended(error):
                raise

    def _call(self, rpc: str, **request: Any) -> Any:
        with grpc.insecure_channel(self._address) as channel:
            method = getattr(gateway_pb2_grpc.GatewayStub(channel), rpc)
            return method(getattr(pb, f"{rpc}Request")(**request), timeout=_DEADLINE_S)


def _has_ended(refusal: Any) -> bool:
    """Say whether the instance had ended; gRPC's errors are calls too, which their types do not tell."""
    return bool(refusal.code() is grpc.StatusCode.NOT_FOUND)
