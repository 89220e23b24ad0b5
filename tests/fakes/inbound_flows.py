"""The inbound flows, put together as wiring does it, over ports that a test gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.camunda.ports import EngineCommands, InstanceSearch
from apify_camunda.inbound.flows.apply_effect import ApplyEffect
from apify_camunda.inbound.flows.deliver_event import DeliverEvents
from apify_camunda.inbound.flows.process_event import ProcessEvent
from apify_camunda.inbound.flows.receive_event import ReceiveEvent
from apify_camunda.inbound.flows.resolve_doubt import ResolveDoubt
from apify_camunda.inbound.ports import EventLedger, ParkedEvents
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.registration.ports import Registry

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

    def _work(self) -> ProcessEvent:
        apply_effect = ApplyEffect(
            commands=self.commands,
            resolve_doubt=ResolveDoubt(search=self.search, clock=self.clock),
            ledger=self.ledger,
            clock=self.clock,
            metrics=self.metrics,
        )
        return ProcessEvent(
            ledger=self.ledger, listeners=self.registry, metrics=self.metrics, apply_effect=apply_effect
        )

    def _pause(self) -> PauseSwitch:
        return PauseSwitch(store=self.registry, clock=self.clock, direction="inbound")
