"""An inbound connector element of a deployed process, as its BPMN says it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from enum import Enum
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apify_camunda.identifiers import DefinitionKey, TenantId

_DIGEST_DIGITS = 16


class ElementKind(Enum):
    """What a BPMN element does with an event."""

    START = "start"
    MESSAGE_START = "messageStart"
    EVENT_SUB_PROCESS_START = "eventSubProcessStart"
    INTERMEDIATE_CATCH = "intermediateCatch"
    BOUNDARY = "boundary"
    RECEIVE_TASK = "receiveTask"

    @property
    def only_newest_version(self) -> bool:
        """Say whether only the newest version of a process listens with such an element."""
        return self in (ElementKind.START, ElementKind.MESSAGE_START)


class InboundElement(BaseModel):
    """One element with its `zeebe:property` values, raw: FEEL and secrets are not resolved here.

    It is kept as JSON beside each registration and effect, so that a delivery needs no BPMN.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, populate_by_name=True)

    kind: ElementKind
    process_id: str
    process_name: str | None = None
    definition_key: DefinitionKey
    version: int
    tenant_id: TenantId
    element_id: str
    element_name: str | None = None
    message_name: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)

    @property
    def ref(self) -> str:
        """Return the name of this element in keys, logs and answers: `process/version/element`."""
        return f"{self.process_id}/{self.version}/{self.element_id}"

    @property
    def key(self) -> str:
        """Return what names this element within its cluster: `definition key/element`."""
        return f"{self.definition_key}/{self.element_id}"

    @cached_property
    def listener_key(self) -> str:
        """Return what names this element and all that it says: `definition key/element#digest`.

        After a reset of the cluster another element may have the same `key`.
        """
        digest = hashlib.sha256(self.model_dump_json().encode(errors="surrogatepass")).hexdigest()
        return f"{self.key}#{digest[:_DIGEST_DIGITS]}"

    def is_among(self, listeners: Collection[str]) -> bool:
        """Say whether the element is one of these listeners; the first release noted them by `key`."""
        return self.listener_key in listeners or self.key in listeners

    def property_or_none(self, name: str) -> str | None:
        """Return the property's value, or None where it is absent or blank."""
        value = self.properties.get(name)
        return value if value is not None and value.strip() else None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return self.model_dump(mode="json")
