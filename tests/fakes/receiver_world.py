"""Receivers that come and go around stores, a queue and an engine that stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.effect import Effect
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.flows.deliver_event import DeliverEvents
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpRequest

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import INVOCATION, InboundPorts, Receiver
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed, Lifetime
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

A_MINUTE = timedelta(minutes=1)


class World:
    """The stores, the engine and the queue; receivers come and go."""

    def __init__(
        self,
        *listeners: InboundElement,
        clock: FrozenClock | None = None,
        ledger: Any = None,
        registry: Any = None,
    ) -> None:
        self.clock = clock or FrozenClock()
        self.engine = FakeEngine(self.clock)
        self.engine.is_busy = True
        self.ledger = ledger or FakeEventLedger()
        self.registry = registry or FakeRegistry()
        self.parking = FakeParking(self.clock)
        self.metrics = FakeMetrics()
        run_async(self.registry.set_listeners(builders.ROUTE, listeners))

    def receiver(self, live: Callable[[Any], Any] = lambda port: port) -> Receiver:
        return self._ports(live).receiver()

    def deliverer(self, live: Callable[[Any], Any] = lambda port: port) -> DeliverEvents:
        return self._ports(live).deliverer()

    @property
    def deadline(self) -> Deadline:
        """Return when an invocation that begins now ends."""
        return Deadline(self.clock.now() + INVOCATION)

    def post(self, lifetime: Lifetime | None = None) -> bool:
        """Let Apify deliver once; say whether it was answered 2xx."""
        live = lifetime.mortal if lifetime else lambda port: port
        try:
            return run_async(self.receiver(live)(builders.request())).status < 300
        except Killed:
            return False

    def post_this(self, request: HttpRequest) -> bool:
        """Let Apify deliver something else once; say whether it was answered 2xx."""
        return run_async(self.receiver()(request)).status < 300

    def work_queue(self, lifetime: Lifetime | None = None) -> None:
        """Let SQS hand out once what is visible."""
        messages = self.parking.receive()
        live = lifetime.mortal if lifetime else lambda port: port
        try:
            stay = run_async(self.deliverer(live)(messages, self.deadline))
        except Killed:
            return
        for message in messages:
            if message.id not in stay:
                self.parking.delete(message.id)

    def go_on(self, *, accepted: bool, minutes: int = 60) -> None:
        """Let Apify repeat until it is answered 2xx, and the queue be worked, for an hour."""
        for _ in range(minutes):
            self.clock.advance(A_MINUTE)
            self.work_queue()
            accepted = accepted or self.post()
        assert accepted
        assert not self.parking.events

    @property
    def event(self) -> EventId:
        """Return the event that `post` delivers."""
        return event_id(builders.received())

    @property
    def unresolved(self) -> list[Effect]:
        """Return the effects that `events list` would show."""
        return [each.effect for each in run_async(self.ledger.unresolved())]

    @property
    def effects(self) -> int:
        return len(self.engine.published) + len(self.engine.started)

    def _ports(self, live: Callable[[Any], Any]) -> InboundPorts:
        return InboundPorts(
            commands=live(self.engine),
            search=live(self.engine),
            ledger=live(self.ledger),
            registry=live(self.registry),
            parking=live(self.parking),
            secrets=FakeSecretSource(),
            clock=self.clock,
            metrics=self.metrics,
        )
