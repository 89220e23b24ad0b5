"""The port ProcessCatalog: what its docstrings promise, as each gateway version lets it."""

import json
from collections.abc import Iterator

import pytest
from apify_camunda.adapters import camunda_rest_catalog
from apify_camunda.contracts.element import ProcessDefinition
from apify_camunda.contracts.json_types import DefinitionKey, TenantId
from apify_camunda.errors import EngineRejected, EngineUnavailable
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Problem

from tests.builders_process import Bpmn, MessageRef
from tests.contract.camunda_targets import DEFAULT_TENANT, REST_VERSIONS, Target, collected, target
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process, waiting_process

STATISTICS = "getProcessDefinitionMessageSubscriptionStatistics"
SEARCH = "searchProcessDefinitions"


@pytest.fixture(params=REST_VERSIONS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The port over REST, the only transport that has it."""
    with target(request.param) as opened:
        yield opened


def latest(cluster: Target) -> list[ProcessDefinition]:
    return cluster.run(collected(cluster.catalog.latest_definitions()))


def filters_sent(cluster: Target) -> list[dict[str, object]]:
    return [json.loads(body)["filter"] for body in cluster.calls(SEARCH)]


class TestLatestDefinitions:
    def test_each_process_is_there_with_its_newest_version(self, cluster: Target) -> None:
        """Of each process the newest version comes, with its name and tenant."""
        cluster.deploy(straight_process("a"), straight_process("b"))
        [newer] = cluster.deploy(straight_process("a", note=" 2"))
        a, b = sorted(latest(cluster), key=lambda each: each.process_id)
        assert a == ProcessDefinition(
            key=DefinitionKey(newer.key),
            process_id="a",
            name="Straight 2",
            version=2,
            tenant_id=DEFAULT_TENANT,
        )
        assert (b.process_id, b.version) == ("b", 1)

    def test_all_pages_are_read(self, cluster: Target, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many processes there are, each comes once."""
        monkeypatch.setattr(camunda_rest_catalog, "PAGE_SIZE", 3)
        cluster.deploy(*(straight_process(f"p{number:02}") for number in range(10)))
        assert sorted(each.process_id for each in latest(cluster)) == [
            f"p{number:02}" for number in range(10)
        ]

    def test_no_process_is_none(self, cluster: Target) -> None:
        """An empty cluster is no error."""
        assert latest(cluster) == []

    def test_an_undeployed_process_goes_where_the_cluster_tells(self, cluster: Target) -> None:
        """Where the cluster knows `state` a deleted process is gone; where not, the catalogue says so."""
        [deleted, _] = cluster.deploy(straight_process("deleted"), straight_process("kept"))
        cluster.engine.delete_resource(deleted.key)
        found = {each.process_id for each in latest(cluster)}
        assert cluster.catalog.sees_undeployed == cluster.face.gateway.filters_definition_state
        assert found == ({"kept"} if cluster.catalog.sees_undeployed else {"deleted", "kept"})

    def test_a_filter_that_was_refused_is_never_sent_again(self, cluster: Target) -> None:
        """A cluster that does not know `state` is asked once, whatever is asked first."""
        cluster.deploy(straight_process())
        for _ in range(2):
            cluster.run(cluster.catalog.newest_active("straight", DEFAULT_TENANT))
            assert len(latest(cluster)) == 1
        with_state = sum("state" in each for each in filters_sent(cluster))
        if cluster.face.gateway.filters_definition_state:
            assert with_state == len(filters_sent(cluster))
        else:
            assert with_state == 1

    def test_another_refusal_is_not_taken_for_an_unknown_filter(self, cluster: Target) -> None:
        """A 400 for another reason is rejected, and `state` is kept."""
        cluster.face.faults.add(SEARCH, Problem.unreadable_property("filter.isLatestVersion"))
        with pytest.raises(EngineRejected):
            latest(cluster)
        latest(cluster)
        assert "state" in filters_sent(cluster)[1]

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
                    cluster.face.faults.add(SEARCH, Problem.exhausted())
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


@pytest.mark.parametrize("kind", REST_VERSIONS)
def test_every_tenants_processes_are_there(kind: str) -> None:
    """One process id in two tenants is two processes."""
    with target(kind, engine=Engine(multi_tenancy=True)) as cluster:
        cluster.deploy(straight_process(), tenant="acme")
        cluster.deploy(straight_process(), tenant="globex")
        assert {each.tenant_id for each in latest(cluster)} == {"acme", "globex"}
        found = cluster.run(cluster.catalog.newest_active("straight", TenantId("globex")))
        assert found is not None
        assert found.tenant_id == "globex"


class TestNewestActive:
    def test_the_newest_version_of_one_process_is_told(self, cluster: Target) -> None:
        """Asked for alone, a process answers with its newest version."""
        cluster.deploy(straight_process("a"), straight_process("ab"))
        [newer] = cluster.deploy(straight_process("a", note="2"))
        found = cluster.run(cluster.catalog.newest_active("a", DEFAULT_TENANT))
        assert found is not None
        assert (found.key, found.version) == (newer.key, 2)

    def test_a_process_that_never_was_is_none(self, cluster: Target) -> None:
        """An unknown process has no version."""
        assert cluster.run(cluster.catalog.newest_active("nowhere", DEFAULT_TENANT)) is None

    def test_a_draining_version_does_not_hide_the_one_before_it(self, cluster: Target) -> None:
        """Where the newest version drains the list leaves the process out; this finds the active one."""
        if not cluster.face.gateway.filters_definition_state:
            pytest.skip("this gateway knows no state")
        [older] = cluster.deploy(job_process())
        [newer] = cluster.deploy(job_process(name="Crawl 2"))
        cluster.engine.create_instance(process_id="crawl")
        cluster.engine.delete_resource(newer.key)
        assert latest(cluster) == []
        found = cluster.run(cluster.catalog.newest_active("crawl", DEFAULT_TENANT))
        assert found is not None
        assert found.key == older.key

    def test_a_process_whose_versions_all_went_is_none(self, cluster: Target) -> None:
        """Where the cluster tells, a process without an active version is gone."""
        [definition] = cluster.deploy(straight_process())
        cluster.engine.delete_resource(definition.key)
        found = cluster.run(cluster.catalog.newest_active("straight", DEFAULT_TENANT))
        assert (found is None) == cluster.face.gateway.filters_definition_state


class TestWaitingDefinitions:
    def test_older_versions_that_still_wait_are_told(self, cluster: Target) -> None:
        """Of the definitions that we know, those with waiting instances are named, and no others."""
        [old] = cluster.deploy(waiting_process())
        cluster.engine.create_instance(process_id="wait", variables={"orderId": "1"})
        [new] = cluster.deploy(waiting_process(note="2"))
        [idle] = cluster.deploy(straight_process())
        known = [DefinitionKey(each.key) for each in (old, new, idle)]
        assert cluster.run(cluster.catalog.waiting_definitions(known)) == {old.key}

    def test_one_that_stopped_waiting_is_no_longer_told(self, cluster: Target) -> None:
        """After its message came a definition waits no more."""
        [definition] = cluster.deploy(waiting_process())
        cluster.engine.create_instance(process_id="wait", variables={"orderId": "1"})
        cluster.engine.publish_message(name="finished", correlation_key="1")
        assert (
            cluster.run(cluster.catalog.waiting_definitions([DefinitionKey(definition.key)])) == frozenset()
        )

    def test_one_that_waits_on_after_its_first_message_is_told(self, cluster: Target) -> None:
        """An event that does not interrupt shows as correlated after a message, and waits while it lives."""
        model = Bpmn("crawl").start().task("host").end()
        model.boundary("event", "host", message=MessageRef("finished", "=orderId"), interrupting=False)
        [definition] = cluster.deploy(model.end("noted").xml())
        key = DefinitionKey(definition.key)
        instance = cluster.engine.create_instance(process_id="crawl", variables={"orderId": "1"})
        cluster.engine.publish_message(name="finished", correlation_key="1")
        assert cluster.run(cluster.catalog.waiting_definitions([key])) == {key}
        cluster.engine.cancel_instance(instance.key)
        assert cluster.run(cluster.catalog.waiting_definitions([key])) == frozenset()

    def test_8_8_is_asked_for_statistics_once(self, cluster: Target) -> None:
        """The statistics tell all in one call; a cluster without them is probed for each that we know."""
        definitions = cluster.deploy(waiting_process("a"), waiting_process("b"))
        for process_id in ("a", "b"):
            cluster.engine.create_instance(process_id=process_id, variables={"orderId": "1"})
        known = [DefinitionKey(each.key) for each in definitions]
        for _ in range(2):
            assert cluster.run(cluster.catalog.waiting_definitions(known)) == set(known)
        probes = len(cluster.calls("searchProcessInstances"))
        asked = len(cluster.calls(STATISTICS))
        is_8_8 = cluster.face.gateway.version.minor_name == "8.8"
        # A page of those that wait and the empty one that ends it, and an empty one of the correlated.
        assert (probes, asked) == ((4, 0) if is_8_8 else (0, 6))

    def test_statistics_that_fail_are_not_statistics_that_are_missing(self, cluster: Target) -> None:
        """Back pressure is an error; the endpoint is asked again next time."""
        if cluster.face.gateway.version.minor_name == "8.8":
            pytest.skip("8.8 has no statistics")
        cluster.face.faults.add(STATISTICS, Problem.exhausted())
        with pytest.raises(EngineUnavailable):
            cluster.run(cluster.catalog.waiting_definitions([]))
        assert cluster.run(cluster.catalog.waiting_definitions([])) == frozenset()
        assert len(cluster.calls(STATISTICS)) == 3  # the one that failed, and one for each state


class TestOneDefinition:
    def test_the_xml_is_what_was_deployed(self, cluster: Target) -> None:
        """The BPMN comes as its text."""
        [definition] = cluster.deploy(straight_process(note=" Übung €"))
        xml = cluster.run(cluster.catalog.xml(DefinitionKey(definition.key)))
        assert xml == straight_process(note=" Übung €").decode()

    def test_what_is_not_shown_is_none(self, cluster: Target) -> None:
        """A definition that the catalogue does not show (yet) is no error."""
        assert cluster.run(cluster.catalog.xml(DefinitionKey(1))) is None
        assert cluster.run(cluster.catalog.definition(DefinitionKey(1))) is None

    def test_a_definition_is_told_by_its_key(self, cluster: Target) -> None:
        """One definition comes with its process, version, name and tenant."""
        [made] = cluster.deploy(straight_process())
        assert cluster.run(cluster.catalog.definition(DefinitionKey(made.key))) == ProcessDefinition(
            key=DefinitionKey(made.key),
            process_id="straight",
            name="Straight",
            version=1,
            tenant_id=DEFAULT_TENANT,
        )

    def test_the_cluster_has_a_name(self, cluster: Target) -> None:
        """Keys belong to a cluster, which the deployment names."""
        assert cluster.run(cluster.catalog.cluster_id()) == "cluster"
