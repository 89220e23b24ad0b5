"""An engine that takes messages and creates instances, with a search that lags behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.camunda.model import (
    InstanceAlreadyCreated,
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
    StartResult,
)
from apify_camunda.errors import ConnectorError, EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.identifiers import TenantId
from apify_camunda.json_types import JsonObject

from tests.fakes.clock import FrozenClock
from tests.fakes.untraced import untraced

MAX_COMMAND_BYTES: Final = 4 * 1024 * 1024
_OVERHEAD_BYTES: Final = 100
"""About what a command takes beside its variables."""


@dataclass(frozen=True)
class Trouble:
    """An error of the next command; `after_effect`: it has its effect nevertheless."""

    error: ConnectorError
    after_effect: bool = False


UNREACHABLE = Trouble(EngineUnavailable("Camunda is away."))
ANSWER_LOST = Trouble(EngineUnavailable("The connection was cut.", outcome_unknown=True), after_effect=True)
REQUEST_LOST = Trouble(EngineUnavailable("The connection was cut.", outcome_unknown=True))


@dataclass(frozen=True)
class Bystander:
    """An instance that another client started, of this process or another."""

    process_id: str
    tenant_id: str
    at: datetime


@dataclass
class _Held:
    """A message until its time to live ends."""

    key: int
    command: PublishMessage
    until: datetime


@dataclass
class _Subscription:
    """Who waits for messages; without a correlation key it is a start event, which takes each."""

    name: str
    correlation_key: str | None
    take: Callable[[PublishMessage], object]
    is_open: bool = True

    def wants(self, command: PublishMessage) -> bool:
        is_for_it = self.correlation_key in (None, command.correlation_key)
        return self.is_open and self.name == command.name and is_for_it


class FakeEngine:
    """Both `EngineCommands` and `InstanceSearch`.

    A message is remembered by its id until its time to live ends; what happened shows in the search only
    after `search_lag`.

    Args:
        tenants: Those that there are; None: every one that is named.

    Attributes:
        starts: Process id, version and tenant of each definition, and whether it can be started without a
            message; None: every one can.
        subscriptions: The instances that wait for messages; None: one for each message.
        search_lag: What happened is shown after this time.
        is_busy: Instances of other people begin all the time.
        may_read: The search shows us anything at all.
        bystanders: Instances that the search shows beside those that were started here.
        unique_business_ids: A process takes each business id once; instances that end are not modelled.
    """

    def __init__(
        self,
        clock: FrozenClock,
        search_lag: timedelta = timedelta(seconds=5),
        *,
        tenants: Sequence[str] | None = None,
    ) -> None:
        self._clock = clock
        self.search_lag = search_lag
        self.is_busy = False
        self.may_read = True
        self._tenants = tenants
        self._held: list[_Held] = []
        self.published: list[PublishMessage] = []
        self.started: list[StartProcess] = []
        self._started_at: list[datetime] = []
        self._correlated: list[tuple[PublishMessage, datetime]] = []
        self.troubles: list[Trouble] = []
        self.search_trouble: ConnectorError | None = None
        self.starts: Mapping[tuple[str, int, str], bool] | None = None
        self.subscriptions: list[_Subscription] | None = None
        self.bystanders: list[Bystander] = []
        self.unique_business_ids = False

    async def publish_message(self, command: PublishMessage) -> PublishResult:
        self._refuse_unfit(command.variables, command.tenant_id)
        trouble = self._next_trouble()
        if trouble and not trouble.after_effect:
            raise untraced(trouble.error)
        result: PublishResult = MessageAlreadyPublished()
        if not any(_is_repetition(command, each.command) for each in self.held()):
            self.published.append(command)
            result = MessagePublished(message_key=len(self.published))
            self._held.append(_Held(result.message_key, command, self._clock.now() + command.time_to_live))
            self._correlate(command)
        if trouble:
            raise untraced(trouble.error)
        return result

    async def start_process(self, command: StartProcess) -> StartResult:
        self._refuse_unfit(command.variables, command.tenant_id)
        if self.starts is not None:
            _refuse_unstartable((command.process_id, command.version, command.tenant_id), self.starts)
        trouble = self._next_trouble()
        if trouble and not trouble.after_effect:
            raise untraced(trouble.error)
        if self.unique_business_ids and any(_is_same_start(command, each) for each in self.started):
            return InstanceAlreadyCreated()
        self.started.append(command)
        self._started_at.append(self._clock.now())
        if trouble:
            raise untraced(trouble.error)
        return InstanceCreated(process_instance_key=len(self.started))

    async def instances_with_tag(self, tag: str) -> Sequence[int]:
        self._search()
        numbered = enumerate(zip(self.started, self._started_at, strict=True), start=1)
        return [number for number, (start, at) in numbered if start.tag == tag and self._is_visible(at)]

    async def message_was_correlated(self, command: PublishMessage, *, since: datetime) -> bool:
        self._search()
        return any(
            _address(each) == _address(command) and at >= since and self._is_visible(at)
            for each, at in self._correlated
        )

    async def shows_all_before(self, moment: datetime, *, process_id: str, tenant_id: TenantId) -> bool:
        self._search()
        started = zip(self.started, self._started_at, strict=True)
        begun = [*self.bystanders, *(Bystander(each.process_id, each.tenant_id, at) for each, at in started)]
        shown = [each for each in begun if self._is_visible(each.at)]
        if self.is_busy and self.may_read:
            shown.append(Bystander(process_id, tenant_id, self._clock.now() - self.search_lag))
        is_known = any((each.process_id, each.tenant_id) == (process_id, tenant_id) for each in shown)
        return is_known and any(each.at >= moment for each in shown)

    def subscribe(
        self, name: str, correlation_key: str | None, take: Callable[[PublishMessage], object]
    ) -> None:
        """Let an instance wait for a message; it also receives one that is buffered already.

        Args:
            correlation_key: None is a start event, which takes every message of the name.
        """
        self.subscriptions = self.subscriptions or []
        self.subscriptions.append(_Subscription(name, correlation_key, take))
        for each in self.held():
            self._offer(each.command, self.subscriptions[-1])

    def held(self) -> list[_Held]:
        """Return the messages whose time to live has not ended."""
        return [each for each in self._held if each.until > self._clock.now()]

    def _correlate(self, command: PublishMessage) -> None:
        if self.subscriptions is None:
            self._correlated.append((command, self._clock.now()))
            return
        for subscription in self.subscriptions:
            self._offer(command, subscription)

    def _offer(self, command: PublishMessage, subscription: _Subscription) -> None:
        if subscription.wants(command):
            subscription.is_open = subscription.correlation_key is None
            subscription.take(command)
            self._correlated.append((command, self._clock.now()))

    def _refuse_unfit(self, variables: JsonObject, tenant: TenantId) -> None:
        must_fit(variables)
        if self._tenants is not None and tenant not in self._tenants:
            raise EngineRejected(f"There is no tenant {tenant}.", rejection="INVALID_ARGUMENT")

    def _search(self) -> None:
        if self.search_trouble is not None:
            raise untraced(self.search_trouble)

    def _is_visible(self, at: datetime) -> bool:
        return self.may_read and at + self.search_lag <= self._clock.now()

    def _next_trouble(self) -> Trouble | None:
        return self.troubles.pop(0) if self.troubles else None


def must_fit(variables: JsonObject) -> None:
    """Refuse variables that no command can carry.

    Raises:
        EngineRejected: They are not JSON, have numbers of more than 64 bits, or are too large.
    """
    try:
        text = json.dumps(variables, allow_nan=False)
        json.loads(text, parse_int=_of_64_bits)
    except ValueError as error:
        raise EngineRejected(f"Not to be kept: {error}", rejection="INVALID_ARGUMENT") from error
    size = len(text)
    if size + _OVERHEAD_BYTES > MAX_COMMAND_BYTES:
        raise EngineRejected(
            f"{size} bytes are too many.", rejection="INVALID_ARGUMENT", code=ErrorCode.PAYLOAD_TOO_LARGE
        )


def _of_64_bits(digits: str) -> int:
    number = int(digits)
    if not -(2**63) <= number < 2**64:
        raise ValueError(f"{digits} has more than 64 bits")
    return number


def _refuse_unstartable(version: tuple[str, int, str], starts: Mapping[tuple[str, int, str], bool]) -> None:
    if version not in starts:
        raise EngineRejected(f"There is no definition {version}.", rejection="NOT_FOUND")
    if not starts[version]:
        raise EngineRejected(f"Definition {version} has no none start event.", rejection="INVALID_STATE")


def _address(command: PublishMessage) -> tuple[str, str, str]:
    return command.tenant_id, command.name, command.correlation_key


def _is_same_start(command: StartProcess, earlier: StartProcess) -> bool:
    named = (command.tenant_id, command.process_id, command.business_id)
    return None not in named and named == (earlier.tenant_id, earlier.process_id, earlier.business_id)


def _is_repetition(command: PublishMessage, earlier: PublishMessage) -> bool:
    is_named = bool(command.message_id) and command.message_id == earlier.message_id
    return is_named and _address(command) == _address(earlier)
