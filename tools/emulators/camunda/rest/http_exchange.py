"""A request that was understood and an answer to send: what handlers take and give; no socket here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeAlias

from emulators.camunda.document_store import DocumentStore
from emulators.camunda.engine import Engine
from emulators.camunda.rest.problems import MEDIA_TYPE, Problem
from emulators.camunda.rest.versions import Gateway


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path_keys: the keys in the path, by the names of the path template.
        path_texts: what else the path names, by the names of the path template.
        body: the JSON body as the endpoint's declaration read it; empty without a body.
        query: the first value of each query parameter.
        raw_body: the bytes of the body.
        content_type: the header's whole value.
        is_wanted: whether a client still waits for the answer.

    """

    path_keys: Mapping[str, int]
    path_texts: Mapping[str, str]
    body: Mapping[str, Any]
    query: Mapping[str, str]
    raw_body: bytes
    content_type: str
    is_wanted: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; the body is empty where the content type is."""

    status: int
    content_type: str = ""
    body: bytes = b""

    @classmethod
    def json(cls, document: Mapping[str, Any], status: int = 200) -> Self:
        return cls(status, "application/json", _encoded(document))

    @classmethod
    def problem(cls, problem: Problem, instance: str) -> Self:
        return cls(problem.status, MEDIA_TYPE, _encoded(problem.document(instance)))

    @classmethod
    def of_framework(cls, status: int, error: str, path: str) -> Self:
        """Return what Spring answers before the gateway's own code is reached: no problem document."""
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        return cls.json(
            {"timestamp": timestamp, "status": status, "error": error, "path": path}, status=status
        )


NO_CONTENT = Answer(204)


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a handler works on: the engine, its document store, and as which gateway they are shown."""

    engine: Engine
    gateway: Gateway
    documents: DocumentStore


Handler: TypeAlias = Callable[[Cluster, Request], Answer]


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
