"""A cluster that is reset under its address: nothing of the old one listens, and the new one is heard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement

from tests.builders_bpmn import catch, start
from tests.event_loop import run_async
from tests.fakes.reconciler_world import World

TELLS_ITS_ID = pytest.mark.parametrize("told_id", [None, "id-1"], ids=["8.8", "8.9"])


def world_of(told_id: str | None, **config: Any) -> World:
    world = World(**config)
    world.catalog.told_id = told_id
    world.apify.actors["acme~other"] = "actor2"
    return world


def listening(world: World) -> list[InboundElement]:
    """Return the elements that an event of Apify reaches."""
    found = [run_async(world.registry.listeners(f"apify/{row.id}")) for row in world.rows]
    return [each for elements in found for each in elements or ()]


@TELLS_ITS_ID
def test_another_process_under_an_old_key_listens(told_id: str | None) -> None:
    """A process that gets the key of an old one is read, and listens to its own Actor."""
    world = world_of(told_id)
    old = world.catalog.deploy(start())
    world.tick()
    world.catalog.reset()
    new = world.catalog.deploy(start(resourceId="actor2"), process_id="invoices")
    assert new.key == old.key

    world.tick()

    assert [each.process_id for each in listening(world)] == ["invoices"]
    assert [hook.condition for hook in world.hooks] == [{"actorId": "actor2"}]
    assert {name: state for name, (state, _) in world.statuses.items()} == {
        "orders/1/Start_1": "inactive",
        "invoices/1/Start_1": "registered",
    }


@TELLS_ITS_ID
def test_old_element_is_replaced_on_the_same_webhook(told_id: str | None) -> None:
    """Where the new process listens to the same Actor, with an element of the same id, only it is started."""
    world = world_of(told_id)
    world.catalog.deploy(start())
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(start(resultVariable="other"), process_id="invoices")

    world.tick()

    [element] = listening(world)
    assert (element.process_id, element.properties["resultVariable"]) == ("invoices", "other")
    assert len(world.hooks) == 1


@TELLS_ITS_ID
def test_process_without_elements_under_an_old_key_silences_the_old_one(told_id: str | None) -> None:
    """A process without our elements is not started by the webhook of the process that had its key."""
    world = world_of(told_id)
    world.catalog.deploy(start())
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(process_id="invoices")

    world.tick()

    assert (listening(world), world.hooks, world.rows) == ([], [], [])


@TELLS_ITS_ID
def test_all_rows_of_the_old_cluster_go(told_id: str | None) -> None:
    """One contradiction proves the reset: versions that no list contradicts are forgotten with the others."""
    world = world_of(told_id)
    old = world.catalog.deploy(catch("OldCatch"))
    world.catalog.waiting.add(old.key)
    world.tick()
    world.catalog.deploy(start("NewStart"))
    world.catalog.deploy(start(), process_id="never-deployed-again")
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(process_id="invoices")

    world.tick()

    assert listening(world) == []
    assert set(run_async(world.registry.known_definitions("cluster1"))) == {1001}


def test_same_process_that_says_something_else_is_read_again() -> None:
    """Another cluster may have another model under the same key, process id and version: its id tells."""
    world = world_of("id-1")
    world.catalog.deploy(start())
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(start(resourceId="actor2"))

    world.tick()

    assert [hook.condition for hook in world.hooks] == [{"actorId": "actor2"}]
    assert world.catalog.xml_reads == 2
    world.tick()
    assert world.catalog.xml_reads == 2


def test_many_processes_listen_while_they_are_read_again() -> None:
    """Processes that a reset cluster lists as before listen on until their turn to be read has come."""
    world = world_of("id-1", xml_reads=2)
    names = [f"p{number}" for number in range(5)]
    for name in names:
        world.catalog.deploy(start(), process_id=name)
    for _ in range(3):
        world.tick()
    world.catalog.reset()
    for name in names:
        world.catalog.deploy(start(), process_id=name)

    for reads in (7, 9, 10, 10):
        world.tick()
        assert sorted(each.process_id for each in listening(world)) == names
        assert world.catalog.xml_reads == reads


@TELLS_ITS_ID
def test_a_process_that_an_operator_removed_listens_again(told_id: str | None) -> None:
    """A process that was taken off the old cluster is another one in the new cluster, with any key."""
    world = world_of(told_id)
    world.catalog.deploy(start(), process_id="other")
    removed = world.catalog.deploy(start())
    world.tick()
    removal = world.registry.remove_process("cluster1", removed.tenant_id, "orders", up_to=removed.key)
    run_async(removal)
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(start())
    world.clock.advance(timedelta(minutes=1))

    world.tick()

    assert [each.process_id for each in listening(world)] == ["orders"]


def test_cluster_that_does_not_answer_for_its_id_changes_nothing() -> None:
    """A topology that is refused, or that has no id any more, proves no reset."""
    world = world_of("id-1")
    world.catalog.deploy(start())
    world.tick()
    world.catalog.told_id = None

    world.tick()
    world.catalog.told_id = "id-1"
    world.tick()

    assert world.catalog.xml_reads == 1
    assert len(listening(world)) == 1
