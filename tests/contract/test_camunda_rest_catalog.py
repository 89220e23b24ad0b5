"""How the catalogue over REST asks: page by page, and never again for what a cluster does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from apify_camunda.camunda import rest_catalog as camunda_rest_catalog
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import DefinitionKey
from emulators.camunda.rest import Problem, RestServer

from tests.contract.camunda_targets import (
    DEFAULT_TENANT,
    REST_VERSIONS,
    Target,
    collected,
    rest_server,
    target_on,
)
from tests.unit.emulators.camunda_rest.processes import straight_process, waiting_process

STATISTICS = "getProcessDefinitionMessageSubscriptionStatistics"
SEARCH = "searchProcessDefinitions"
KNOWING_STATE = ["rest 8.10"]
KNOWING_NO_STATE = ["rest 8.8", "rest 8.9"]
WITH_STATISTICS = ["rest 8.9", "rest 8.10"]


@pytest.fixture(scope="module", params=REST_VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[RestServer]:
    with rest_server(request.param) as running:
        yield running


@pytest.fixture
def cluster(server: RestServer) -> Iterator[Target]:
    with target_on(server) as opened:
        yield opened


def latest(cluster: Target) -> list[ProcessDefinition]:
    return cluster.run(collected(cluster.catalog.latest_definitions()))


def filters_sent(cluster: Target) -> list[dict[str, object]]:
    return [json.loads(body)["filter"] for body in cluster.calls(SEARCH)]


class TestPages:
    def test_all_pages_are_read(self, cluster: Target, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many processes there are, each comes once."""
        monkeypatch.setattr(camunda_rest_catalog, "PAGE_SIZE", 3)
        cluster.deploy(*(straight_process(f"p{number:02}") for number in range(10)))
        assert sorted(each.process_id for each in latest(cluster)) == [
            f"p{number:02}" for number in range(10)
        ]

    def test_a_page_that_is_missing_is_not_the_end(
        self, cluster: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When a later page cannot be read the caller learns that it has not seen the whole."""
        monkeypatch.setattr(camunda_rest_catalog, "PAGE_SIZE", 2)
        cluster.deploy(*(straight_process(f"p{number}") for number in range(5)))
        latest(cluster)  # what the cluster does not know is settled by then

        seen: list[str] = []

        async def read() -> None:
            async for each in cluster.catalog.latest_definitions():
                if not seen:
                    cluster.api.faults.add(SEARCH, Problem.exhausted())
                seen.append(each.process_id)

        with pytest.raises(EngineUnavailable) as raised:
            cluster.run(read())
        assert raised.value.code == "ENGINE_BACK_PRESSURE"
        assert seen == ["p0", "p1"]

    def test_a_list_without_an_end_is_not_the_whole(
        self, cluster: Target, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A cluster that never comes to an end is given up, and not taken for complete."""
        monkeypatch.setattr(camunda_rest_catalog, "PAGE_SIZE", 1)
        monkeypatch.setattr(camunda_rest_catalog, "MAX_PAGES", 3)
        cluster.deploy(*(straight_process(f"p{number}") for number in range(5)))
        with pytest.raises(EngineUnavailable, match="not the whole"):
            latest(cluster)


class TestState:
    def ask_twice(self, cluster: Target) -> list[bool]:
        """Return which of all questions said `state`."""
        cluster.deploy(straight_process())
        for _ in range(2):
            cluster.run(cluster.catalog.newest_active("straight", DEFAULT_TENANT))
            assert len(latest(cluster)) == 1
        return ["state" in each for each in filters_sent(cluster)]

    @pytest.mark.parametrize("server", KNOWING_STATE, indirect=True)
    def test_it_is_asked_for_where_it_is_known(self, cluster: Target) -> None:
        """Each question asks for active definitions only."""
        assert all(self.ask_twice(cluster))

    @pytest.mark.parametrize("server", KNOWING_NO_STATE, indirect=True)
    def test_a_filter_that_was_refused_is_never_sent_again(self, cluster: Target) -> None:
        """A cluster that does not know `state` is asked with it once, by any first question."""
        assert sum(self.ask_twice(cluster)) == 1

    def test_another_refusal_is_not_taken_for_an_unknown_filter(self, cluster: Target) -> None:
        """A 400 for another reason is rejected, and `state` is kept."""
        cluster.api.faults.add(SEARCH, Problem.unreadable_property("filter.isLatestVersion"))
        with pytest.raises(EngineRejected):
            latest(cluster)
        latest(cluster)
        assert "state" in filters_sent(cluster)[1]


class TestStatistics:
    def ask_twice(self, cluster: Target) -> None:
        cluster.deploy(waiting_process("a"), waiting_process("b"))
        for process_id in ("a", "b"):
            cluster.engine.create_instance(process_id=process_id, variables={"orderId": "1"})
        for _ in range(2):
            cluster.run(cluster.catalog.waiting_definitions())

    @pytest.mark.parametrize("server", WITH_STATISTICS, indirect=True)
    def test_one_list_tells_of_all(self, cluster: Target) -> None:
        """However many definitions wait: a page of them and the empty one that ends it, for each state."""
        self.ask_twice(cluster)
        assert len(cluster.calls(STATISTICS)) == 2 * (2 + 1)  # no instance has got a message
        assert cluster.calls("searchProcessInstances") == []

    @pytest.mark.parametrize("server", WITH_STATISTICS, indirect=True)
    def test_statistics_that_fail_are_not_statistics_that_are_missing(self, cluster: Target) -> None:
        """Back pressure is an error; the endpoint is asked again next time."""
        cluster.api.faults.add(STATISTICS, Problem.exhausted())
        with pytest.raises(EngineUnavailable):
            cluster.run(cluster.catalog.waiting_definitions())
        assert cluster.run(cluster.catalog.waiting_definitions()) is not None
        assert len(cluster.calls(STATISTICS)) == 3  # the one that failed, and one for each state

    @pytest.mark.parametrize("server", WITH_STATISTICS, indirect=True)
    def test_an_endpoint_that_is_missing_is_asked_once(self, cluster: Target) -> None:
        """A 404 that is not the engine's says that the cluster has no statistics."""
        cluster.api.faults.add(STATISTICS, Problem(404, "Not Found", "No static resource."))
        for _ in range(2):
            assert cluster.run(cluster.catalog.waiting_definitions()) is None
        assert len(cluster.calls(STATISTICS)) == 1

    def test_one_probe_is_one_question(self, cluster: Target) -> None:
        """Whether a definition has instances costs a search of one item."""
        [definition] = cluster.deploy(waiting_process())
        assert not cluster.run(cluster.catalog.has_instances(DefinitionKey(definition.key)))
        [body] = cluster.calls("searchProcessInstances")
        assert json.loads(body)["page"] == {"limit": 1}
