"""The rows of a history: what an engine's records say of definitions, instances and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Definition:
    """A deployed version of a process."""

    key: int
    process_id: str
    version: int
    resource_name: str
    tenant_id: str
    xml: str


@dataclass(slots=True)
class Instance:
    """A process instance.

    Attributes:
        state: ACTIVE, COMPLETED or TERMINATED.
        variables: Those of the instance itself; the last values where it has ended.
        passed: The ids of the elements that were completed, in order.
    """

    key: int
    process_id: str
    version: int
    definition_key: int
    tenant_id: str
    tags: tuple[str, ...] = ()
    state: str = "ACTIVE"
    variables: dict[str, Any] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that is not resolved."""

    key: int
    instance_key: int
    element_id: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An element that waits for a message."""

    instance_key: int
    element_id: str
    message_name: str
    correlation_key: str


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that is not done.

    Attributes:
        state: ACTIVATABLE, ACTIVATED or FAILED.
    """

    key: int
    instance_key: int
    element_id: str
    type: str
    state: str
    retries: int


@dataclass(frozen=True, slots=True)
class Correlated:
    """A message that an instance got, and when (milliseconds since 1970)."""

    message_key: int
    message_name: str
    correlation_key: str
    tenant_id: str
    instance_key: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Begun:
    """An element of an instance that began, and when (milliseconds since 1970)."""

    key: int
    element_id: str
    type: str
    instance_key: int
    definition_key: int
    process_id: str
    tenant_id: str
    at_ms: int
