"""The two ways in which scenarios talk to an engine: gRPC, and REST under gRPC's names for its commands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, Protocol

import grpc
import httpx
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc

CALL_S: Final = 60.0
MAX_JOBS: Final = 50


class Refused(Exception):
    """A command that the engine refused.

    Attributes:
        code: gRPC's name of the status.
        details: The reason, as the engine words it.
    """

    def __init__(self, code: str, details: str) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Job:
    """An activated job, however it was written on the wire."""

    key: int
    type: str
    process_id: str
    process_version: int
    process_instance_key: int
    element_id: str
    element_instance_key: int
    retries: int
    worker: str
    headers: dict[str, str]
    variables: dict[str, Any]


class Transport(Protocol):
    """Carries commands to a gateway."""

    def command(self, rpc: str, **request: Any) -> Any:
        """Give a command by gRPC's names and return the answer in gRPC's shape.

        Raises:
            Refused: The engine refuses it.
        """
        ...

    def activate(
        self, job_type: str, *, lock_ms: int, wait_ms: int, fetch: tuple[str, ...] = ()
    ) -> list[Job]:
        """Activate jobs of a type.

        Args:
            wait_ms: How long to wait where there are none; -1 is not at all.
            fetch: The variables wanted; none named is all.

        Raises:
            Refused: The engine refuses it.
        """
        ...


@dataclass(frozen=True, slots=True)
class GrpcTransport:
    """gRPC, without a client's own opinions."""

    channel: grpc.Channel

    def command(self, rpc: str, **request: Any) -> Any:
        method = getattr(gateway_pb2_grpc.GatewayStub(self.channel), rpc)
        try:
            return method(getattr(pb, f"{rpc}Request")(**request), timeout=CALL_S)
        except grpc.RpcError as error:
            raise _refused(error) from error

    def activate(
        self, job_type: str, *, lock_ms: int, wait_ms: int, fetch: tuple[str, ...] = ()
    ) -> list[Job]:
        request = pb.ActivateJobsRequest(
            type=job_type,
            worker="w",
            timeout=lock_ms,
            maxJobsToActivate=MAX_JOBS,
            requestTimeout=wait_ms,
            fetchVariable=fetch,
        )
        try:
            answers = list(gateway_pb2_grpc.GatewayStub(self.channel).ActivateJobs(request, timeout=CALL_S))
        except grpc.RpcError as error:
            raise _refused(error) from error
        return [_from_grpc(job) for answer in answers for job in answer.jobs]


def _refused(error: grpc.RpcError) -> Refused:
    assert isinstance(error, grpc.Call)
    return Refused(error.code().name, error.details() or "")


def _from_grpc(job: Any) -> Job:
    return Job(
        key=job.key,
        type=job.type,
        process_id=job.bpmnProcessId,
        process_version=job.processDefinitionVersion,
        process_instance_key=job.processInstanceKey,
        element_id=job.elementId,
        element_instance_key=job.elementInstanceKey,
        retries=job.retries,
        worker=job.worker,
        headers=json.loads(job.customHeaders),
        variables=json.loads(job.variables),
    )


_CODES: Final = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    504: "DEADLINE_EXCEEDED",
}
_KEYS: Final = ("jobKey", "incidentKey", "elementInstanceKey", "processInstanceKey")
_ON_A_KEY: Final = {
    "CompleteJob": ("POST", "/jobs/{key}/completion"),
    "FailJob": ("POST", "/jobs/{key}/failure"),
    "ThrowError": ("POST", "/jobs/{key}/error"),
    "UpdateJobTimeout": ("PATCH", "/jobs/{key}"),
    "UpdateJobRetries": ("PATCH", "/jobs/{key}"),
    "SetVariables": ("PUT", "/element-instances/{key}/variables"),
    "ResolveIncident": ("POST", "/incidents/{key}/resolution"),
    "CancelProcessInstance": ("POST", "/process-instances/{key}/cancellation"),
}


@dataclass(frozen=True, slots=True)
class RestTransport:
    """REST v2; what it cannot say, deployments among it, goes over gRPC.

    Args:
        is_old: Whether the gateway is of 8.6, which names some things in another way.
    """

    client: httpx.Client
    others: GrpcTransport
    is_old: bool

    def command(self, rpc: str, **request: Any) -> Any:
        worded = _worded(rpc, request, is_old=self.is_old)
        if worded is None:
            return self.others.command(rpc, **request)
        method, path, body = worded
        answer = self._ask(method, path, body)
        given = answer.json() if answer.content else {}
        return _in_grpcs_shape(rpc, given)

    def activate(
        self, job_type: str, *, lock_ms: int, wait_ms: int, fetch: tuple[str, ...] = ()
    ) -> list[Job]:
        body = {
            "type": job_type,
            "worker": "w",
            "timeout": lock_ms,
            "maxJobsToActivate": MAX_JOBS,
            "requestTimeout": wait_ms,
            "fetchVariable": list(fetch),
        }
        return [_from_rest(job) for job in self._ask("POST", "/jobs/activation", body).json()["jobs"]]

    def _ask(self, method: str, path: str, body: Any) -> httpx.Response:
        answer = self.client.request(method, f"/v2{path}", json=body)
        if answer.is_error:
            problem = answer.json()
            title = problem.get("title") or ""
            known = title if title.isupper() else _CODES.get(answer.status_code, f"HTTP {answer.status_code}")
            raise Refused(_code(known), problem.get("detail") or "")
        return answer


def _code(title: str) -> str:
    """Return gRPC's word for the type of a rejection."""
    return {"INVALID_STATE": "FAILED_PRECONDITION"}.get(title, title)


def _variables(request: dict[str, Any]) -> dict[str, Any]:
    return {"variables": json.loads(request["variables"])} if request.get("variables") else {}


def _worded(rpc: str, request: dict[str, Any], *, is_old: bool) -> tuple[str, str, Any] | None:
    """Return a command as REST words it: method, path and body; None where it is left to gRPC."""
    rest = {name: value for name, value in request.items() if name not in {*_KEYS, "variables"}}
    body = rest | _variables(request)
    key = next((request[name] for name in _KEYS if name in request), 0)
    if rpc in _ON_A_KEY:
        method, path = _ON_A_KEY[rpc]
        is_change = method == "PATCH"
        return method, path.format(key=key), {"changeset": rest} if is_change else body
    if rpc == "PublishMessage":
        return "POST", "/messages/publication", body
    if rpc == "CreateProcessInstance" and not is_old and "processDefinitionKey" not in request:
        names = {"bpmnProcessId": "processDefinitionId", "version": "processDefinitionVersion"}
        return "POST", "/process-instances", {names.get(n, n): v for n, v in body.items()}
    return None


def _in_grpcs_shape(rpc: str, given: dict[str, Any]) -> Any:
    match rpc:
        case "PublishMessage":
            return SimpleNamespace(key=int(given["messageKey"]))
        case "CreateProcessInstance":
            return SimpleNamespace(
                processInstanceKey=int(given["processInstanceKey"]),
                processDefinitionKey=int(given["processDefinitionKey"]),
                bpmnProcessId=given["processDefinitionId"],
                version=given["processDefinitionVersion"],
            )
        case _:
            return SimpleNamespace()


def _from_rest(job: dict[str, Any]) -> Job:
    return Job(
        key=int(job["jobKey"] if "jobKey" in job else job["key"]),
        type=job["type"],
        process_id=job["processDefinitionId"],
        process_version=job["processDefinitionVersion"],
        process_instance_key=int(job["processInstanceKey"]),
        element_id=job["elementId"],
        element_instance_key=int(job["elementInstanceKey"]),
        retries=job["retries"],
        worker=job["worker"],
        headers=job["customHeaders"],
        variables=job["variables"],
    )
