"""Carries out planned steps at Apify and in the registry; one that fails stops no other registration."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import assert_never

from apify_camunda.apify.model import Webhook
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, StoreRejected
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import signature_mark, webhook_spec
from apify_camunda.registration.domain.plan_steps import (
    CheckWebhook,
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
    UpdateWebhook,
)
from apify_camunda.registration.domain.problem import NO_TIME, Problem
from apify_camunda.registration.domain.registration import Registration, Repair
from apify_camunda.registration.domain.webhook_upkeep import DELETED, Upkeep, after_check
from apify_camunda.registration.flows.open_accounts import Account
from apify_camunda.registration.ports import Registry
from apify_camunda.webhooks.routes import registration_of

log = logging.getLogger(__name__)

_OUT_OF_ITS_SCOPE = 403
_TOO_MANY_WEBHOOKS = "too-many-webhooks"
_MAKE_ROOM = (
    "An Apify account has 100 webhooks: delete some that are not needed, or ask Apify's support for more."
)


class ConvergeWebhooks:
    """Carries out planned steps; a registration whose step failed is left alone for the rest of the tick.

    Attributes:
        repaired: How many webhooks were made or changed.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        clock: Clock,
        public_url: str,
        accounts: Mapping[ApifyUserId, Account],
        keys: SigningKeys,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._public_url = public_url
        self._accounts = accounts
        self._keys = keys
        self._failed: dict[RegistrationId, Problem] = {}
        self.repaired = 0

    async def __call__(self, steps: Iterable[Step], deadline: Deadline) -> dict[RegistrationId, Problem]:
        """Return the registrations of which a step failed, with the problem.

        Steps after the deadline are left to the next tick, which plans them again.
        """
        for step in steps:
            if deadline.has_passed(self._clock.now()):
                self._note(step, NO_TIME)
                continue
            try:
                await self._take(step)
            except StoreRejected as error:
                log.exception("row was refused", extra=LogFacts(error=error.message))
                self._note(step, Problem(error.message, needs_person=True))
        return self._failed

    async def _take(self, step: Step) -> None:
        match step:
            case SetListeners(route=route, elements=elements):
                await self._registry.set_listeners(route, elements)
            case SaveRegistration(registration=row):
                await self._registry.save_registration(row)
            case CreateWebhook(registration=row):
                await self._try(row, self._create(step))
            case UpdateWebhook(registration=row):
                await self._try(row, self._update(step))
            case CheckWebhook(registration=row):
                await self._try(row, self._check(step))
            case DeleteWebhook():
                await self._delete(step)
            case RemoveRegistration():
                await self._remove(step)
            case _:
                assert_never(step)

    async def _try(self, row: Registration, work: Awaitable[None]) -> None:
        try:
            await work
        except (ApifyRejected, ApifyUnavailable) as error:
            await self._note_failure(row, error)

    async def _create(self, step: CreateWebhook) -> None:
        row = step.registration
        spec = webhook_spec(row, public_url=self._public_url, keys=self._keys)
        hook = await self._accounts[row.apify_user_id].ask(lambda apify: apify.create_webhook(spec))
        if hook.id == row.webhook_id:
            raise ApifyUnavailable("Apify answered with the webhook that is gone.")
        self.repaired += 1
        log.info("webhook was created", extra=LogFacts(registration_id=row.id, webhook_id=hook.id))
        await self._note_success(row, hook, ends_gap=True, repairs=step.repairs)

    async def _update(self, step: UpdateWebhook) -> None:
        row = step.registration
        spec = webhook_spec(row, public_url=self._public_url, keys=self._keys)
        account = self._accounts[row.apify_user_id]
        hook = await account.find(lambda apify: apify.update_webhook(step.webhook_id, spec))
        if hook is None:
            await self._create(CreateWebhook(row, (DELETED,)))
            return
        self.repaired += 1
        log.info("webhook was updated", extra=LogFacts(registration_id=row.id, webhook_id=hook.id))
        await self._note_success(row, hook, ends_gap=step.ends_gap, repairs=step.repairs)

    async def _check(self, step: CheckWebhook) -> None:
        """Ask for a webhook by its id and take what follows; one that may not be read is written."""
        account = self._accounts[step.registration.apify_user_id]
        try:
            hook = await account.find(lambda apify: apify.webhook(step.webhook_id))
        except ApifyRejected as error:
            if error.status != _OUT_OF_ITS_SCOPE:
                raise
            await self._update(UpdateWebhook(step.registration, step.webhook_id, ends_gap=False))
            return
        for follows in after_check(step, hook, Upkeep(self._public_url, self._keys, self._clock.now())):
            await self._take(follows)

    async def _delete(self, step: DeleteWebhook) -> None:
        if step.registration_id in self._failed:
            return
        try:
            account = self._accounts[step.apify_user_id]
            await account.ask(lambda apify: apify.delete_webhook(step.webhook_id))
        except (ApifyRejected, ApifyUnavailable) as error:
            facts = LogFacts(webhook_id=step.webhook_id, error=error.message)
            log.warning("webhook was not deleted", extra=facts)
            if step.registration_id is not None:
                self._failed[step.registration_id] = _problem(error)
        else:
            log.info("webhook was deleted", extra=LogFacts(webhook_id=step.webhook_id))

    async def _remove(self, step: RemoveRegistration) -> None:
        if step.registration_id in self._failed:
            return
        if step.tombstone is not None:
            try:
                await self._registry.save_tombstone(step.tombstone)
            except StoreRejected as error:
                facts = LogFacts(registration_id=step.registration_id, error=error.message)
                log.warning("tombstone was not kept", extra=facts)
        await self._registry.delete_registration(step.registration_id)

    def _note(self, step: Step, problem: Problem) -> None:
        """Note that a step was not taken, for the report of the registration's elements."""
        match step:
            case SetListeners(route=route):
                if registration := registration_of(route):
                    self._failed[registration] = problem
            case (
                SaveRegistration(registration=row)
                | CreateWebhook(registration=row)
                | UpdateWebhook(registration=row)
                | CheckWebhook(registration=row)
            ):
                self._failed[row.id] = problem
            case DeleteWebhook() | RemoveRegistration():
                pass
            case _:
                assert_never(step)

    async def _note_success(
        self, row: Registration, hook: Webhook, *, ends_gap: bool, repairs: tuple[str, ...]
    ) -> None:
        now = self._clock.now()
        row = row.of_webhook(hook.id).written(signature_mark(row.id, self._keys), hook.modified_at)
        if ends_gap:
            row = row.with_gap(now)
        if repairs:
            facts = LogFacts(registration_id=row.id, webhook_id=hook.id, changes=repairs)
            log.warning("webhook was changed at Apify", extra=facts)
            row = row.repaired(Repair(at=now, changes=repairs))
        await self._registry.save_registration(row)

    async def _note_failure(self, row: Registration, error: ApifyRejected | ApifyUnavailable) -> None:
        facts = LogFacts(registration_id=row.id, error=error.message)
        log.warning("webhook could not be set up", extra=facts)
        problem = self._failed[row.id] = _problem(error)
        backed_off = row.backed_off(problem.reason, needs_person=problem.needs_person, now=self._clock.now())
        await self._registry.save_registration(backed_off)


def _problem(error: ApifyRejected | ApifyUnavailable) -> Problem:
    """Return the reason for an operator: a refusal by Apify needs a person, other failures need time."""
    if isinstance(error, ApifyRejected) and error.error_type == _TOO_MANY_WEBHOOKS:
        return Problem(f"{error.message} {_MAKE_ROOM}", needs_person=True)
    return Problem(error.message, needs_person=isinstance(error, ApifyRejected))
