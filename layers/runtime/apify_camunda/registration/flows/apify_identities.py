"""Finds the Apify user of a token and the resource of a name, with a cache."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ConnectorError, ErrorCode, InvalidInput
from apify_camunda.identifiers import ApifyUserId
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.desired_webhook import DesiredWebhook, desired_webhook
from apify_camunda.registration.domain.retained_listeners import Unresolved
from apify_camunda.registration.domain.wanted_registrations import Resolved

_REMEMBER_FOR = timedelta(hours=1)
_AT_ONCE = 8

Answer: TypeAlias = "str | ConnectorError"


class ApifyIdentities:
    """Asks Apify for users and resources. This process keeps answers, but not failures, for an hour."""

    def __init__(self, *, accounts: ApifyAccounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._known: dict[tuple[str, ...], tuple[datetime, str]] = {}

    async def resolve(
        self, elements: Iterable[InboundElement], secrets: Mapping[str, str]
    ) -> tuple[list[Resolved], list[Unresolved]]:
        """Return the resolved elements, and the others with the reason."""
        desired: list[tuple[InboundElement, DesiredWebhook]] = []
        unresolved: list[Unresolved] = []
        for element in elements:
            try:
                desired.append((element, desired_webhook(element, secrets)))
            except InvalidInput as error:
                unresolved.append(Unresolved(element, error.message, is_faulty=True))
        users = await self.users_of({webhook.token for _, webhook in desired})
        resources = await self._resources([webhook for _, webhook in desired], users)
        resolved: list[Resolved] = []
        for element, webhook in desired:
            user, resource = users[webhook.token], resources.get(_resource_key(webhook))
            if isinstance(user, str) and isinstance(resource, str):
                resolved.append(Resolved(element, webhook, ApifyUserId(user), resource))
                continue
            failure = user if isinstance(user, ConnectorError) else resource
            if isinstance(failure, ConnectorError):
                is_faulty = not isinstance(failure, ApifyUnavailable)
                unresolved.append(Unresolved(element, _reason(failure, element), is_faulty=is_faulty))
        return resolved, unresolved

    async def users_of(self, tokens: Iterable[str]) -> dict[str, Answer]:
        """Return the user of each token, or why that is not known."""
        wanted = sorted(set(tokens))
        asked: Sequence[Callable[[], Awaitable[str]]] = [
            self._accounts.with_token(token).user_id for token in wanted
        ]
        answers = await self._ask([("user", token) for token in wanted], asked)
        return dict(zip(wanted, answers, strict=True))

    def forget_user_of(self, token: str) -> None:
        """Ask again at the next tick whose the token is: Apify has refused it meanwhile."""
        self._known.pop(("user", token), None)

    async def _resources(
        self, desired: Iterable[DesiredWebhook], users: Mapping[str, Answer]
    ) -> dict[tuple[str, ...], Answer]:
        """Return the ids of the resources, which are named by an id or by a name."""
        by_key = {_resource_key(each): each for each in desired if isinstance(users[each.token], str)}
        asked = [_resolver(self._accounts, each) for each in by_key.values()]
        return dict(zip(by_key, await self._ask(list(by_key), asked), strict=True))

    async def _ask(
        self, keys: Sequence[tuple[str, ...]], asked: Sequence[Callable[[], Awaitable[str]]]
    ) -> list[Answer]:
        permits = asyncio.Semaphore(_AT_ONCE)

        async def one(key: tuple[str, ...], ask: Callable[[], Awaitable[str]]) -> Answer:
            known = self._known.get(key)
            if known is not None and self._clock.now() - known[0] < _REMEMBER_FOR:
                return known[1]
            try:
                async with permits:
                    answer = await ask()
            except (ApifyRejected, ApifyUnavailable) as error:
                return error
            self._known[key] = (self._clock.now(), answer)
            return answer

        return list(await asyncio.gather(*(one(key, ask) for key, ask in zip(keys, asked, strict=True))))


def _reason(failure: ConnectorError, element: InboundElement) -> str:
    """Return why an element cannot be resolved, and what to do.

    The Actor or task is quoted as it is modelled, so that no secret is shown.
    """
    match failure.code:
        case ErrorCode.ACTOR_NOT_FOUND | ErrorCode.TASK_NOT_FOUND:
            name = element.property_or_none("resourceId")
            return f"{failure.message}: '{name}'. Correct the name, or use a token that may see it."
        case ErrorCode.UNAUTHORIZED:
            return f"{failure.message}. The secret of 'authentication.token' needs a valid API token."
        case _:
            return failure.message


def _resource_key(desired: DesiredWebhook) -> tuple[str, ...]:
    return desired.kind.value, desired.reference, desired.token


def _resolver(accounts: ApifyAccounts, desired: DesiredWebhook) -> Callable[[], Awaitable[str]]:
    return lambda: accounts.with_token(desired.token).resolve(desired.kind, desired.reference)
