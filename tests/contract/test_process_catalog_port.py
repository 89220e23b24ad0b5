"""What every ProcessCatalog does: the fake, and REST over the stand-in and beside Camunda's own engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey, TenantId

from tests.builders_process import Bpmn, MessageRef
from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import (
    CATALOGUED,
    HIDES_STATE,
    LISTS_NO_WAITING,
    LISTS_WAITING,
    SHOWS_STATE,
    TENANTED_CATALOGUES,
    WITH_OWN_SEARCH,
)
from tests.contract.camunda_ports import CLUSTER_ID
from tests.contract.camunda_targets import DEFAULT_TENANT, a_message, collected
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process, waiting_process

UNKNOWN = DefinitionKey(1)
where_state_is_shown = pytest.mark.parametrize("cluster", SHOWS_STATE, indirect=True)
where_state_is_hidden = pytest.mark.parametrize("cluster", HIDES_STATE, indirect=True)


@pytest.fixture(scope="module", params=CATALOGUED)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    return cluster.world(unique_name(request))


def latest(world: World) -> list[ProcessDefinition]:
    """Return what is listed of this test's processes, by their ids."""
    found = world.ports.run(collected(world.ports.catalog.latest_definitions()))
    ours = (each for each in found if each.process_id.startswith(world.name))
    return sorted(ours, key=lambda each: (each.process_id, each.tenant_id))


def newest_active(
    world: World, process_id: str, tenant: TenantId = DEFAULT_TENANT
) -> ProcessDefinition | None:
    return world.ports.run(world.ports.catalog.newest_active(process_id, tenant))


def waiting(world: World, *known: ProcessDefinition) -> set[DefinitionKey]:
    """Return which of these definitions wait, as far as list and probes tell."""
    listed = world.ports.run(world.ports.catalog.waiting_definitions())
    keys = {each.key for each in known}
    doubtful = keys if listed is None else keys & listed.perhaps
    alive = {key for key in doubtful if world.ports.run(world.ports.catalog.has_instances(key))}
    return alive if listed is None else alive | keys & listed.surely


def publish(world: World, key: str) -> None:
    message = a_message(name=world.name, correlation_key=key)
    world.ports.run(world.ports.commands.publish_message(message))


class TestLatestDefinitions:
    def test_each_process_is_there_with_its_newest_version(self, world: World) -> None:
        """Of each process the newest version comes, with its name and tenant."""
        world.deploy(straight_process(f"{world.name}-a"))
        world.deploy(straight_process(f"{world.name}-b"))
        newer = world.deploy(straight_process(f"{world.name}-a", note=" 2"))
        a, b = latest(world)
        assert a == ProcessDefinition(
            key=newer.key,
            process_id=f"{world.name}-a",
            name="Straight 2",
            version=2,
            tenant_id=DEFAULT_TENANT,
        )
        assert (b.process_id, b.version) == (f"{world.name}-b", 1)

    def test_each_of_many_processes_comes_once(self, world: World) -> None:
        """However many there are."""
        expected = [f"{world.name}-{number:02}" for number in range(10)]
        for process_id in expected:
            world.deploy(straight_process(process_id))
        assert [each.process_id for each in latest(world)] == expected

    @where_state_is_shown
    def test_an_undeployed_process_goes(self, world: World) -> None:
        """Where the cluster tells, a deleted process is gone."""
        deleted = world.deploy(straight_process(f"{world.name}-deleted"))
        kept = world.deploy(straight_process(f"{world.name}-kept"))
        world.undeploy(deleted)
        assert [each.key for each in latest(world)] == [kept.key]
        assert world.ports.catalog.sees_undeployed

    @where_state_is_hidden
    def test_an_undeployed_process_stays_on_clusters_that_do_not_tell(self, world: World) -> None:
        """Where the cluster does not tell, a deleted process is still listed, and the catalogue says so."""
        definition = world.deploy(straight_process(world.name))
        world.undeploy(definition)
        assert [each.key for each in latest(world)] == [definition.key]
        assert not world.ports.catalog.sees_undeployed


class TestNewestActive:
    def test_the_newest_version_of_one_process_is_returned(self, world: World) -> None:
        """Asked for alone, a process answers with its newest version."""
        world.deploy(straight_process(world.name))
        world.deploy(straight_process(f"{world.name}-b"))
        newer = world.deploy(straight_process(world.name, note="2"))
        found = newest_active(world, world.name)
        assert found is not None
        assert (found.key, found.version) == (newer.key, 2)

    def test_a_process_that_never_existed_is_not_found(self, world: World) -> None:
        """An unknown process has no version."""
        assert newest_active(world, world.name) is None

    @where_state_is_shown
    def test_a_draining_version_does_not_hide_the_one_before_it(self, world: World) -> None:
        """Where the newest version drains the list leaves the process out; this finds the active one."""
        older = world.deploy(job_process(world.name, world.name))
        newer = world.deploy(job_process(world.name, world.name, name="Crawl 2"))
        world.start(world.name)
        world.undeploy(newer)
        assert latest(world) == []
        found = newest_active(world, world.name)
        assert found is not None
        assert found.key == older.key

    @where_state_is_shown
    def test_a_process_without_versions_is_not_found(self, world: World) -> None:
        """Where the cluster tells, a process without an active version is gone."""
        world.undeploy(world.deploy(straight_process(world.name)))
        assert newest_active(world, world.name) is None

    @where_state_is_hidden
    def test_a_process_without_versions_stays_on_clusters_that_do_not_tell(self, world: World) -> None:
        """Where the cluster does not tell, its last version is still told."""
        definition = world.deploy(straight_process(world.name))
        world.undeploy(definition)
        found = newest_active(world, world.name)
        assert found is not None
        assert found.key == definition.key


class TestShowsProcess:
    def shows(self, world: World, process_id: str) -> bool:
        return world.ports.run(world.ports.catalog.shows_process(process_id, DEFAULT_TENANT))

    def test_a_deployed_process_is_shown(self, world: World) -> None:
        """One that never existed does not exist, under any name."""
        world.deploy(straight_process(f"{world.name}-b"))
        assert self.shows(world, f"{world.name}-b")
        assert not self.shows(world, world.name)

    @pytest.mark.parametrize("cluster", WITH_OWN_SEARCH, indirect=True)
    def test_an_undeployed_process_is_still_shown(self, world: World) -> None:
        """What was deleted without its history is shown, active or not; so its end is known for sure."""
        world.undeploy(world.deploy(straight_process(world.name)))
        assert self.shows(world, world.name)


class TestWaitingDefinitions:
    def test_older_versions_that_still_wait_are_listed(self, world: World) -> None:
        """Of the definitions that we know, those with waiting instances are named, and no others."""
        old = world.deploy(waiting_process(world.name, world.name))
        world.start(world.name, orderId="1")
        new = world.deploy(waiting_process(world.name, world.name, note="2"))
        idle = world.deploy(straight_process(f"{world.name}-idle"))
        assert waiting(world, old, new, idle) == {old.key}

    def test_one_that_stopped_waiting_is_no_longer_listed(self, world: World) -> None:
        """After its message came a definition waits no more."""
        definition = world.deploy(waiting_process(world.name, world.name))
        world.start(world.name, orderId="1")
        publish(world, "1")
        world.let_search_catch_up()
        assert waiting(world, definition) == set()

    def test_one_that_waits_on_after_its_first_message_is_listed(self, world: World) -> None:
        """An event that does not interrupt shows as correlated after a message, and waits while it lives."""
        model = Bpmn(world.name).start().task("host", job_type=world.name).end()
        model.boundary("event", "host", message=MessageRef(world.name, "=orderId"), interrupting=False)
        definition = world.deploy(model.end("noted").xml())
        instance = world.start(world.name, orderId="1")
        publish(world, "1")
        world.let_search_catch_up()
        assert waiting(world, definition) == {definition.key}
        world.cancel(instance)
        assert waiting(world, definition) == set()

    @pytest.mark.parametrize("cluster", LISTS_WAITING, indirect=True)
    def test_one_that_waits_for_its_first_message_is_listed_for_sure(self, world: World) -> None:
        """A subscription that has got nothing yet waits; one that is over does not."""
        waits = world.deploy(waiting_process(world.name, world.name))
        over = world.deploy(waiting_process(f"{world.name}-over", world.name))
        for process_id, key in ((world.name, "1"), (f"{world.name}-over", "2")):
            world.start(process_id, orderId=key)
        publish(world, "2")
        world.let_search_catch_up()
        listed = world.ports.run(world.ports.catalog.waiting_definitions())
        assert listed is not None
        assert listed.surely & {waits.key, over.key} == {waits.key}
        assert waits.key not in listed.perhaps

    @pytest.mark.parametrize("cluster", LISTS_NO_WAITING, indirect=True)
    def test_a_cluster_that_lists_nothing_says_so(self, world: World) -> None:
        """An empty list does not prove that no instance waits."""
        world.deploy(waiting_process(world.name, world.name))
        world.start(world.name, orderId="1")
        for _ in range(2):
            assert world.ports.run(world.ports.catalog.waiting_definitions()) is None

    def test_instances_are_alive_until_they_end(self, world: World) -> None:
        """Only instances of this version count; it does not matter what they wait for."""
        old = world.deploy(job_process(world.name, world.name))
        instance = world.start(world.name)
        new = world.deploy(job_process(world.name, world.name, name="Crawl 2"))
        world.let_search_catch_up()
        assert self.has_instances(world, old)
        assert not self.has_instances(world, new)
        world.cancel(instance)
        world.let_search_catch_up()
        assert not self.has_instances(world, old)

    def has_instances(self, world: World, definition: ProcessDefinition) -> bool:
        return world.ports.run(world.ports.catalog.has_instances(definition.key))


class TestOneDefinition:
    def test_the_xml_is_what_was_deployed(self, world: World) -> None:
        """The BPMN comes as its text."""
        content = straight_process(world.name, note=" Übung €")
        definition = world.deploy(content)
        assert world.ports.run(world.ports.catalog.xml(definition.key)) == content.decode()

    def test_hidden_definitions_are_not_found(self, world: World) -> None:
        """A definition that the catalogue does not show (yet) is no error."""
        assert world.ports.run(world.ports.catalog.xml(UNKNOWN)) is None
        assert world.ports.run(world.ports.catalog.definition(UNKNOWN)) is None

    def test_a_definition_is_found_by_its_key(self, world: World) -> None:
        """One definition comes with its process, version, name and tenant."""
        made = world.deploy(straight_process(world.name))
        assert world.ports.run(world.ports.catalog.definition(made.key)) == ProcessDefinition(
            key=made.key,
            process_id=world.name,
            name="Straight",
            version=1,
            tenant_id=DEFAULT_TENANT,
        )

    def test_the_cluster_has_a_name(self, world: World) -> None:
        """Keys belong to a cluster, which the deployment names."""
        assert world.ports.run(world.ports.catalog.cluster_id()) == CLUSTER_ID


@pytest.mark.parametrize("cluster", TENANTED_CATALOGUES, indirect=True)
def test_every_tenants_processes_are_there(world: World) -> None:
    """One process id in two tenants is two processes."""
    for tenant in ("acme", "globex"):
        world.deploy(straight_process(world.name), tenant=tenant)
    assert [each.tenant_id for each in latest(world)] == ["acme", "globex"]
    found = newest_active(world, world.name, TenantId("globex"))
    assert found is not None
    assert found.tenant_id == "globex"


@pytest.fixture(params=WITH_OWN_SEARCH)
def nothing_deployed(request: pytest.FixtureRequest) -> Iterator[World]:
    for cluster in opened_cluster(request):
        yield cluster.world(unique_name(request))


def test_without_processes_the_list_is_empty(nothing_deployed: World) -> None:
    """An empty cluster is no error."""
    catalog = nothing_deployed.ports.catalog
    assert nothing_deployed.ports.run(collected(catalog.latest_definitions())) == []
