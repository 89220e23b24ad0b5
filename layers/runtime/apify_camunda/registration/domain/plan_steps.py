"""The steps by which the webhooks at Apify become what is wanted; a flow carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId
from apify_camunda.registration.domain.registration import Registration, Tombstone


@dataclass(frozen=True, slots=True)
class SetListeners:
    """Make exactly these elements the listeners of a path; no elements remove it."""

    route: str
    elements: tuple[InboundElement, ...]


@dataclass(frozen=True, slots=True)
class SaveRegistration:
    """Write the registration's row."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Create a webhook, note it, and note the gap that ends with it.

    Attributes:
        repairs: What was wrong with the webhook before; empty: there was none.
    """

    registration: Registration
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """Make a webhook as it has to be; one that is gone is created.

    Attributes:
        ends_gap: Events may have been lost until now.
        repairs: What was changed at Apify, not by us.
    """

    registration: Registration
    webhook_id: WebhookId
    ends_gap: bool
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckWebhook:
    """Ask for a webhook that no list shows, by its id; what follows is decided by `after_check`.

    Attributes:
        registration: The row as it has to be.
        noted: The row as it is, or None.
    """

    registration: Registration
    noted: Registration | None
    webhook_id: WebhookId


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Delete a webhook of ours at Apify."""

    registration_id: RegistrationId | None
    apify_user_id: ApifyUserId
    webhook_id: WebhookId


@dataclass(frozen=True, slots=True)
class RemoveRegistration:
    """Remove a registration whose webhook is gone, and its path; the tombstone is for its return."""

    registration_id: RegistrationId
    tombstone: Tombstone | None = None


Step: TypeAlias = (
    SetListeners
    | SaveRegistration
    | CreateWebhook
    | UpdateWebhook
    | CheckWebhook
    | DeleteWebhook
    | RemoveRegistration
)
