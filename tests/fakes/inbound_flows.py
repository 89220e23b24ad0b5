"""The inbound flows, put together as wiring does it, over ports that a test gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.domain.deadline import Deadline
from apify_camunda.flows.carry_out_effect import CarryOutEffect
from apify_camunda.flows.deliver_event import DeliverEvents
from apify_camunda.flows.pause import PauseSwitch
from apify_camunda.flows.receive_event import ReceiveEvent
from apify_camunda.flows.resolve_doubt import ResolveDoubt
from apify_camunda.flows.work_event import WorkEvent
from apify_camunda.ports import (
    Clock,
    EngineCommands,
    EventLedger,
    InstanceSearch,
    Metrics,
    ParkedEvents,
    Registry,
    SecretSource,
)

INVOCATION = timedelta(minutes=1)


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

    def receiver(self) -> ReceiveEvent:
        return ReceiveEvent(
            work=self._work(),
            pause=self._pause(),
            parking=self.parking,
            secrets=self.secrets,
            metrics=self.metrics,
        )

    def deliverer(self) -> DeliverEvents:
        return DeliverEvents(work=self._work(), pause=self._pause(), parking=self.parking, clock=self.clock)

    def deadline(self) -> Deadline:
        """Return when an invocation that begins now ends."""
        return Deadline(self.clock.now() + INVOCATION)

    def _work(self) -> WorkEvent:
        carry_out = CarryOutEffect(
            commands=self.commands,
            resolve_doubt=ResolveDoubt(search=self.search, clock=self.clock),
            ledger=self.ledger,
            clock=self.clock,
            metrics=self.metrics,
        )
        return WorkEvent(
            ledger=self.ledger, registry=self.registry, metrics=self.metrics, carry_out=carry_out
        )

    def _pause(self) -> PauseSwitch:
        return PauseSwitch(registry=self.registry, clock=self.clock, direction="inbound")
