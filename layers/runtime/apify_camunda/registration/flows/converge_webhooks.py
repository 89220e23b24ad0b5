"""Carries out planned steps at Apify and in the registry; one that fails stops no other registration."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import assert_never

from apify_camunda.errors import ApifyRejected, ApifyUnavailable, StoreRejected
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import signature_mark, webhook_spec
from apify_camunda.registration.domain.plan import backed_off
from apify_camunda.registration.domain.plan_steps import (
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
    UpdateWebhook,
)
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.open_accounts import Account
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)

_NO_TIME = "There was no time left; the next tick goes on."


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
        self._failed: dict[RegistrationId, str] = {}
        self.repaired = 0

    async def __call__(self, steps: Iterable[Step], deadline: Deadline) -> dict[RegistrationId, str]:
        """Return the registrations of which a step failed, with the reason.

        Steps that come after the deadline are left to the next tick, which plans them anew.
        """
        for step in steps:
            if deadline.has_passed(self._clock.now()):
                self._note(step, _NO_TIME)
                continue
            try:
                await self._take(step)
            except StoreRejected as error:
                log.exception("row was refused", extra=LogFacts(error=error.message))
                self._note(step, error.message)
        return self._failed

    async def _take(self, step: Step) -> None:
        match step:
            case SetListeners(route=route, elements=elements):
                await self._registry.set_listeners(route, elements)
            case SaveRegistration(registration=row):
                await self._registry.save_registration(row)
            case CreateWebhook(registration=row):
                await self._try(row, self._create(row))
            case UpdateWebhook(registration=row):
                await self._try(row, self._update(step))
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

    async def _create(self, row: Registration) -> None:
        spec = webhook_spec(row, public_url=self._public_url, keys=self._keys)
        webhook_id = await self._accounts[row.apify_user_id].ask(lambda apify: apify.create_webhook(spec))
        if webhook_id == row.webhook_id:
            raise ApifyUnavailable("Apify answered with the webhook that is gone.")
        self.repaired += 1
        log.info("webhook was created", extra=LogFacts(registration_id=row.id, webhook_id=webhook_id))
        await self._note_success(row, webhook_id, ends_gap=True)

    async def _update(self, step: UpdateWebhook) -> None:
        row = step.registration
        spec = webhook_spec(row, public_url=self._public_url, keys=self._keys)
        account = self._accounts[row.apify_user_id]
        if not await account.is_so(lambda apify: apify.update_webhook(step.webhook_id, spec)):
            await self._create(row)
            return
        if not step.is_probe:
            self.repaired += 1
            facts = LogFacts(registration_id=row.id, webhook_id=step.webhook_id)
            log.info("webhook was updated", extra=facts)
        await self._note_success(row, step.webhook_id, ends_gap=step.ends_gap)

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
                self._failed[step.registration_id] = error.message
        else:
            log.info("webhook was deleted", extra=LogFacts(webhook_id=step.webhook_id))

    async def _remove(self, step: RemoveRegistration) -> None:
        if step.registration_id in self._failed:
            return
        if step.departure is not None:
            try:
                await self._registry.save_departure(step.departure)
            except StoreRejected as error:
                facts = LogFacts(registration_id=step.registration_id, error=error.message)
                log.warning("departure was not kept", extra=facts)
        await self._registry.delete_registration(step.registration_id)

    def _note(self, step: Step, problem: str) -> None:
        """Note that a step was not taken, for the registration's elements to tell."""
        match step:
            case SetListeners(route=route):
                self._failed[RegistrationId(route.removeprefix("apify/"))] = problem
            case (
                SaveRegistration(registration=row)
                | CreateWebhook(registration=row)
                | UpdateWebhook(registration=row)
            ):
                self._failed[row.id] = problem
            case DeleteWebhook() | RemoveRegistration():
                pass
            case _:
                assert_never(step)

    async def _note_success(self, row: Registration, webhook_id: WebhookId, *, ends_gap: bool) -> None:
        change = {
            "webhook_id": webhook_id,
            "signature": signature_mark(row.id, self._keys),
            "failures": 0,
            "not_before": None,
            "problem": None,
        }
        if ends_gap:
            change["gap_until"] = self._clock.now().isoformat()
        await self._registry.save_registration(row.model_copy(update=change))

    async def _note_failure(self, row: Registration, error: ApifyRejected | ApifyUnavailable) -> None:
        facts = LogFacts(registration_id=row.id, error=error.message)
        log.warning("webhook could not be set up", extra=facts)
        self._failed[row.id] = error.message
        rests = backed_off(row, problem=error.message, now=self._clock.now())
        await self._registry.save_registration(rests)
