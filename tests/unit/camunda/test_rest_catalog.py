"""What the catalogue makes of answers that are not Camunda's, or that it cannot read: never an absence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.ports import WaitingDefinitions
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import RestCatalog
from apify_camunda.errors import EngineUnavailable
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey

GOOD = {"processDefinitionKey": "1", "processDefinitionId": "p", "version": 1, "tenantId": "<default>"}
ODD: tuple[Any, ...] = (
    None,
    "definition",
    {},
    {**GOOD, "processDefinitionKey": "one"},
    {**GOOD, "processDefinitionId": None},
    {**GOOD, "version": None},
)


async def _all(catalog: RestCatalog) -> list[str]:
    return [each.process_id async for each in catalog.latest_definitions()]


QUESTIONS: dict[str, Callable[[RestCatalog], Awaitable[object]]] = {
    "latest_definitions": _all,
    "newest_active": lambda catalog: catalog.newest_active("p", DEFAULT_TENANT),
    "shows_process": lambda catalog: catalog.shows_process("p", DEFAULT_TENANT),
    "waiting_definitions": lambda catalog: catalog.waiting_definitions(),
    "has_instances": lambda catalog: catalog.has_instances(DefinitionKey(1)),
}


def ask(question: str, answer: Any) -> object:
    """Return what a question gives where every request is answered so."""

    async def asked() -> object:
        transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))
        async with httpx.AsyncClient(transport=transport) as client:
            rest = CamundaRest(base_url="http://camunda.example", auth=NoAuth(), client=client)
            return await QUESTIONS[question](RestCatalog(rest, cluster_id="cluster1"))

    return asyncio.run(asked())


@pytest.mark.parametrize("answer", [{}, [], "ok", {"items": None}, {"items": "none"}], ids=repr)
@pytest.mark.parametrize("question", list(QUESTIONS))
def test_answer_without_items_is_not_an_empty_one(question: str, answer: Any) -> None:
    """A 200 that a proxy before Camunda answers says nothing about what is deployed."""
    with pytest.raises(EngineUnavailable, match="without items"):
        ask(question, answer)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_item_leaves_the_others_in_the_list(odd: Any) -> None:
    """One definition that cannot be read hides no other; its process is asked for alone."""
    assert ask("latest_definitions", {"items": [odd, GOOD], "page": {}}) == ["p"]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_unreadable_item_does_not_mean_absent(odd: Any) -> None:
    """A definition that was asked for alone and cannot be read is not one that is gone."""
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        ask("newest_active", {"items": [odd], "page": {}})


@pytest.mark.parametrize("odd", [None, {}, {"processDefinitionKey": "one"}], ids=repr)
def test_odd_statistic_leaves_the_others_in_the_list(odd: Any) -> None:
    """One line of the statistics that cannot be read hides no other."""
    listed = ask("waiting_definitions", {"items": [odd, GOOD], "page": {}})

    assert listed == WaitingDefinitions(frozenset({DefinitionKey(1)}))


@pytest.mark.parametrize(("items", "is_shown"), [([GOOD], True), ([], False)])
def test_process_is_shown_in_any_state(items: list[Any], is_shown: object) -> None:
    """Whether a process is shown is asked without its state, so an undeployed one is."""
    asked: list[bytes] = []

    async def question() -> bool:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.content)
            return httpx.Response(200, json={"items": items, "page": {}})

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            rest = CamundaRest(base_url="http://camunda.example", auth=NoAuth(), client=client)
            return await RestCatalog(rest, cluster_id="c").shows_process("p", DEFAULT_TENANT)

    assert asyncio.run(question()) is is_shown
    assert b"state" not in asked[0]
