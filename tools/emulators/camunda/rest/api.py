"""Route a REST v2 request to its endpoint and word the answer; sockets are left to `http_server`."""

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from emulators.camunda.document_store import DocumentStore
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.rest.authentication import Credentials
from emulators.camunda.rest.endpoint import Endpoint
from emulators.camunda.rest.endpoints import ENDPOINTS
from emulators.camunda.rest.faults import Cut, FaultPlan, Silence
from emulators.camunda.rest.http_exchange import Answer, Cluster, Request
from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.shapes import read
from emulators.camunda.rest.versions import Gateway

PREFIX: Final = "/v2"
PURGE_PATH: Final = "/actuator/cluster/purge"
"""Camunda's management API has this on a port of its own; here it is beside /v2 and needs no credentials."""
MAX_COMMAND_BYTES: Final = 4 * 1024 * 1024
"""What the broker takes; it measures the command itself, of which the body is nearly all."""

_log = logging.getLogger(__name__)

_STATUS_OF: Final[Mapping[RejectionKind, int]] = {
    RejectionKind.INVALID_ARGUMENT: 400,
    RejectionKind.NOT_FOUND: 404,
    RejectionKind.ALREADY_EXISTS: 409,
    RejectionKind.INVALID_STATE: 409,
    RejectionKind.RESOURCE_EXHAUSTED: 503,
    RejectionKind.EXCEEDED_BATCH_RECORD_SIZE: 500,
    RejectionKind.PROCESSING_ERROR: 500,
}


class ConnectionCut(Exception):
    """The connection is to be closed without an answer."""


class _NotJson(Exception):
    """The body is declared to be something else, which the gateway's framework answers by itself."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    is_wanted: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, for those who count or inspect what a client sends."""

    operation_id: str
    path: str
    body: bytes


@dataclass(slots=True)
class RestApi:
    """Answers REST requests for one engine.

    Attributes:
        engine: what is commanded and read.
        gateway: as which gateway it answers.
        credentials: what a client must show; None lets every client in.
        faults: what goes wrong next.
        documents: the documents that were uploaded.
        calls: the latest calls, oldest first.

    """

    engine: Engine
    gateway: Gateway = field(default_factory=Gateway)
    credentials: Credentials | None = None
    faults: FaultPlan = field(default_factory=FaultPlan)
    documents: DocumentStore = field(default_factory=DocumentStore)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=10_000))

    def answer(self, incoming: Incoming) -> Answer:
        """Return the answer to a request.

        Raises:
            ConnectionCut: a planned fault leaves the request without an answer.

        """
        path, _, query = incoming.target.partition("?")
        try:
            return self._answer(incoming, path, query)
        except Problem as problem:
            return Answer.problem(problem, path)
        except Rejection as rejection:
            return Answer.problem(_problem_of(rejection), path)
        except _NotJson:
            return Answer.of_framework(415, "Unsupported Media Type", path)
        except ConnectionCut:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours must look like the gateway's, and be found
            _log.exception("a request failed", extra={"path": path})
            detail = f"Unexpected error occurred during the request processing: {error!r}"
            return Answer.problem(Problem(500, type(error).__name__, detail), path)

    def _answer(self, incoming: Incoming, path: str, query: str) -> Answer:
        if self.credentials is not None and path == self.credentials.TOKEN_PATH:
            return self.credentials.answer_token_request(incoming.method, incoming.headers, incoming.body)
        if path == PURGE_PATH:
            return self._purge(incoming.method)
        found = self._route(incoming.method, path)
        if isinstance(found, Answer):
            return found
        endpoint, names = found
        self._authorize(endpoint, incoming.headers)
        self.calls.append(Call(endpoint.operation_id, path, incoming.body))
        fault = self.faults.take(endpoint.operation_id)
        if isinstance(fault, Problem):
            raise fault
        if fault is Cut.BEFORE_EFFECT:
            raise ConnectionCut
        request = Request(
            path_keys={n: _key(n, text) for n, text in names.items() if n.endswith("Key")},
            path_texts=names,
            body=self._body(endpoint, incoming),
            query=dict(parse_qsl(query)),
            raw_body=incoming.body,
            content_type=incoming.headers.get("content-type", ""),
            is_wanted=incoming.is_wanted,
        )
        answer = endpoint.handle(Cluster(self.engine, self.gateway, self.documents), request)
        if fault is Cut.AFTER_EFFECT:
            raise ConnectionCut
        if isinstance(fault, Silence):
            while incoming.is_wanted() and not fault.until.wait(timeout=0.1):
                pass
        return answer

    def _purge(self, method: str) -> Answer:
        if method != "POST":
            return Answer.of_framework(405, "Method Not Allowed", PURGE_PATH)
        self.engine.reset()
        self.documents.clear()
        return Answer.json({"changeId": 1, "plannedChanges": []}, status=202)

    def _route(self, method: str, path: str) -> tuple[Endpoint, Mapping[str, str]] | Answer:
        """Return the endpoint and the texts in its path, or what a path without one is answered with."""
        below = path.removeprefix(PREFIX)
        allowed: list[str] = []
        for endpoint in ENDPOINTS if below != path else ():
            match = endpoint.pattern.fullmatch(below)
            if match is None or endpoint.since > self.gateway.version:
                continue
            if endpoint.method == method:
                return endpoint, {name: unquote(text) for name, text in match.groupdict().items()}
            allowed.append(endpoint.method)
        if allowed:
            return Answer.of_framework(405, "Method Not Allowed", path)
        return Answer.of_framework(404, "Not Found", path)

    def _authorize(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        if self.credentials is None or endpoint.is_open:
            return
        if not self.credentials.accept(headers.get("authorization")):
            raise Problem(
                401, "Unauthorized", "An Authentication object was not found in the SecurityContext"
            )

    def _body(self, endpoint: Endpoint, incoming: Incoming) -> Mapping[str, Any]:
        declared = endpoint.body_as(self.gateway)
        if declared is None:
            return {}
        if not incoming.body:
            if endpoint.needs_body:
                raise Problem(400, "Bad Request", "Required request body is missing")
            return {}
        content_type = incoming.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise _NotJson
        if len(incoming.body) > MAX_COMMAND_BYTES:
            said = "Received an unexpected error from the broker, code: MALFORMED_REQUEST, message: "
            said += "Request size is above configured maxMessageSize."
            raise Problem(500, "MALFORMED_REQUEST", said)
        try:
            document = json.loads(incoming.body, parse_constant=_refuse_constant)
        except ValueError:
            raise Problem(400, "Bad Request", "Failed to read request") from None
        return read(declared, document, self.gateway.version)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _key(name: str, text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise Problem(400, "Bad Request", f"Failed to convert '{name}' with value: '{text}'")
    return int(text)


def _problem_of(rejection: Rejection) -> Problem:
    return Problem(_STATUS_OF[rejection.kind], rejection.kind.value, rejection.message)
