"""Rows about webhooks of ours at Apify, and how they change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from apify_camunda.apify.model import ResourceKind
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId

_FIRST_BACKOFF = timedelta(minutes=1)
_LONGEST_BACKOFF = timedelta(hours=1)


class Repair(BaseModel):
    """What was done about a webhook that was not as it has to be.

    Attributes:
        changes: What differed: names of Apify's properties, or `deleted`.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    at: AwareDatetime
    changes: tuple[str, ...]


class Registration(BaseModel):
    """One webhook of ours at Apify: one for each pair of Apify user and resource, for all its listeners.

    All times are aware.

    Attributes:
        resource_id: Apify's own id of the Actor or task, never a name.
        event_types: What the webhook asks for: the union of what its elements want, sorted.
        webhook_id: None until Apify has confirmed the webhook.
        token_expressions: The properties `authentication.token` of its elements, as modelled, sorted; needed
            to delete the webhook when the elements are gone.
        covered_until: Runs that finished before this time have been delivered or searched.
        gap_until: The webhook was missing or wrong until this time: runs that finished between
            `covered_until` and then are still to be searched. None: there is no such gap.
        signature: Names the signature and templates that the webhook carries; a new key has another name.
        modified_at: When the webhook was last changed at Apify, as far as the change was ours.
        repair: The last repair of something that we had not changed ourselves, or None.
        failures: How often in a row the last step towards the wanted state failed.
        not_before: Try no step before this time, or None.
        problem: Why the last step failed, for the operator, or None.
        needs_person: Whether a person must act on the problem; otherwise time may help.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: RegistrationId
    apify_user_id: ApifyUserId
    kind: ResourceKind
    resource_id: str
    event_types: tuple[str, ...]
    token_expressions: tuple[str, ...]
    webhook_id: WebhookId | None = None
    covered_until: AwareDatetime | None = None
    gap_until: AwareDatetime | None = None
    signature: str | None = None
    modified_at: AwareDatetime | None = None
    repair: Repair | None = None
    failures: int = 0
    not_before: AwareDatetime | None = None
    problem: str | None = None
    needs_person: bool = False

    def wanting(self, *, event_types: tuple[str, ...], token_expressions: tuple[str, ...]) -> Registration:
        """Return the row of a webhook that its elements need like this."""
        return self._with(event_types=event_types, token_expressions=token_expressions)

    def of_webhook(self, webhook_id: WebhookId) -> Registration:
        """Return the row with the webhook that it is about."""
        return self._with(webhook_id=webhook_id)

    def working(self) -> Registration:
        """Return the row of a webhook with which nothing is wrong."""
        return self._with(failures=0, not_before=None, problem=None, needs_person=False)

    def written(self, signature: str, modified_at: datetime | None) -> Registration:
        """Return the row after we have made the webhook as it has to be."""
        written = self._with(signature=signature, modified_at=modified_at)
        return written.working()

    def unchanged_since(self, modified_at: datetime | None) -> Registration:
        """Return the row with the time of the last change, of which it had not been noted."""
        return self._with(modified_at=modified_at)

    def repaired(self, repair: Repair | None) -> Registration:
        """Return the row with its last repair."""
        return self._with(repair=repair)

    def with_gap(self, until: datetime) -> Registration:
        """Return the row of a webhook that was missing or wrong until then."""
        return self._with(gap_until=until)

    def covered(self, until: datetime) -> Registration:
        """Return the row of a webhook that has reported all runs that finished before then."""
        return self._with(covered_until=until)

    def searched(self, until: datetime, *, is_whole: bool) -> Registration:
        """Return the row after its gap was searched up to a time, to its end or not."""
        return self._with(covered_until=until, gap_until=None if is_whole else self.gap_until)

    def backed_off(self, problem: str, *, needs_person: bool, now: datetime) -> Registration:
        """Return the row after a failed step: no step is tried for a while, twice as long each time."""
        delay = min(_FIRST_BACKOFF * 2 ** min(self.failures, 10), _LONGEST_BACKOFF)
        return self._with(
            failures=self.failures + 1,
            not_before=now + delay,
            problem=problem,
            needs_person=needs_person,
        )

    def is_backing_off(self, now: datetime) -> bool:
        """Say whether no step is to be tried now."""
        return self.not_before is not None and self.not_before > now

    def _with(self, **changes: Any) -> Registration:
        return self.model_copy(update=changes)


class Tombstone(BaseModel):
    """What is kept for some days of a registration that was removed: its elements may be restored.

    An element that is deployed under its old key was never undeployed: it was only out of sight, and the runs
    that ended meanwhile are searched.

    Attributes:
        covered_until: As in the registration that was removed.
        listeners: Keys of its last listeners.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    id: RegistrationId
    covered_until: AwareDatetime
    listeners: frozenset[str]
