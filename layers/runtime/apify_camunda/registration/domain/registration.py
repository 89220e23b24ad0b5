"""Rows of ours about webhooks at Apify: what is registered, and who listens."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from apify_camunda.apify.model import ResourceKind
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId


class Registration(BaseModel):
    """One webhook of ours at Apify: one for each (Apify user, resource), however many elements listen.

    Attributes:
        resource_id: Apify's own id of the Actor or task, never a name.
        event_types: What the webhook asks for: the union of what its elements want, sorted.
        webhook_id: None until Apify has confirmed the webhook.
        token_expressions: The properties `authentication.token` of its elements, as modelled, sorted:
            somebody must be able to clear up when the elements are gone.
        covered_until: Runs that finished before this time (ISO 8601, UTC) have been delivered or looked for.
        gap_until: The webhook was missing until this time (ISO 8601, UTC): runs that finished between
            `covered_until` and then are still to be looked for. None: there is no such gap.
        signature: Tells which signature the webhook's header carries: of a new key it is another one.
        failures: How often in a row the last step towards the wanted state failed.
        not_before: Try no step before this time (ISO 8601, UTC), or None.
        problem: Why the last step failed, for the operator, or None.
    """

    model_config = ConfigDict(frozen=True)

    id: RegistrationId
    apify_user_id: ApifyUserId
    kind: ResourceKind
    resource_id: str
    event_types: tuple[str, ...]
    token_expressions: tuple[str, ...]
    webhook_id: WebhookId | None = None
    covered_until: str | None = None
    gap_until: str | None = None
    signature: str | None = None
    failures: int = 0
    not_before: str | None = None
    problem: str | None = None


class Departure(BaseModel):
    """What is kept for some days of a registration that went: its elements may come back.

    An element that comes back under its old key was never undeployed: it was only out of sight, and what
    happened meanwhile is looked for.

    Attributes:
        covered_until: As in the registration that went.
        listeners: Keys of the elements that listened last.
    """

    model_config = ConfigDict(frozen=True)

    id: RegistrationId
    covered_until: str
    listeners: frozenset[str]
