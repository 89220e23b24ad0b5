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
_UNAUTHORIZED = 401
_OUT_OF_ITS_SCOPE = 403
_OUT_OF_ITS_SIGHT = 404
_FORBIDDEN = (_UNAUTHORIZED, _OUT_OF_ITS_SCOPE)


class Account:
    """A user's Apify, by all of their tokens that we know: what one may not do, another may.

    Attributes:
        webhooks: The user's lasting webhooks, as far as any token shows them, without those of single runs.
        refused: The tokens that Apify did not accept.
    """

    def __init__(self, apifies: Mapping[str, Apify]) -> None:
        self._apifies = list(apifies.items())
        self.webhooks: Sequence[Webhook] = ()
        self.refused: set[str] = set()

    async def ask(self, question: Callable[[Apify], Awaitable[_Answer]]) -> _Answer:
        """Return the answer to the first token that may ask; it is the first to ask next time.

        Raises:
            ApifyRejected: No token may, or Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer.
        """
        refusal: ApifyRejected | None = None
        for token, apify in list(self._apifies):
            try:
                answer = await self._as(token, question, apify)
            except ApifyRejected as error:
                if error.status not in _FORBIDDEN:
                    raise
                refusal = error
            else:
                self._apifies.sort(key=lambda each: each[0] != token)
                return answer
        assert refusal is not None
        raise refusal

    async def find(self, question: Callable[[Apify], Awaitable[_Answer | None]]) -> _Answer | None:
        """Return the answer of the first token that finds something; None where no token does.

        What one token does not find may be out of its sight.

        Raises:
            ApifyRejected: No token may ask, or Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer.
        """
        refusal: ApifyRejected | None = None
        was_answered = False
        for token, apify in self._apifies:
            try:
                answer = await self._as(token, question, apify)
            except ApifyRejected as error:
                if error.status not in _FORBIDDEN:
                    raise
                refusal = error
                continue
            was_answered = True
            if answer is not None:
                return answer
        if refusal is not None and not was_answered:
            raise refusal
        return None

    async def list_webhooks(self, rows: Iterable[Registration]) -> None:
        """Note what all tokens together show: nothing, where none may list webhooks.

        A token that may not list the user's webhooks may list those of its Actor or task: so it is asked
        for those that `rows` tell of and that no list has shown.

        Raises:
            ApifyRejected: Apify refuses for another reason.
            ApifyUnavailable: Apify did not answer one of them.
        """
        found: dict[WebhookId, Webhook] = {}

        async def add(apify: Apify) -> None:
            found.update({hook.id: hook async for hook in apify.webhooks() if not hook.is_ad_hoc})

        try:
            await self.find(add)
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

        async def add(apify: Apify) -> bool | None:
            try:
                listed = apify.webhooks_of(row.kind, row.resource_id)
                found.update({hook.id: hook async for hook in listed if not hook.is_ad_hoc})
            except ApifyRejected as error:
                if error.status not in (_OUT_OF_ITS_SCOPE, _OUT_OF_ITS_SIGHT):
                    raise
            return row.webhook_id in found or None

        await self.find(add)
        return found

    async def _as(self, token: str, question: Callable[[Apify], Awaitable[_Answer]], apify: Apify) -> _Answer:
        try:
            return await question(apify)
        except ApifyRejected as error:
            if error.status == _UNAUTHORIZED:
                self.refused.add(token)
            raise


class OpenAccounts:
    """Finds the users of tokens, and lists their webhooks."""

    def __init__(self, *, accounts: ApifyAccounts, identities: ApifyIdentities) -> None:
        self._accounts = accounts
        self._identities = identities

    async def __call__(
        self, tokens: Iterable[str], rows: Iterable[Registration], secrets: Mapping[str, str]
    ) -> dict[ApifyUserId, Account]:
        """Return the accounts whose webhooks could be listed; of any other nothing is known.

        The user of a token that Apify refuses is asked for again at the next tick.

        Args:
            tokens: Those of elements that listen.
            rows: Registrations. Their tokens are tried, too, to delete webhooks that no element needs any
                more.
            secrets: What the registrations' tokens refer to.
        """
        rows = list(rows)
        users = await self._identities.users_of({*tokens, *_tokens_of(rows, secrets)})
        apifies: dict[ApifyUserId, dict[str, Apify]] = defaultdict(dict)
        for token, user in users.items():
            if isinstance(user, str):
                apifies[ApifyUserId(user)][token] = self._accounts.with_token(token)
        opened: dict[ApifyUserId, Account] = {}
        for user, by_token in apifies.items():
            account = Account(by_token)
            try:
                await account.list_webhooks(row for row in rows if row.apify_user_id == user)
            except (ApifyRejected, ApifyUnavailable) as error:
                facts = LogFacts(apify_user_id=user, error=error.message)
                log.warning("webhooks were not listed", extra=facts)
            else:
                opened[user] = account
            for token in account.refused:
                self._identities.forget_user_of(token)
        return opened


def _tokens_of(rows: Iterable[Registration], secrets: Mapping[str, str]) -> set[str]:
    tokens: set[str] = set()
    for row in rows:
        for expression in row.token_expressions:
            try:
                tokens.add(resolve_field(TOKEN, expression, secrets))
            except InvalidInput as error:
                facts = LogFacts(registration_id=row.id, error=error.message)
                log.warning("token could not be resolved", extra=facts)
    return tokens
