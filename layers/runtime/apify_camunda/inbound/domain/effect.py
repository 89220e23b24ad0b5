"""Rows of ours about what happens once: effects of events, and attempts of jobs."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EffectKey


class EffectState(Enum):
    """How far an effect has come."""

    OPEN = "open"
    CLAIMED = "claimed"
    """A receiver works on it until its lease ends; whoever comes later may claim it then."""
    ATTEMPTED = "attempted"
    """A command without idempotency is on its way; if its answer never came, the effect is in doubt."""
    DONE = "done"
    REJECTED = "rejected"


class EffectKind(Enum):
    """What the effect asks of the engine."""

    MESSAGE = "message"
    START = "start"


class Effect(BaseModel):
    """What one event does to one element, with all that is needed to do it later.

    Attributes:
        element: The element whose expressions give the variables (of those that share a message: the newest).
        shared_with: Refs of other elements that the same message reaches, whose own variables were not used.
        attempted_at: Since when a command may have been on its way, ISO 8601 UTC; None: surely none was.
        reason: Why it was rejected, or None.
        reference: What the engine gave back: the message key or the process instance key.
    """

    model_config = ConfigDict(frozen=True)

    key: EffectKey
    kind: EffectKind
    element: InboundElement
    message_name: str | None = None
    correlation_key: str | None = None
    message_id: str | None = None
    time_to_live_s: float | None = None
    shared_with: tuple[str, ...] = ()
    state: EffectState = EffectState.OPEN
    attempted_at: str | None = None
    reason: str | None = None
    reference: int | None = None

    @property
    def engine_drops_repeats(self) -> bool:
        """Say whether the engine itself makes a repetition harmless: a message that lives for a while."""
        return self.kind is EffectKind.MESSAGE and (self.time_to_live_s or 0) > 0

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return self.model_dump(mode="json")
