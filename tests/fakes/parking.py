"""A queue of parked events in memory, with SQS's visibility and receive count."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from apify_camunda.errors import StoreUnavailable
from apify_camunda.webhooks.events import ParkedMessage, ReceivedEvent

from tests.fakes.clock import FrozenClock


@dataclass
class _Held:
    body: str
    visible_at: datetime
    received: int = 0


class FakeParking:
    def __init__(self, clock: FrozenClock, visibility: timedelta = timedelta(minutes=3)) -> None:
        self._clock = clock
        self._visibility = visibility
        self._held: dict[str, _Held] = {}
        self._count = 0
        self.is_away = False

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        self._answer()
        self._count += 1
        body = json.dumps(event.to_json())
        self._held[f"m{self._count}"] = _Held(body, self._clock.now() + delay)

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        self._answer()
        self._held[receipt.partition("/")[0]].visible_at = self._clock.now() + delay

    def receive(self) -> list[ParkedMessage]:
        """Hand out what is visible, as SQS hands it to a Lambda function."""
        handed_out = []
        for message_id, held in self._held.items():
            if held.visible_at <= self._clock.now():
                held.received += 1
                held.visible_at = self._clock.now() + self._visibility
                receipt = f"{message_id}/{held.received}"
                handed_out.append(ParkedMessage(message_id, receipt, held.received, held.body))
        return handed_out

    def delete(self, message_id: str) -> None:
        del self._held[message_id]

    @property
    def events(self) -> list[ReceivedEvent]:
        return [ReceivedEvent.from_json(json.loads(held.body)) for held in self._held.values()]

    def visible_in(self, message_id: str) -> timedelta:
        return self._held[message_id].visible_at - self._clock.now()

    def next_visible_in(self) -> timedelta:
        """Return the time until the first message may be handed out."""
        return min(held.visible_at for held in self._held.values()) - self._clock.now()

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake queue is away.")
