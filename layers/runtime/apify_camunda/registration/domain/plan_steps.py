"""The steps by which the webhooks at Apify are brought to what is wanted; a flow carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId
from apify_camunda.registration.domain.registration import Departure, Registration


@dataclass(frozen=True, slots=True)
class SetListeners:
    """Make exactly these elements the listeners of a path; none removes it."""

    route: str
    elements: tuple[InboundElement, ...]


@dataclass(frozen=True, slots=True)
class SaveRegistration:
    """Write the registration's row."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Make a webhook, note it, and note the gap that it ends."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """Make a webhook as it has to be; one that called somewhere else, or is gone, leaves a gap behind.

    Attributes:
        is_probe: It is as it has to be, if it is there: no list shows it.
    """

    registration: Registration
    webhook_id: WebhookId
    ends_gap: bool
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Delete a webhook of ours at Apify."""

    registration_id: RegistrationId | None
    apify_user_id: ApifyUserId
    webhook_id: WebhookId


@dataclass(frozen=True, slots=True)
class RemoveRegistration:
    """Forget a registration whose webhook is gone, and its path, but for what its return would need."""

    registration_id: RegistrationId
    departure: Departure | None = None


Step: TypeAlias = (
    SetListeners | SaveRegistration | CreateWebhook | UpdateWebhook | DeleteWebhook | RemoveRegistration
)
