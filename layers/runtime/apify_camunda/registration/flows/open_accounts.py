"""Opens Apify as each user sees it, by all of their tokens that work; one that does not stops no other.

A token may be scoped: then it sees and does a part of what another one sees and does.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from apify_camunda.apify.model import Webhook
from apify_camunda.apify.port import Apify, ApifyAccounts
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, InvalidInput
from apify_camunda.identifiers import ApifyUserId, WebhookId
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.registration.domain.desired_webhook import TOKEN, resolve_field
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.apify_identities import ApifyIdentities

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
_OUT_OF_ITS_SCOPE = 403
_OUT_OF_ITS_SIGHT = 404
_FORBIDDEN = (401, _OUT_OF_ITS_SCOPE)


class Account:
    """A user's Apify, by all of their tokens that we know: what one may not do, another may.

    Attributes:
        webhooks: The user's lasting webhooks, as far as any token shows them; those of single runs concern
            nobody here.
    """

    def __init__(self, apifies: Iterable[Apify]) -> None:
        self._apifies = list(apifies)
        self.webhooks: Sequence[Webhook] = ()

    async def ask(self, question: Callable[[Apify], Awaitable[_Answer]]) -> _Answer:
        """Return the answer to the first token that may ask; it is the first to ask next time.

        Raises:
            ApifyRejected: No token may, or Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer.
        """
        *others, last = self._apifies
        for apify in others:
            try:
                answer = await question(apify)
            except ApifyRejected as error:
                if error.status not in _FORBIDDEN:
                    raise
            else:
                self._prefer(apify)
                return answer
        answer = await question(last)
        self._prefer(last)
        return answer

    async def is_so(self, question: Callable[[Apify], Awaitable[bool]]) -> bool:
        """Say whether any token finds it so; what one does not find may be out of its sight.

        Raises:
            ApifyRejected: No token may ask, or Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer.
        """
        refusal: ApifyRejected | None = None
        answers = []
        for apify in self._apifies:
            try:
                answers.append(await question(apify))
            except ApifyRejected as error:
                if error.status not in _FORBIDDEN:
                    raise
                refusal = error
                continue
            if answers[-1]:
                return True
        if refusal is not None and not answers:
            raise refusal
        return False

    async def list_webhooks(self, rows: Iterable[Registration]) -> None:
        """Note what all tokens together show: nothing, where none may list webhooks.

        A token that may not list the user's webhooks may list those of its own Actor or task: so it is asked
        for those that `rows` tell of and that no list has shown.

        Raises:
            ApifyRejected: Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer one of them.
        """
        found: dict[WebhookId, Webhook] = {}

        async def add(apify: Apify) -> bool:
            found.update({hook.id: hook async for hook in apify.webhooks() if not hook.is_ad_hoc})
            return False

        try:
            await self.is_so(add)
        except ApifyRejected as error:
            if error.status != _OUT_OF_ITS_SCOPE:
                raise
        for row in rows:
            if row.webhook_id is not None and row.webhook_id not in found:
                found |= await self._webhooks_of(row)
        self.webhooks = list(found.values())

    async def _webhooks_of(self, row: Registration) -> dict[WebhookId, Webhook]:
        """Return what is shown of one Actor or task, until its webhook is."""
        found: dict[WebhookId, Webhook] = {}

        async def add(apify: Apify) -> bool:
            try:
                listed = apify.webhooks_of(row.kind, row.resource_id)
                found.update({hook.id: hook async for hook in listed if not hook.is_ad_hoc})
            except ApifyRejected as error:
                if error.status not in (_OUT_OF_ITS_SCOPE, _OUT_OF_ITS_SIGHT):
                    raise
            return row.webhook_id in found

        await self.is_so(add)
        return found

    def _prefer(self, apify: Apify) -> None:
        self._apifies.sort(key=lambda each: each is not apify)


class OpenAccounts:
    """Finds whose the tokens are, and lists their webhooks."""

    def __init__(self, *, accounts: ApifyAccounts, identities: ApifyIdentities) -> None:
        self._accounts = accounts
        self._identities = identities

    async def __call__(
        self, tokens: Iterable[str], rows: Iterable[Registration], secrets: Mapping[str, str]
    ) -> dict[ApifyUserId, Account]:
        """Return the accounts whose webhooks could be listed; of any other nothing is known.

        Args:
            tokens: Those of elements that listen.
            rows: Registrations, whose own tokens are tried too: somebody must clear up behind who went.
            secrets: What the registrations' tokens refer to.
        """
        rows = list(rows)
        users = await self._identities.users_of({*tokens, *_tokens_of(rows, secrets)})
        apifies: dict[ApifyUserId, list[Apify]] = defaultdict(list)
        for token, user in users.items():
            if isinstance(user, str):
                apifies[ApifyUserId(user)].append(self._accounts.with_token(token))
        opened: dict[ApifyUserId, Account] = {}
        for user, by_token in apifies.items():
            account = Account(by_token)
            try:
                await account.list_webhooks(row for row in rows if row.apify_user_id == user)
            except (ApifyRejected, ApifyUnavailable) as error:
                facts = LogFacts(apify_user_id=user, error=error.message)
                log.warning("webhooks were not to be had", extra=facts)
            else:
                opened[user] = account
        return opened


def _tokens_of(rows: Iterable[Registration], secrets: Mapping[str, str]) -> set[str]:
    tokens: set[str] = set()
    for row in rows:
        for expression in row.token_expressions:
            try:
                tokens.add(resolve_field(TOKEN, expression, secrets))
            except InvalidInput as error:
                facts = LogFacts(registration_id=row.id, error=error.message)
                log.warning("token was not to be had", extra=facts)
    return tokens
