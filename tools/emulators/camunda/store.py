"""The engine's state: tables whose changes can be taken back, so that a failed command changes nothing."""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, Generic, Protocol, TypeVar

from emulators.camunda.actions import Action
from emulators.camunda.clock import EngineClock
from emulators.camunda.model import ProcessModel
from emulators.camunda.state import (
    CorrelatedMessage,
    ElementInstance,
    ElementState,
    Incident,
    IncidentState,
    Job,
    JobState,
    Message,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    Timer,
    TraceEvent,
    UserTask,
    Variable,
)


class HasKey(Protocol):
    """A row: it knows its own key."""

    @property
    def key(self) -> Hashable:
        """What it is stored under."""
        ...


Row = TypeVar("Row", bound=HasKey)
Undo = Callable[[], None]


class Table(Generic[Row]):
    """Rows by key, in the order in which they came, with indexes; every change can be taken back."""

    def __init__(self, journal: list[Undo], **indexes: Callable[[Row], Hashable | None]) -> None:
        self._rows: dict[Hashable, Row] = {}
        self._journal = journal
        self._indexes = indexes
        self._keys_by_value: dict[str, dict[Hashable, dict[Hashable, None]]] = {n: {} for n in indexes}

    def get(self, key: Hashable) -> Row | None:
        """Return a row, or None."""
        return self._rows.get(key)

    def __getitem__(self, key: Hashable) -> Row:
        return self._rows[key]

    def __iter__(self) -> Iterator[Row]:
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, index: str, value: Hashable) -> tuple[Row, ...]:
        """Return the rows whose index has the value, in the order of their keys' arrival there."""
        return tuple(self._rows[k] for k in self._keys_by_value[index].get(value, ()))

    def has(self, index: str, value: Hashable) -> bool:
        """Return whether any row's index has the value."""
        return value in self._keys_by_value[index]

    def put(self, row: Row) -> Row:
        """Insert a row or replace the one with its key."""
        before = self._rows.get(row.key)
        self._journal.append(lambda: self._set(row.key, before))
        self._set(row.key, row)
        return row

    def remove(self, key: Hashable) -> None:
        """Remove a row that is there."""
        before = self._rows[key]
        self._journal.append(lambda: self._set(key, before))
        self._set(key, None)

    def _set(self, key: Hashable, row: Row | None) -> None:
        old = self._rows.get(key)
        for name, value_of in self._indexes.items():
            was = None if old is None else value_of(old)
            now = None if row is None else value_of(row)
            if was != now:
                self._reindex(self._keys_by_value[name], key, was, now)
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    @staticmethod
    def _reindex(
        keys_by_value: dict[Hashable, dict[Hashable, None]],
        key: Hashable,
        was: Hashable | None,
        now: Hashable | None,
    ) -> None:
        if was is not None:
            keys = keys_by_value[was]
            del keys[key]
            if not keys:
                del keys_by_value[was]
        if now is not None:
            keys_by_value.setdefault(now, {})[key] = None


@dataclass(frozen=True, slots=True)
class WaitingTokens:
    """The sequence flows that were taken to a joining gateway that still waits for others."""

    key: tuple[int, str]
    """The scope's key and the gateway's id."""
    flow_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoopState:
    """How far a multi-instance body has come."""

    key: int
    """The body's."""
    items: tuple[Any, ...]
    completed: int


@dataclass(frozen=True, slots=True)
class AdHocState:
    """Whether an ad-hoc sub-process only waits for what is still active in it."""

    key: int
    is_fulfilled: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """What resolving an incident tries again."""

    key: int
    """The incident's."""
    action: Action


FIRST_KEY = (1 << 51) + 1
"""Keys of partition 1 begin here, as in a real cluster: they do not fit into a 32-bit number."""


def _active(row: ElementInstance) -> bool:
    return row.state in {ElementState.ACTIVATING, ElementState.ACTIVE}


class Store:
    """All tables, the clock, the agenda of the running command, and what happened in it."""

    def __init__(self, clock: EngineClock) -> None:
        self.clock = clock
        self.agenda: deque[Action] = deque()
        self._journal: list[Undo] = []
        self._happened: list[TraceEvent] = []
        self._next_key = FIRST_KEY
        self._due: list[tuple[datetime, int, str]] = []
        journal = self._journal
        self.models: dict[int, ProcessModel] = {}
        self.definitions: Table[ProcessDefinition] = Table(
            journal, process=lambda d: (d.tenant_id, d.process_id)
        )
        self.instances: Table[ProcessInstance] = Table(
            journal,
            active_definition=lambda i: i.definition_key if i.ended_at is None else None,
            started_by=_start_lock,
            active_business=lambda i: business_lock(i.tenant_id, i.process_id, i.business_id, i),
            parent_element=lambda i: i.parent_element_instance_key if i.ended_at is None else None,
        )
        self.elements: Table[ElementInstance] = Table(
            journal,
            instance=lambda e: e.process_instance_key,
            active_scope=lambda e: e.scope_key if _active(e) else None,
        )
        self.variables: Table[Variable] = Table(
            journal, scope=lambda v: v.scope_key, instance=lambda v: v.process_instance_key
        )
        self.jobs: Table[Job] = Table(
            journal,
            instance=lambda j: j.process_instance_key,
            element=lambda j: j.element_instance_key if j.ended_at is None else None,
            activatable=lambda j: j.type if j.state is JobState.ACTIVATABLE else None,
        )
        self.incidents: Table[Incident] = Table(
            journal,
            instance=lambda i: i.process_instance_key,
            element=lambda i: i.element_instance_key if i.state is IncidentState.ACTIVE else None,
        )
        self.retries: Table[Retry] = Table(journal)
        self.messages: Table[Message] = Table(
            journal,
            target=lambda m: (m.tenant_id, m.name, m.correlation_key),
            identity=lambda m: (
                (m.tenant_id, m.name, m.correlation_key, m.message_id) if m.message_id else None
            ),
        )
        self.subscriptions: Table[MessageSubscription] = Table(
            journal,
            target=lambda s: (s.tenant_id, s.message_name, s.correlation_key) if _waits(s) else None,
            starts=lambda s: (s.tenant_id, s.message_name) if s.is_open and not _waits(s) else None,
            element=lambda s: s.element_instance_key if s.is_open else None,
            open_start=lambda s: s.definition_key if s.is_open and not _waits(s) else None,
        )
        self.correlated: Table[CorrelatedMessage] = Table(journal)
        self.timers: Table[Timer] = Table(
            journal,
            element=lambda t: t.element_instance_key,
            start=lambda t: t.definition_key if t.element_instance_key is None else None,
        )
        self.loops: Table[LoopState] = Table(journal)
        self.user_tasks: Table[UserTask] = Table(journal)
        self.ad_hocs: Table[AdHocState] = Table(journal)
        self.tokens: Table[WaitingTokens] = Table(journal, scope=lambda t: t.key[0])

    def new_key(self) -> int:
        """Return a key that was never used; one that a failed command took is not used again."""
        key = self._next_key
        self._next_key += 1
        return key

    @property
    def now(self) -> datetime:
        """The engine's instant."""
        return self.clock.now()

    def model_of(self, row: ElementInstance) -> ProcessModel:
        """Return the model that an element instance belongs to."""
        return self.models[row.definition_key]

    def happened(self, kind: str, /, **facts: Any) -> None:
        """Note an event for the listeners; it is dropped if the command fails."""
        self._happened.append(TraceEvent(self.now, kind, facts))

    def put_due(self, at: datetime, key: int, what: str) -> None:
        """Remember to look at a row again at an instant; a row that has changed by then is left alone."""
        heappush(self._due, (at, key, what))

    def take_due(self, still_due: Mapping[str, Callable[[int, datetime], bool]]) -> tuple[int, str] | None:
        """Remove and return the first entry that is due now."""
        at = self.next_due(still_due)
        if at is None or at > self.now:
            return None
        _, key, what = heappop(self._due)
        return key, what

    def next_due(self, still_due: Mapping[str, Callable[[int, datetime], bool]]) -> datetime | None:
        """Return when the first entry that still holds is due."""
        while self._due:
            at, key, what = self._due[0]
            if still_due[what](key, at):
                return at
            heappop(self._due)
        return None

    @contextmanager
    def transaction(self) -> Iterator[list[TraceEvent]]:
        """Take everything back if the block raises; yield the list of what happened, complete at its end."""
        self._journal.clear()
        self._happened = []
        self.agenda.clear()
        try:
            yield self._happened
        except BaseException:
            for undo in reversed(self._journal):
                undo()
            raise
        finally:
            self._journal.clear()
            self.agenda.clear()


def _start_lock(row: ProcessInstance) -> tuple[str, str, str] | None:
    if row.ended_at is not None or not row.correlation_key:
        return None
    return row.tenant_id, row.process_id, row.correlation_key


def business_lock(
    tenant_id: str, process_id: str, business_id: str | None, row: ProcessInstance | None = None
) -> tuple[str, str, str] | None:
    """Return what active root instances of a process with one business id have in common."""
    if business_id is None or (row and (row.ended_at is not None or row.parent_element_instance_key)):
        return None
    return tenant_id, process_id, business_id


def _waits(row: MessageSubscription) -> bool:
    return row.is_open and row.element_instance_key is not None
