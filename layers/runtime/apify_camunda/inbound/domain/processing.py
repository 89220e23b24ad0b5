"""One event while it is worked on: what all its effects share."""

from __future__ import annotations

from dataclasses import dataclass

from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.shares import Shares
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.webhooks.events import ReceivedEvent


@dataclass(frozen=True, slots=True)
class Processing:
    """One event while it is worked on.

    Attributes:
        received: The delivery that reported it.
        context: What expressions see of it: `{request, connectorData, documents}`.
        deadline: No command is sent that could not be answered by then.
        shares: What the results of the event's effects may use together.
    """

    event: EventId
    received: ReceivedEvent
    context: JsonObject
    deadline: Deadline
    shares: Shares
