"""The inbound flows, put together as wiring does it, over ports that a test gives."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from apify_camunda.camunda.ports import EngineCommands, InstanceSearch
from apify_camunda.inbound.flows.apply_effect import ApplyEffect
from apify_camunda.inbound.flows.deliver_event import DeliverEvents
from apify_camunda.inbound.flows.process_event import ProcessEvent
from apify_camunda.inbound.flows.receive_event import ReceiveEvent
from apify_camunda.inbound.flows.refused_signatures import RefusedSignatures
from apify_camunda.inbound.flows.resolve_doubt import ResolveDoubt
from apify_camunda.inbound.flows.settle_doubt import SettleDoubt
from apify_camunda.inbound.flows.watch_conditions import WatchConditions
from apify_camunda.inbound.ports import ConditionTroubles, EventLedger, ParkedEvents
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.registration.ports import Registry

from tests.fakes.conditions import FakeConditionTroubles

INVOCATION = timedelta(minutes=1)
RECEIVERS_TIMEOUT = timedelta(seconds=25)
Receiver: TypeAlias = Callable[[HttpRequest], Coroutine[Any, Any, HttpReply]]


@dataclass(frozen=True, kw_only=True)
class InboundPorts:
    """What the inbound flows need."""

    commands: EngineCommands
    search: InstanceSearch
    ledger: EventLedger
    registry: Registry
    parking: ParkedEvents
    secrets: SecretSource
    clock: Clock
    metrics: Metrics
    receiver_has: timedelta = RECEIVERS_TIMEOUT
    conditions: ConditionTroubles = field(default_factory=FakeConditionTroubles)

    def receiver(self) -> Receiver:
        """Return the function that answers a delivery, in an invocation that begins with the call."""
        receive = ReceiveEvent(
            refused=RefusedSignatures(listeners=self.registry, metrics=self.metrics, clock=self.clock),
            process_event=self._process_event(),
            pause=self._pause(),
            parking=self.parking,
            secrets=self.secrets,
            metrics=self.metrics,
            clock=self.clock,
        )

        async def answer(request: HttpRequest) -> HttpReply:
            return await receive(request, Deadline(self.clock.now() + self.receiver_has))

        return answer

    def deliverer(self) -> DeliverEvents:
        return DeliverEvents(
            process_event=self._process_event(),
            pause=self._pause(),
            parking=self.parking,
            clock=self.clock,
            metrics=self.metrics,
        )

    def deadline(self) -> Deadline:
        """Return when an invocation that begins now ends."""
        return Deadline(self.clock.now() + INVOCATION)

    def _process_event(self) -> ProcessEvent:
        settle_doubt = SettleDoubt(
            resolve=ResolveDoubt(search=self.search, clock=self.clock),
            ledger=self.ledger,
            clock=self.clock,
            metrics=self.metrics,
        )
        apply_effect = ApplyEffect(
            commands=self.commands,
            settle_doubt=settle_doubt,
            ledger=self.ledger,
            clock=self.clock,
            metrics=self.metrics,
        )
        return ProcessEvent(
            ledger=self.ledger,
            listeners=self.registry,
            metrics=self.metrics,
            clock=self.clock,
            apply_effect=apply_effect,
            watch_conditions=WatchConditions(
                troubles=self.conditions, metrics=self.metrics, clock=self.clock
            ),
        )

    def _pause(self) -> PauseSwitch:
        return PauseSwitch(store=self.registry, clock=self.clock, direction="inbound")
