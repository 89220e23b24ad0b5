"""Troubles of elements in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import StoreUnavailable
from apify_camunda.inbound.ports import ConditionTrouble


class FakeConditionTroubles:
    def __init__(self) -> None:
        self._troubles: dict[tuple[str, str], ConditionTrouble] = {}
        self.writes = 0
        self.is_away = False

    async def note(self, element: InboundElement, *, reason: str, times: int, at: datetime) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake store is away.")
        self.writes += 1
        key = element.tenant_id, element.ref
        earlier = self._troubles[key].times if key in self._troubles else 0
        self._troubles[key] = ConditionTrouble(element.tenant_id, element.ref, reason, at, earlier + times)

    async def troubles(self) -> Sequence[ConditionTrouble]:
        return list(self._troubles.values())
