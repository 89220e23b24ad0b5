"""What the adapter for Apify does with tokens that no request carries, and with answers not of Apify."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.model import ResourceKind
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ApifyRejected, ApifyUnavailable

from tests.fakes.apify import TOKEN
from tests.fakes.clock import FrozenClock


def ask(
    question: Callable[[Apify], Awaitable[object]], answer: Any = None, *, token: str = TOKEN
) -> tuple[object, list[httpx.Request]]:
    """Return what a question gives where every request is answered so, and the requests."""
    requests: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answer)

    async def asked() -> object:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as client:
            accounts = ApifyAccountsOverHttp(
                client=client, clock=FrozenClock(), base_url="http://apify.example"
            )
            return await question(accounts.with_token(token))

    return asyncio.run(asked()), requests


async def listed(apify: Apify) -> list[str]:
    return [hook.id async for hook in apify.webhooks()]


@pytest.mark.parametrize("token", ["", "apify_api_\u2026", "a\nb", "\ud83d", "\u00fc"])
def test_token_that_no_header_takes_is_refused(token: str) -> None:
    """A token that cannot be sent is as wrong as one that Apify refuses, and nothing is sent."""
    with pytest.raises(ApifyRejected) as caught:
        ask(lambda apify: apify.user_id(), token=token)

    assert caught.value.code == "UNAUTHORIZED"
    assert not token or token not in caught.value.message


def test_name_that_no_path_takes_is_sent_replaced() -> None:
    """Half an emoji in a name is Apify's to refuse."""
    _, [request] = ask(lambda apify: apify.resolve(ResourceKind.ACTOR, "a\ud83d"), {"data": {"id": "x"}})

    assert request.url.raw_path == b"/v2/actors/a%3F"


@pytest.mark.parametrize("found", [{}, {"id": None}, {"id": 7}], ids=repr)
def test_answer_without_an_id_is_not_apifys(found: dict[str, Any]) -> None:
    """What has no id is neither a user nor an Actor."""
    for question in (
        lambda apify: apify.user_id(),
        lambda apify: apify.resolve(ResourceKind.TASK, "acme~crawl"),
    ):
        with pytest.raises(ApifyUnavailable):
            ask(question, {"data": found})


@pytest.mark.parametrize("page", [{}, {"items": None}, {"items": [{}]}, {"items": ["x"]}], ids=repr)
def test_list_that_cannot_be_read_is_not_an_empty_one(page: dict[str, Any]) -> None:
    """A wrong answer does not count as the list of webhooks."""
    with pytest.raises(ApifyUnavailable):
        ask(listed, {"data": page})


def test_empty_list_is_one() -> None:
    """A list that says that it is empty is believed."""
    assert ask(listed, {"data": {"items": [], "total": 0}})[0] == []
