"""An engine that takes messages and creates instances, with a search that lags behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apify_camunda.contracts.commands import (
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
)
from apify_camunda.errors import ConnectorError, EngineUnavailable

from tests.fakes.clock import FrozenClock


@dataclass(frozen=True)
class Trouble:
    """What befalls the next command; `after_effect`: it has its effect all the same."""

    error: ConnectorError
    after_effect: bool = False


UNREACHABLE = Trouble(EngineUnavailable("Camunda is away."))
ANSWER_LOST = Trouble(EngineUnavailable("The connection was cut.", outcome_unknown=True), after_effect=True)
REQUEST_LOST = Trouble(EngineUnavailable("The connection was cut.", outcome_unknown=True))


class FakeEngine:
    """Both `EngineCommands` and `InstanceSearch`.

    A message is remembered by its id until its time to live ends; what happened shows in the search only
    after `search_lag`.
    """

    def __init__(self, clock: FrozenClock, search_lag: timedelta = timedelta(seconds=5)) -> None:
        self._clock = clock
        self._search_lag = search_lag
        self._buffered: dict[tuple[str, str, str, str], datetime] = {}
        self.published: list[PublishMessage] = []
        self.started: list[StartProcess] = []
        self._happened: dict[tuple[str, str], datetime] = {}
        self.troubles: list[Trouble] = []
        self.search_trouble: ConnectorError | None = None

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        trouble = self._next_trouble()
        if trouble and not trouble.after_effect:
            raise trouble.error
        now = self._clock.now()
        identity = (command.tenant_id, command.name, command.correlation_key, command.message_id)
        if command.message_id and self._buffered.get(identity, now) > now:
            result: PublishResult = MessageAlreadyPublished()
        else:
            self._buffered[identity] = now + command.time_to_live
            self.published.append(command)
            self._happened[command.name, command.correlation_key] = now
            result = MessagePublished(message_key=len(self.published))
        if trouble:
            raise trouble.error
        return result

    async def start_process(self, command: StartProcess) -> InstanceCreated:
        trouble = self._next_trouble()
        if trouble and not trouble.after_effect:
            raise trouble.error
        self.started.append(command)
        self._happened["tag", command.tag] = self._clock.now()
        if trouble:
            raise trouble.error
        return InstanceCreated(process_instance_key=len(self.started))

    async def instances_with_tag(self, tag: str) -> Sequence[int]:
        self._search()
        if not self._is_visible(("tag", tag)):
            return []
        return [number for number, start in enumerate(self.started, start=1) if start.tag == tag]

    async def message_was_correlated(self, command: PublishMessage, *, since: datetime) -> bool:
        self._search()
        identity = (command.name, command.correlation_key)
        return self._is_visible(identity) and self._happened[identity] >= since

    def _search(self) -> None:
        if self.search_trouble is not None:
            raise self.search_trouble

    def _is_visible(self, identity: tuple[str, str]) -> bool:
        at = self._happened.get(identity)
        return at is not None and at + self._search_lag <= self._clock.now()

    def _next_trouble(self) -> Trouble | None:
        return self.troubles.pop(0) if self.troubles else None
