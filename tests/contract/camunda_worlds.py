"""A test's own corner of a cluster: our ports, what others do there, what is seen; alike on every cluster.

Each corner keeps to a name of its own, so that one cluster serves all tests of a module.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey, TenantId
from pyzeebe.proto import gateway_pb2 as pb

from tests.contract.camunda_ports import Ports
from tests.contract.engine_insight import HeldMessage, Insight, OpenIncident, OpenJob, SeenInstance
from tests.contract.engine_transports import GrpcTransport

T = TypeVar("T")


class World(Protocol):
    """A corner of a cluster in which a rule of a port can be tried."""

    @property
    def name(self) -> str:
        """What processes, jobs and messages are called here, and nowhere else."""
        ...

    @property
    def ports(self) -> Ports: ...

    # What others do

    def deploy(self, content: bytes, tenant: str = "") -> ProcessDefinition:
        """Deploy a version of a process."""
        ...

    def undeploy(self, definition: ProcessDefinition) -> None:
        """Delete a version of a process."""
        ...

    def start(self, process_id: str, tenant: str = "", /, **variables: Any) -> int:
        """Start an instance of the newest version and return its key."""
        ...

    async def meanwhile(self, deed: Callable[[], object]) -> None:
        """Let others do something while a call of ours waits."""
        ...

    def cancel(self, instance_key: int) -> None:
        """Cancel a process instance."""
        ...

    # Time

    def now(self) -> datetime:
        """Return the engine's time."""
        ...

    def advance(self, by: timedelta) -> None:
        """Let time pass for the engine, and let happen what is due."""
        ...

    def let_search_catch_up(self) -> None:
        """Wait until searches find what has happened."""
        ...

    def until_handed_back(self, instance_key: int) -> None:
        """Wait until the job of an instance can be activated; that is due already."""
        ...

    def seconds(self) -> float:
        """Return a number that grows with the time that a call takes."""
        ...

    # What is seen

    def instances(self, definition: ProcessDefinition) -> list[SeenInstance]:
        """Return the instances of one version of a process, oldest first."""
        ...

    def variables(self, instance_key: int) -> dict[str, Any]:
        """Return the variables of an instance itself."""
        ...

    def incidents(self, instance_key: int) -> list[OpenIncident]:
        """Return the open incidents of an instance."""
        ...

    def job(self, instance_key: int) -> OpenJob | None:
        """Return the job of an instance, or None where it is done."""
        ...

    def messages(self) -> list[HeldMessage]:
        """Return the buffered messages of this corner, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class ClusterWorld:
    """A corner of a running cluster; what others do there goes over gRPC, without our adapters."""

    name: str
    ports: Ports
    others: GrpcTransport
    insight: Insight

    def deploy(self, content: bytes, tenant: str = "") -> ProcessDefinition:
        resource = pb.Resource(name=f"{self.name}.bpmn", content=content)
        answer = self.others.command("DeployResource", resources=[resource], tenantId=tenant)
        deployed = answer.deployments[0].process
        self.insight.settle()
        return ProcessDefinition(
            key=DefinitionKey(deployed.processDefinitionKey),
            process_id=deployed.bpmnProcessId,
            version=deployed.version,
            tenant_id=TenantId(deployed.tenantId),
        )

    def undeploy(self, definition: ProcessDefinition) -> None:
        self.insight.settle()
        self.insight.undeploy(definition.key)

    def start(self, process_id: str, tenant: str = "", /, **variables: Any) -> int:
        answer = self.others.command(
            "CreateProcessInstance",
            bpmnProcessId=process_id,
            version=-1,
            variables=json.dumps(variables),
            tenantId=tenant,
        )
        self.insight.settle()
        return int(answer.processInstanceKey)

    async def meanwhile(self, deed: Callable[[], object]) -> None:
        await asyncio.to_thread(deed)

    def cancel(self, instance_key: int) -> None:
        self.others.command("CancelProcessInstance", processInstanceKey=instance_key)
        self.insight.settle()

    def now(self) -> datetime:
        return self.insight.now()

    def advance(self, by: timedelta) -> None:
        self.insight.settle()
        self.insight.pass_time(by)

    def let_search_catch_up(self) -> None:
        self.insight.settle()

    def until_handed_back(self, instance_key: int) -> None:
        self.insight.wait_until(lambda: self._is_handed_back(instance_key))

    def seconds(self) -> float:
        return time.monotonic()

    def instances(self, definition: ProcessDefinition) -> list[SeenInstance]:
        return self._seen(lambda: self.insight.instances(definition.key))

    def variables(self, instance_key: int) -> dict[str, Any]:
        return self._seen(lambda: self.insight.variables(instance_key))

    def incidents(self, instance_key: int) -> list[OpenIncident]:
        return self._seen(lambda: self.insight.incidents(instance_key))

    def job(self, instance_key: int) -> OpenJob | None:
        found = self._seen(lambda: self.insight.jobs(instance_key))
        return found[0] if found else None

    def messages(self) -> list[HeldMessage]:
        return self._seen(lambda: self.insight.messages(self.name))

    def _seen(self, look: Callable[[], T]) -> T:
        self.insight.settle()
        return look()

    def _is_handed_back(self, instance_key: int) -> bool:
        return any(each.state == "ACTIVATABLE" for each in self.insight.jobs(instance_key))
