"""A webhook delivery as it reaches our HTTP API, and the Apify event that it reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from apify_camunda.errors import StoreUnavailable
from apify_camunda.json_types import Json, JsonObject

TEST_EVENT_TYPE = "TEST"
EVENT_VERSION: Final = 1
"""The newest form of parked events that this release reads."""


class RunResource(BaseModel):
    """The run that a delivery carries; only what our decisions need; `ApifyEvent.resource` has it all."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore", coerce_numbers_to_str=True)

    id: str | None = None
    status: str | None = None
    finished_at: str | None = Field(default=None, alias="finishedAt")


class ApifyEvent(BaseModel):
    """The JSON object that Apify posts (default payload template).

    Source: https://docs.apify.com/platform/integrations/webhooks/actions#payload-template
    """

    model_config = ConfigDict(frozen=True, defer_build=True, extra="ignore", populate_by_name=True)

    event_type: str = Field(alias="eventType")
    event_data: dict[str, Any] | None = Field(default=None, alias="eventData")
    resource: dict[str, Any] | None = None
    _run: RunResource = PrivateAttr()

    def model_post_init(self, _context: Any) -> None:
        """Read the run once."""
        self._run = RunResource.model_validate(self.resource or {})

    def finished_at(self) -> datetime | None:
        """Return when the run ended, or None where the event does not tell."""
        try:
            moment = datetime.fromisoformat(self.run().finished_at or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def run(self) -> RunResource:
        """Return the run of this event; all its fields are None where the event carries none."""
        return self._run


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An authenticated, well-formed delivery: what flows pass on and what is parked in SQS.

    Attributes:
        route: The route through which it came; webhooks/routes.py says which there are.
        headers: The request's headers without our signature header.
        body: The parsed JSON body, as FEEL's `request.body` sees it.
        received_at: When it arrived, aware.
        dispatch_id: Apify's id of the dispatch, the same on every repetition, or None.
        event: The event in the body, as a typed model.

    Raises:
        ValidationError: The body is not an event of Apify.
    """

    route: str
    headers: dict[str, str]
    params: dict[str, str]
    body: JsonObject
    received_at: datetime
    dispatch_id: str | None
    event: ApifyEvent = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "event", ApifyEvent.model_validate(self.body))

    def to_json(self) -> dict[str, Json]:
        """Return the form in which it is parked."""
        return {
            "route": self.route,
            "headers": dict(self.headers),
            "params": dict(self.params),
            "body": self.body,
            "receivedAt": self.received_at.isoformat(),
            "dispatchId": self.dispatch_id,
        }

    @staticmethod
    def from_json(value: dict[str, Any]) -> ReceivedEvent:
        """Return the event that was parked as `value`.

        A release that gives it another form writes `version`; without it the form is 1.

        Raises:
            StoreUnavailable: A newer release parked it.
        """
        if value.get("version", EVENT_VERSION) > EVENT_VERSION:
            raise StoreUnavailable(
                "The event was parked by a newer release, in a form that this one does not read (it reads up "
                f"to {EVENT_VERSION}). It stays where it is. Deploy the newer release again."
            )
        return ReceivedEvent(
            route=value["route"],
            headers=value["headers"],
            params=value["params"],
            body=value["body"],
            received_at=datetime.fromisoformat(value["receivedAt"]),
            dispatch_id=value["dispatchId"],
        )


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A parked event as the queue delivers it.

    Attributes:
        receipt: Names this delivery by the queue, to postpone the message.
        receive_count: How often the queue has delivered it, this time included.
        body: The JSON text of a `ReceivedEvent`.
    """

    id: str
    receipt: str
    receive_count: int
    body: str
