"""What we ask of Camunda, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from apify_camunda.identifiers import DefinitionKey, JobKey, TenantId
from apify_camunda.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class PublishMessage:
    """Publish a message; with a TTL above zero its id makes a repetition harmless."""

    name: str
    correlation_key: str
    message_id: str
    time_to_live: timedelta
    tenant_id: TenantId
    variables: JsonObject


@dataclass(frozen=True, slots=True)
class StartProcess:
    """Create an instance of exactly this version.

    Process id, version and tenant name it to the engine, not the definition's key: after a reset of the
    cluster another process may have that key.

    Attributes:
        tag: Names the event, so that an instance whose creation was not confirmed can be searched for.
        business_id: Names the event to people and to a cluster whose business ids are unique; it is sent
            only to a cluster that knows business ids (8.9 and newer).
    """

    definition_key: DefinitionKey
    process_id: str
    version: int
    tenant_id: TenantId
    variables: JsonObject
    tag: str
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class MessagePublished:
    """The engine took the message."""

    message_key: int


@dataclass(frozen=True, slots=True)
class MessageAlreadyPublished:
    """The engine holds a message with this id already: an earlier try of ours landed."""


PublishResult: TypeAlias = MessagePublished | MessageAlreadyPublished


@dataclass(frozen=True, slots=True)
class InstanceCreated:
    """The engine created an instance."""

    process_instance_key: int


@dataclass(frozen=True, slots=True)
class InstanceAlreadyCreated:
    """An active instance of the process has this business id already: an earlier try of ours landed."""


StartResult: TypeAlias = InstanceCreated | InstanceAlreadyCreated


@dataclass(frozen=True, slots=True)
class ActivatedJob:
    """A job that is locked for us.

    Attributes:
        deadline_ms: When the lock runs out, Unix time in milliseconds.
    """

    key: JobKey
    type: str
    process_instance_key: int
    process_id: str
    process_version: int
    definition_key: DefinitionKey
    element_id: str
    element_instance_key: int
    retries: int
    deadline_ms: int
    tenant_id: TenantId
    headers: dict[str, str] = field(default_factory=dict)
    variables: JsonObject = field(default_factory=dict)

    @property
    def element_ref(self) -> str:
        """Return the name of the job's element in logs: `process/version/element`."""
        return f"{self.process_id}/{self.process_version}/{self.element_id}"


@dataclass(frozen=True, slots=True)
class CompleteJob:
    """The job is done; its variables propagate."""

    variables: JsonObject


@dataclass(frozen=True, slots=True)
class FailJob:
    """The job failed; with retries left it comes again after the back-off, with none it is an incident."""

    retries: int
    message: str
    backoff: timedelta
    variables: JsonObject


@dataclass(frozen=True, slots=True)
class ThrowBpmnError:
    """The job throws a BPMN error that the process may catch."""

    error_code: str
    message: str | None
    variables: JsonObject


JobOutcome: TypeAlias = CompleteJob | FailJob | ThrowBpmnError


@dataclass(frozen=True, slots=True)
class JobTaken:
    """The engine accepted the command."""


@dataclass(frozen=True, slots=True)
class JobGone:
    """The engine does not have the job any more (done, cancelled), or it is in a state that takes no command.

    Attributes:
        is_unknown: There is no such job any more (NOT_FOUND). False: it may only be unlocked or an incident.
    """

    reason: str
    is_unknown: bool = False


JobReply: TypeAlias = JobTaken | JobGone


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A file for the cluster's document store.

    Attributes:
        id: The same content of the same job has the same id, so that a repetition leaves one document.
        expires_at: After it the store may delete the document; None: as the cluster is set up.
    """

    id: str
    content: bytes = field(repr=False)
    content_type: str
    file_name: str
    process_id: str
    process_instance_key: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """What a process variable holds in a document's place, as far as it is needed to read the document.

    Attributes:
        size_bytes: As the reference says; None: it does not.
    """

    document_id: str
    store_id: str | None
    content_hash: str | None
    content_type: str | None
    size_bytes: int | None


class ProcessDefinition(BaseModel):
    """A deployed process definition as the catalogue lists it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    key: DefinitionKey
    process_id: str
    name: str | None = None
    version: int
    tenant_id: TenantId
