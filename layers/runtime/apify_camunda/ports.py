"""Everything that is needed from outside, one Protocol a need; tests/contract holds each to its docstring."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from apify_camunda.contracts.apify import (
    LARGE_BYTES,
    ApifyRun,
    DatasetPage,
    RecordContent,
    StartRun,
    Webhook,
    WebhookSpec,
)
from apify_camunda.contracts.commands import (
    ActivatedJob,
    InstanceCreated,
    JobOutcome,
    JobReply,
    PublishMessage,
    PublishResult,
    StartProcess,
)
from apify_camunda.contracts.delivery import ReceivedEvent
from apify_camunda.contracts.element import InboundElement, ProcessDefinition, ResourceKind
from apify_camunda.contracts.json_types import (
    ApifyUserId,
    AttemptId,
    DefinitionKey,
    EffectKey,
    EventId,
    JobKey,
    JsonObject,
    RegistrationId,
    RunId,
    TenantId,
    WebhookId,
)
from apify_camunda.contracts.ledger import Attempt, Effect
from apify_camunda.contracts.registration import Departure, Registration
from apify_camunda.contracts.signing import SigningKeys


class Clock(Protocol):
    """Time, and waiting."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`."""
        ...


# --- Camunda -------------------------------------------------------------------------------------------


class EngineCommands(Protocol):
    """Commands that an event gives to the engine.

    Both raise EngineRejected where the engine refuses for good (INVALID_ARGUMENT, NOT_FOUND, ...), and
    EngineUnavailable where it is away, pushes back or refuses our credentials; `outcome_unknown` is True
    where the command may have taken effect all the same.
    """

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        """Publish a message. ALREADY_EXISTS is a result, not an error."""
        ...

    async def start_process(self, command: StartProcess) -> InstanceCreated:
        """Create a process instance of exactly the given definition, tagged where the cluster knows tags."""
        ...


class InstanceSearch(Protocol):
    """Questions about the past, eventually consistent; the cluster needs secondary storage for them.

    All raise EngineUnavailable where nobody answered, EngineRejected where this cluster has no such search.
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
        that some instance of this process is shown, whatever its age (we may see them). An index may show
        what it holds some seconds after another index does.
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

    def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        """Yield the newest version of every active process of every tenant, page by page.

        Raises:
            EngineUnavailable: A page could not be read; what was yielded before is not the whole.
        """
        ...

    async def newest_active(self, process_id: str, tenant_id: TenantId) -> ProcessDefinition | None:
        """Return the newest active version of one process, asked for alone, or None where there is none.

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


class JobQueue(Protocol):
    """Jobs that wait for a worker."""

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        """Lock up to `max_jobs` jobs for `lock`, waiting up to `wait` until there is one.

        Raises:
            EngineUnavailable: Nobody answered; jobs may be locked all the same until their lock runs out.
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


# --- Apify ---------------------------------------------------------------------------------------------


class Apify(Protocol):
    """Apify's API for one token.

    Calls raise ApifyRejected (4xx, a stable `code`) or ApifyUnavailable (429, 5xx, "not now", no answer).
    Only `start_run` may have taken effect without an answer: its error then says `outcome_unknown`.
    """

    async def user_id(self) -> ApifyUserId:
        """Return the id of the token's user."""
        ...

    async def resolve(self, kind: ResourceKind, reference: str) -> str:
        """Return the id of an Actor or task given by id, `username/name` or `username~name`."""
        ...

    async def start_run(self, request: StartRun) -> ApifyRun:
        """Start a run. It is never repeated by the adapter unless the request surely did not arrive."""
        ...

    async def run(self, run_id: RunId) -> ApifyRun | None:
        """Return a run, or None where Apify does not know it."""
        ...

    async def abort_run(self, run_id: RunId) -> None:
        """Abort a run; one that has ended stays as it is."""
        ...

    def runs(
        self, kind: ResourceKind, resource_id: str, *, since: datetime | None, newest_first: bool = True
    ) -> AsyncIterator[ApifyRun]:
        """Yield the runs of an Actor or task, all pages, by when they were started.

        Of an Actor those that started at or after `since`; Apify lists a task's from the beginning.
        """
        ...

    async def run_input(self, run: ApifyRun) -> JsonObject | None:
        """Return the input object that a run was started with, or None where it is not to be had."""
        ...

    def webhooks(self) -> AsyncIterator[Webhook]:
        """Yield all webhooks of the user, all pages, ad-hoc ones included."""
        ...

    async def create_webhook(self, spec: WebhookSpec) -> WebhookId:
        """Create a webhook, or return the one that has the same idempotency key."""
        ...

    async def update_webhook(self, webhook: WebhookId, spec: WebhookSpec) -> bool:
        """Make a webhook as `spec` says; False where it is gone. One that is disabled stays so."""
        ...

    async def delete_webhook(self, webhook: WebhookId) -> None:
        """Delete a webhook; one that is gone is deleted."""
        ...

    async def dataset_items(
        self,
        dataset: str,
        *,
        offset: int,
        limit: int | None,
        options: Mapping[str, str],
        most_bytes: int = LARGE_BYTES,
    ) -> DatasetPage:
        """Return one page of items; `options` are Apify's own (`fields`, `omit`, `clean`, ...).

        Raises:
            ApifyRejected: There is no such dataset, or the page has more bytes (PAYLOAD_TOO_LARGE).
        """
        ...

    async def record(self, store: str, key: str, *, most_bytes: int = LARGE_BYTES) -> RecordContent:
        """Return a record's bytes as they are stored; redirects are followed without credentials.

        Raises:
            ApifyRejected: There is no such record, or it has more bytes (PAYLOAD_TOO_LARGE).
        """
        ...


class ApifyAccounts(Protocol):
    """Opens Apify with a token; one connection pool serves all."""

    def with_token(self, token: str) -> Apify:
        """Return Apify as this token sees it."""
        ...


# --- Our stores ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claimed:
    """The effect is ours until the lease ends.

    Attributes:
        effect: As it stands; `attempted_at` tells of earlier tries only.
        lease_until: Unix time in seconds; unlike that of every other claim of this effect, so it fences.
    """

    effect: Effect
    lease_until: float


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Somebody else has the effect, or it is settled; `effect` is as it stands."""

    effect: Effect


EffectClaim: TypeAlias = Claimed | ClaimRefused


class EventLedger(Protocol):
    """Remembers events, their effects, and how far each effect has come.

    All raise StoreUnavailable where the store did not answer; then nothing is known to have changed.
    Rows of an event are kept for longer than Apify repeats a delivery and than a message lives.
    """

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        """Return the effects that the event's first receipt through this route froze, or None."""
        ...

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """Write down the effects of a first receipt, and return what stands.

        Of two receipts at once one wins, and both get its effects. A first receipt may get its effects back
        as they were given; how far another route has brought them is told by `claim`.
        """
        ...

    async def claim(self, event: EventId, effect: Effect, *, now: datetime, lease: timedelta) -> EffectClaim:
        """Take an effect that is OPEN (or has no row yet), or CLAIMED by somebody whose lease has ended.

        An ATTEMPTED, DONE or REJECTED one is never taken: ATTEMPTED is in doubt and is settled by `settle`
        or made OPEN by `reopen`. For an effect whose repetition the engine drops, the first claim also
        notes `attempted_at`: from then on a command may be on its way.
        """
        ...

    async def mark_attempted(
        self, event: EventId, effect: EffectKey, *, lease_until: float, at: datetime
    ) -> bool:
        """Write down that a command without idempotency is about to be sent.

        False where the claim is no longer ours; then the command must not be sent.
        """
        ...

    async def settle(self, event: EventId, effect: Effect) -> None:
        """Write the effect as it now is: DONE with its reference, or REJECTED with its reason."""
        ...

    async def hand_back(
        self, event: EventId, effect: EffectKey, *, lease_until: float, attempted_at: str | None
    ) -> bool:
        """Give up our claim, so that the effect is OPEN; False where it is not ours any more.

        `attempted_at` says since when a command may be on its way all the same; None: surely none is.
        """
        ...

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        """Make an ATTEMPTED effect that surely did not happen OPEN; False where it stands otherwise by now.

        It is the attempt that we saw: `effect.attempted_at` tells it from a later one.
        """
        ...

    async def keep(self, event: EventId, received: ReceivedEvent) -> None:
        """Keep the delivery itself, so that an operator can replay what was rejected or is in doubt."""
        ...

    async def kept(self, event: EventId) -> ReceivedEvent | None:
        """Return a delivery that was kept, or None."""
        ...

    async def unresolved(self) -> Sequence[tuple[EventId, Effect]]:
        """Return the effects of kept deliveries that are neither OPEN nor DONE, for an operator's eyes."""
        ...

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        """Write the effects of a replay over the first receipt's, and drop the event's REJECTED ones.

        What is DONE or ATTEMPTED stays so. Dying half-way leaves the event to be replayed again.
        """
        ...


class AttemptLedger(Protocol):
    """Remembers, for each attempt of a job, whether a run was started and how it ended.

    All raise StoreUnavailable where the store did not answer.
    """

    async def latest(self, job: JobKey) -> Attempt | None:
        """Return the job's newest attempt, read consistently."""
        ...

    async def open(self, attempt: Attempt) -> bool:
        """Write a new attempt; False where another poller wrote the same number before."""
        ...

    async def take_lease(self, attempt: Attempt, *, lease_until: float) -> bool:
        """Move the lease of a STARTING attempt that still has the lease that `attempt` shows.

        Who finds the lease ended takes it by moving it on; its owner may shorten it, or give it up by 0.
        False: the row has changed, and nothing was written.
        """
        ...

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        """Make a run this attempt's alone; False where it is another's."""
        ...

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        """Return the attempt that a run belongs to, or None where none has claimed it."""
        ...

    async def record_run(self, attempt: AttemptId, run_id: RunId) -> bool:
        """Note the run's id, so that the attempt is STARTED, unless a run is noted already.

        True if this run is the one that is noted.
        """
        ...

    async def record_status(self, attempt: AttemptId, run_id: RunId, status: str) -> Attempt | None:
        """Note what a callback said of the run (and its id, if none is noted), and return the row.

        A terminal status stays: callbacks may arrive in any order. A run that is not the noted one changes
        nothing. What is noted makes the looks count anew. None: unknown attempt.
        """
        ...

    async def record_look(self, attempt: AttemptId, looks: int) -> None:
        """Note how often the run was looked at, or its start was put off."""
        ...

    async def expect_retries(self, attempt: AttemptId, retries: int) -> None:
        """Let a job that comes with so few retries go on with this attempt, as it fails without ending it."""
        ...

    async def decide(self, attempt: AttemptId, outcome: JsonObject) -> JsonObject:
        """Write the outcome before it is reported, unless one is written, and return the one that stands.

        It may be as large as variables may. A closed attempt stays closed.
        """
        ...

    async def close(self, attempt: AttemptId) -> None:
        """Note that the outcome has been reported, and drop it."""
        ...


class Registry(Protocol):
    """Remembers deployed definitions, the webhooks that are registered, and who listens on which path.

    All raise StoreUnavailable where the store did not answer, StoreRejected for an item that it never takes.
    A row that cannot be read (another release wrote it) is left out of a list, except that of listeners.
    """

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        """Return who listens on `apify/{registration}` or `inbound/{context}`; None for an unknown path."""
        ...

    async def set_listeners(self, route: str, elements: Sequence[InboundElement]) -> None:
        """Make exactly these elements the listeners of the path; none of them removes the path."""
        ...

    async def routes(self) -> Mapping[str, frozenset[str]]:
        """Return all paths with the keys of their listeners."""
        ...

    async def registrations(self) -> Sequence[Registration]:
        """Return all registrations."""
        ...

    async def save_registration(self, registration: Registration) -> None:
        """Write a registration."""
        ...

    async def delete_registration(self, registration: RegistrationId) -> None:
        """Remove a registration and its path."""
        ...

    async def save_departure(self, departure: Departure) -> None:
        """Keep for some days what the return of a registration would need."""
        ...

    async def departures(self) -> Mapping[RegistrationId, Departure]:
        """Return the registrations that went in the last days."""
        ...

    async def known_definitions(self, cluster: str) -> Mapping[DefinitionKey, ScannedDefinition]:
        """Return the definitions of the cluster that were scanned before."""
        ...

    async def save_definition(self, cluster: str, scanned: ScannedDefinition) -> None:
        """Keep what a definition's XML says; it never changes."""
        ...

    async def forget_definition(self, cluster: str, key: DefinitionKey) -> None:
        """Drop a definition that is gone."""
        ...

    async def remove_process(
        self, cluster: str, tenant_id: TenantId, process_id: str, *, up_to: DefinitionKey
    ) -> None:
        """Note that an operator took a process off; a definition newer than `up_to` puts it on again."""
        ...

    async def removed_processes(self, cluster: str) -> Mapping[tuple[TenantId, str], DefinitionKey]:
        """Return the processes that were taken off, each with the newest definition that this concerns."""
        ...

    async def report_element(self, cluster: str, status: ElementStatus) -> None:
        """Keep what an operator should see of an element; it is shown by `apify-camunda webhooks list`."""
        ...

    async def elements(self, cluster: str) -> Sequence[ElementStatus]:
        """Return how all elements of the cluster fare."""
        ...

    async def is_paused(self, direction: str) -> bool:
        """Say whether `inbound` or `outbound` has been paused by an operator."""
        ...

    async def set_paused(self, direction: str, *, paused: bool) -> None:
        """Pause or resume `inbound` or `outbound`."""
        ...


@dataclass(frozen=True, slots=True)
class ScannedDefinition:
    """What the XML of one definition says about us.

    Attributes:
        elements: Its inbound elements with our type.
        problems: (element id, reason) of elements that cannot work as they are modelled.
        last_waiting: When an older version was last known or assumed to wait for messages (ISO 8601, UTC).
        unseen_since: Since when the cluster has not shown the process any more (ISO 8601, UTC), or None.
        is_retired: Its process was undeployed; it is kept for instances that still wait.
    """

    definition: ProcessDefinition
    elements: tuple[InboundElement, ...]
    problems: tuple[tuple[str, str], ...] = ()
    last_waiting: str | None = None
    unseen_since: str | None = None
    is_retired: bool = False

    @property
    def may_wait(self) -> bool:
        """Say whether instances of this version may wait for messages of ours."""
        return any(not element.kind.only_newest_version for element in self.elements)


@dataclass(frozen=True, slots=True)
class ElementStatus:
    """How an element fares: registered, waiting, or why not."""

    element: str
    definition_key: DefinitionKey
    tenant_id: TenantId
    state: str
    detail: str | None
    at: str


class ParkedEvents(Protocol):
    """Events that are durable and wait for a better time."""

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Make the event durable; when this returns it will not be lost.

        Raises:
            StoreUnavailable: It could not be made durable.
        """
        ...

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        """Let a parked event that is being worked on come back after `delay`."""
        ...


class SecretSource(Protocol):
    """Names -> values of secrets, and our own signing keys."""

    async def secrets(self) -> Mapping[str, str]:
        """Return all secrets by name, cached for some minutes.

        Raises:
            ConfigurationError: The store refuses us, or holds no JSON object.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...

    async def signing_keys(self) -> SigningKeys:
        """Return the keys that sign our webhook paths, cached for some minutes.

        Raises:
            ConfigurationError: The store refuses us, or the secret has not the form that we expect.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...


class PollerWaker(Protocol):
    """Wakes the poller if it sleeps."""

    async def wake(self) -> None:
        """Ask for an invocation of the poller; failing is harmless (the schedule wakes it) and is logged."""
        ...


class Metrics(Protocol):
    """Counters that alarms and the dashboard read."""

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        """Add to a counter."""
        ...
