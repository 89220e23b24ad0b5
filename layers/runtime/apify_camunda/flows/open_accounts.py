"""Opens Apify as each user sees it, by any token of theirs that works; one that does not stops no other."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apify_camunda.contracts.apify import Webhook
from apify_camunda.contracts.json_types import ApifyUserId
from apify_camunda.contracts.log_facts import LogFacts
from apify_camunda.contracts.registration import Registration
from apify_camunda.domain.webhook_wish import TOKEN, resolve_field
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, InvalidInput
from apify_camunda.flows.apify_identities import ApifyIdentities
from apify_camunda.ports import Apify, ApifyAccounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A user's Apify.

    Attributes:
        webhooks: The user's lasting webhooks; those of single runs concern nobody here.
    """

    apify: Apify
    webhooks: Sequence[Webhook]


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
        users = await self._identities.users_of({*tokens, *_tokens_of(rows, secrets)})
        tokens_of: dict[ApifyUserId, list[str]] = defaultdict(list)
        for token, user in users.items():
            if isinstance(user, str):
                tokens_of[ApifyUserId(user)].append(token)
        opened = {user: await self._first_that_works(user, tokens_of[user]) for user in tokens_of}
        return {user: account for user, account in opened.items() if account is not None}

    async def _first_that_works(self, user: ApifyUserId, tokens: Iterable[str]) -> Account | None:
        for token in tokens:
            apify = self._accounts.with_token(token)
            try:
                return Account(apify, [hook async for hook in apify.webhooks() if not hook.is_ad_hoc])
            except ApifyRejected as error:
                facts = LogFacts(apify_user_id=user, error=error.message)
                log.warning("webhooks were not shown to a token", extra=facts)
            except ApifyUnavailable as error:
                facts = LogFacts(apify_user_id=user, error=error.message)
                log.warning("webhooks were not to be had", extra=facts)
                return None
        return None


def _tokens_of(rows: Iterable[Registration], secrets: Mapping[str, str]) -> set[str]:
    tokens: set[str] = set()
    for row in rows:
        try:
            tokens.add(resolve_field(TOKEN, row.token_expression, secrets))
        except InvalidInput as error:
            facts = LogFacts(registration_id=row.id, error=error.message)
            log.warning("token was not to be had", extra=facts)
    return tokens
