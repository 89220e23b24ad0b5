"""Deletes every webhook of this deployment, and all listeners; for the end of a deployment.

It reads no definitions: what is registered tells all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.identifiers import ApifyUserId, WebhookId
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.ports import Clock, SecretSource
from apify_camunda.registration.domain.desired_webhook import is_of_deployment
from apify_camunda.registration.domain.plan import Deployment
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.apify_identities import ApifyIdentities
from apify_camunda.registration.flows.open_accounts import Account, OpenAccounts
from apify_camunda.registration.ports import Registry
from apify_camunda.webhooks.routes import is_context


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed.

    Attributes:
        webhooks: How many webhooks were deleted at Apify.
        unreached: The registrations for which no token works any more; their webhooks stay.
        is_whole: Nothing else is left; otherwise there was too little time, and the next try goes on.
    """

    webhooks: int
    unreached: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveWebhooks:
    """Removes what the reconciler has created; inbound must be paused, or the next tick creates it again."""

    accounts: ApifyAccounts
    registry: Registry
    secrets: SecretSource
    clock: Clock
    deployment: Deployment

    async def __call__(self, deadline: Deadline) -> Removed | None:
        """Return what was removed by the deadline; None: a tick, or another removal, is under way.

        Raises:
            ApifyRejected: Apify refuses to delete a webhook.
            ApifyUnavailable: Apify does not answer; trying again goes on.
            StoreUnavailable: The registry does not answer; trying again goes on.
        """
        # A tick that has planned already would create again what is removed here.
        if not await self.registry.begin_tick(until=deadline.at):
            return None
        try:
            return await self._remove(deadline)
        finally:
            await self.registry.end_tick()

    async def _remove(self, deadline: Deadline) -> Removed:
        rows = await self.registry.registrations()
        opened = await self._open(rows)
        removed = 0
        for user, account in opened.items():
            of_user = [row for row in rows if row.apify_user_id == user]
            # A row is deleted last, because it holds its user's tokens.
            known = {row.webhook_id for row in of_user}
            unknown = [hook.id for hook in account.webhooks if self._is_ours(hook.request_url)]
            work = [
                *((None, hook) for hook in unknown if hook not in known),
                *((r, r.webhook_id) for r in of_user),
            ]
            for row, webhook_id in work:
                if deadline.has_passed(self.clock.now()):
                    return Removed(removed, is_whole=False)
                if webhook_id is not None:
                    await _delete(webhook_id, account)
                    removed += 1
                if row is not None:
                    await self.registry.delete_registration(row.id)
        for route in await self.registry.routes():
            if is_context(route):
                await self.registry.set_listeners(route, ())
        return Removed(removed, tuple(row.id for row in rows if row.apify_user_id not in opened))

    async def _open(self, rows: Iterable[Registration]) -> Mapping[ApifyUserId, Account]:
        identities = ApifyIdentities(accounts=self.accounts, clock=self.clock)
        open_accounts = OpenAccounts(accounts=self.accounts, identities=identities)
        return await open_accounts((), rows, await self.secrets.secrets())

    def _is_ours(self, url: str) -> bool:
        return is_of_deployment(url, public_url=self.deployment.public_url, deployment_id=self.deployment.id)


async def _delete(webhook_id: WebhookId, account: Account) -> None:
    await account.ask(lambda apify: apify.delete_webhook(webhook_id))
