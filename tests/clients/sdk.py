"""The stand-in's REST API with Camunda's Python client connected to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from camunda_orchestration_sdk import CamundaClient, NullLogger, models
from camunda_orchestration_sdk.semantic_types import ProcessDefinitionId
from camunda_orchestration_sdk.types import File
from emulators.camunda.rest import Credentials, GatewayVersion

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda_rest.processes import RunningRest, running_rest


@dataclass(frozen=True, slots=True)
class Sdk:
    """A running API and the client."""

    cluster: RunningRest
    client: CamundaClient

    def deploy(self, *processes: Bpmn) -> list[models.DeploymentMetadataResultProcessDefinition]:
        """Deploy processes and return what became of each."""
        files = [File(io.BytesIO(content), name) for name, content in (each.resource() for each in processes)]
        answer = self.client.create_deployment(data=models.CreateDeploymentData(resources=files))
        return [each.process_definition for each in answer.deployments if each.process_definition]

    def start(self, process_id: str, **variables: Any) -> models.CreateProcessInstanceResult:
        """Start an instance of the newest version."""
        return self.client.create_process_instance(data=by_id(process_id, **variables))

    def activate(self, job_type: str, *, most: int = 10) -> list[models.ActivatedJobResult]:
        """Activate jobs without waiting for them."""
        request = models.JobActivationRequest(
            type_=job_type, timeout=60_000, max_jobs_to_activate=most, request_timeout=-1
        )
        return self.client.activate_jobs(data=request).jobs


def by_id(process_id: str, **variables: Any) -> models.ProcessCreationById:
    """Return the request to start the newest version of a process."""
    given = models.ProcessInstanceCreationInstructionBaseVariables.from_dict(variables)
    return models.ProcessCreationById(ProcessDefinitionId(process_id), variables=given)


@contextmanager
def connected(credentials: Credentials | None = None, **settings: str) -> Iterator[Sdk]:
    """Run the API as 8.10, the client's own version, and connect the client to it.

    Args:
        credentials: What the API asks for; None for nothing.
        settings: What the client is given beside its address, such as CAMUNDA_CLIENT_ID; "{address}" stands
            for the API's.
    """
    with running_rest(GatewayVersion.V8_10, credentials=credentials) as cluster:
        given = {name: value.format(address=cluster.server.address) for name, value in settings.items()}
        configuration: Any = {
            "CAMUNDA_REST_ADDRESS": cluster.server.address,
            "CAMUNDA_AUTH_STRATEGY": "NONE",
            **given,
        }
        with CamundaClient(configuration=configuration, logger=NullLogger()) as client:
            yield Sdk(cluster, client)
