"""Actors that the world does not name."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from emulators.apify import TraceEvent, parse_world

from tests.unit.emulators.apify.builders import a_world_document
from tests.unit.emulators.apify.conftest import Apify

Serve = Callable[..., Apify]


def test_a_public_actor_is_invented_when_it_is_asked_for(serve: Serve) -> None:
    """An Actor of a user outside the world exists, with the same id each time, and can be run."""
    apify = serve()
    found = apify.client.get("/v2/acts/apify~hello-world").json()["data"]
    assert (found["username"], found["name"], found["isPublic"]) == ("apify", "hello-world", True)
    again = apify.client.get(f"/v2/acts/{found['id']}").json()["data"]
    assert again["name"] == "hello-world"


def test_a_run_of_an_invented_actor_returns_its_input(serve: Serve) -> None:
    """The dataset and the OUTPUT record hold the Actor's name and the input."""
    apify = serve()
    started = apify.client.post("/v2/acts/apify~hello-world/runs", json={"message": "Hello"})
    run = started.json()["data"]
    apify.clock.advance(timedelta(seconds=2))
    expected = {"actor": "apify/hello-world", "input": {"message": "Hello"}}
    assert apify.client.get(f"/v2/datasets/{run['defaultDatasetId']}/items").json() == [expected]
    path = f"/v2/key-value-stores/{run['defaultKeyValueStoreId']}/records/OUTPUT"
    assert apify.client.get(path).json() == expected
    assert apify.client.get(f"/v2/actor-runs/{run['id']}").json()["data"]["status"] == "SUCCEEDED"


def test_an_invented_actor_is_reported_once(serve: Serve) -> None:
    """Who listens hears of it when it is invented, and not again."""
    apify = serve()
    heard: list[TraceEvent] = []
    apify.emulator.listen(heard.append)
    for _ in range(2):
        apify.client.get("/v2/acts/apify~hello-world")
    assert apify.emulator.settle()
    told = [event.facts["actor"] for event in heard if event.kind == "actor.invented"]
    assert told == ["apify/hello-world"]


@pytest.mark.parametrize(
    "reference", ["acme~crawlr", "~crawlr", "aYG0l9s7dbB7j3gbT", "apify~Hello", "apify~hello_world", "a~b"]
)
def test_what_is_not_invented(serve: Serve, reference: str) -> None:
    """Actors of the world's own users, ids and impossible names are not found."""
    answer = serve().client.get(f"/v2/acts/{reference}")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "record-not-found"


def test_a_world_may_refuse_unknown_actors(serve: Serve) -> None:
    """With inventsActors false, only the world's own Actors exist."""
    apify = serve(parse_world(a_world_document(inventsActors=False)))
    assert apify.client.get("/v2/acts/apify~hello-world").status_code == 404
    assert apify.client.get("/v2/acts/apify~hello").status_code == 200
