"""What is asked of the Camunda cluster: commands, questions about the past, definitions, jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from apify_camunda.camunda.model import (
    ActivatedJob,
    DocumentReference,
    JobOutcome,
    JobReply,
    NewDocument,
    ProcessDefinition,
    PublishMessage,
    PublishResult,
    StartProcess,
    StartResult,
)
from apify_camunda.identifiers import DefinitionKey, JobKey, TenantId
from apify_camunda.json_types import JsonObject


class EngineCommands(Protocol):
    """Commands that an event gives to the engine.

    Both raise EngineRejected where the engine refuses for good (INVALID_ARGUMENT, NOT_FOUND, ...), and
    EngineUnavailable where it is away, pushes back or refuses our credentials; `outcome_unknown` is True
    where the command may have taken effect nevertheless.
    """

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message. ALREADY_EXISTS is a result, not an error."""
        ...

    async def start_process(self, command: StartProcess) -> StartResult:
        """Create a process instance of exactly the given definition.

        It gets the tag and the business id where the cluster knows them. A business id that an active
        instance of the process has on a cluster where it is unique is a result, not an error.
        """
        ...


class InstanceSearch(Protocol):
    """Questions about the past, eventually consistent; the cluster needs secondary storage for them.

    All raise EngineUnavailable where the cluster did not answer, EngineRejected where it has no such search.
    """

    async def instances_with_tag(self, tag: str) -> Sequence[int]:
        """Return the keys of process instances that carry `tag`."""
        ...

    async def message_was_correlated(self, command: PublishMessage, *, since: datetime) -> bool:
        """Say whether a message of this name and correlation key was correlated at or after `since`."""
        ...

    async def shows_all_before(self, moment: datetime, *, process_id: str, tenant_id: TenantId) -> bool:
        """Say whether the search surely shows what happened to a process before `moment`.

        What it does not show may only not be shown yet, or not to us. So True means that on every partition
        something is shown that began at or after `moment` (a partition's past is shown in its order), and
        that some instance of this process is shown, old or new (we may see them). An index may show
        what it holds some seconds after another index does.
        """
        ...


class ElementSearch(Protocol):
    """Questions about elements of process instances; the cluster needs secondary storage for them."""

    async def element_has_ended(self, element_instance_key: int) -> bool:
        """Say whether an element was completed or terminated; False where the search does not show it yet.

        Raises:
            EngineUnavailable: Camunda did not answer.
            EngineRejected: This cluster has no such search.
        """
        ...


@dataclass(frozen=True, slots=True)
class WaitingDefinitions:
    """Which definitions have message subscriptions.

    Attributes:
        surely: A subscription of theirs waits.
        perhaps: Theirs have got messages, and one that does not interrupt waits on: as long as they have
            instances, they may wait.
    """

    surely: frozenset[DefinitionKey] = frozenset()
    perhaps: frozenset[DefinitionKey] = frozenset()


class ProcessCatalog(Protocol):
    """The deployed process definitions."""

    @property
    def sees_undeployed(self) -> bool:
        """Say whether definitions that were deleted disappear from the catalogue, as far as is known yet."""
        ...

    async def cluster_id(self) -> str:
        """Return what names this cluster in our rows (keys belong to a cluster)."""
        ...

    async def told_cluster_id(self) -> str | None:
        """Return what the cluster calls itself, or None where it does not tell (before 8.9).

        It changes when the cluster is reset under its address.

        Raises:
            EngineRejected: The cluster refuses to tell.
            EngineUnavailable: It did not answer.
        """
        ...

    def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        """Yield the newest version of every active process of every tenant, page by page.

        Raises:
            EngineUnavailable: A page could not be read; what was yielded before is not the whole.
        """
        ...

    async def newest_active(self, process_id: str, tenant_id: TenantId) -> ProcessDefinition | None:
        """Return the newest active version of one process, or None if it has no active version.

        The list of newest versions may leave a process out whose newest version is being drained; this
        question confirms that a process is gone before its webhooks go.

        Source: https://github.com/camunda/camunda/issues/61720
        """
        ...

    async def shows_process(self, process_id: str, tenant_id: TenantId) -> bool:
        """Say whether any version of a process is shown, active or not.

        What is shown and not active was undeployed. Of what is not shown nothing is known: its history may
        have been deleted with it, or we may not see it any more.
        """
        ...

    async def waiting_definitions(self) -> WaitingDefinitions | None:
        """Return the definitions with message subscriptions; None: this cluster cannot list them (8.8).

        Raises:
            EngineUnavailable: A page could not be read; what was read before is not the whole.
        """
        ...

    async def has_instances(self, key: DefinitionKey) -> bool:
        """Say whether instances of a definition are alive: where nothing better is known, they may wait."""
        ...

    async def xml(self, key: DefinitionKey) -> str | None:
        """Return the BPMN XML of a definition, or None where the catalogue does not show it (yet)."""
        ...

    async def definition(self, key: DefinitionKey) -> ProcessDefinition | None:
        """Return one definition, or None where the catalogue does not show it (yet)."""
        ...


class DocumentStore(Protocol):
    """Camunda's document store: files beside the variables, which hold references to them (8.8 and newer).

    Both raise PermanentError, whose code is DOCUMENT_STORE_MISSING where the cluster has no such store, and
    EngineUnavailable where Camunda did not answer.
    """

    async def put(self, document: NewDocument) -> JsonObject:
        """Store a document, in place of one with its id, and return its reference for a process variable.

        Raises:
            PermanentError: The store refuses it; the code is DOCUMENT_REFUSED.
        """
        ...

    async def content(self, reference: DocumentReference) -> bytes:
        """Return the content of a document.

        Raises:
            PermanentError: There is no such document, or it has changed; the code is DOCUMENT_NOT_FOUND.
        """
        ...


class JobQueue(Protocol):
    """Jobs that wait for a worker."""

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Lock up to `max_jobs` jobs for `lock`, waiting up to `wait` until there is one.

        Raises:
            EngineUnavailable: No answer came; jobs may be locked nevertheless until their lock runs out.
        """
        ...

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        """Complete, fail or throw. A job that is gone is a reply, not an error.

        Raises:
            EngineUnavailable: The report may or may not have arrived; repeating it is harmless.
            EngineRejected: The engine refuses the outcome itself, for example its variables.
        """
        ...

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let the job's lock run out after `duration` from now; 1 ms hands it out again at once."""
        ...

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        """Set variables in the scope of the element itself; best effort for the eyes of an operator."""
        ...
