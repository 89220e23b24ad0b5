"""What is unknown now is not absent: nothing is removed for it, and what comes back is caught up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import Webhook
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.identifiers import ApifyUserId

from tests.builders_bpmn import catch, start
from tests.event_loop import run_async
from tests.fakes.apify import FakeApify, FakeApifyAccounts
from tests.fakes.reconciler_world import World


def listening(world: World) -> list[InboundElement]:
    """Return who listens to events of Apify."""
    found = [run_async(world.registry.listeners(f"apify/{row.id}")) for row in world.rows]
    return [each for elements in found for each in elements or ()]


class Accounts(FakeApifyAccounts):
    """Opens another kind of Apify."""

    def __init__(self, world: World, kind: type[FakeApify]) -> None:
        super().__init__(world.apify)
        self._kind = kind

    def with_token(self, token: str) -> FakeApify:
        return self._kind(self.world, token)


class Away(FakeApify):
    async def user_id(self) -> ApifyUserId:
        raise ApifyUnavailable("503")

    async def webhooks(self) -> AsyncIterator[Webhook]:
        raise ApifyUnavailable("503")
        yield


class Nameless(FakeApify):
    async def resolve(self, kind: Any, reference: str) -> str:
        raise ApifyUnavailable("503")


class Secretive(FakeApify):
    async def webhooks(self) -> AsyncIterator[Webhook]:
        raise ApifyRejected("insufficient-permissions", code=ErrorCode.FORBIDDEN, status=403)
        yield


def process_is_hidden(world: World) -> None:
    world.catalog.hidden.add("orders")


def everything_is_hidden(world: World) -> None:
    world.catalog.hidden |= {"orders", "other"}


def catalogue_is_away(world: World) -> None:
    world.catalog.is_away = True


def apify_is_away(world: World) -> None:
    world.reconcile = world.fresh(accounts=Accounts(world, Away))


def names_are_not_resolved(world: World) -> None:
    world.reconcile = world.fresh(accounts=Accounts(world, Nameless))


def webhooks_are_not_listed(world: World) -> None:
    world.reconcile = world.fresh(accounts=Accounts(world, Secretive))


def token_is_revoked(world: World) -> None:
    world.apify.tokens.clear()
    world.reconcile = world.fresh()


def secrets_are_gone(world: World) -> None:
    world.secrets.held.clear()


def actor_is_not_found(world: World) -> None:
    world.apify.actors.clear()
    world.reconcile = world.fresh()


UNKNOWNS: tuple[Callable[[World], None], ...] = (
    process_is_hidden,
    everything_is_hidden,
    catalogue_is_away,
    apify_is_away,
    names_are_not_resolved,
    webhooks_are_not_listed,
    token_is_revoked,
    secrets_are_gone,
    actor_is_not_found,
)
EACH_UNKNOWN = pytest.mark.parametrize("unknown", UNKNOWNS, ids=lambda each: each.__name__)


@EACH_UNKNOWN
def test_nothing_goes_for_lack_of_an_answer(unknown: Callable[[World], None]) -> None:
    """While an answer is missing, webhooks, listeners and registrations stay as they are."""
    world = World()
    world.catalog.deploy(start(resourceId="acme~crawler"), process_id="orders")
    world.catalog.deploy(start(), process_id="other")
    world.tick()
    before = (world.hooks, world.rows, world.routes)

    unknown(world)
    for _ in range(5):
        world.tick()

    assert (world.hooks, world.rows, world.routes) == before


@EACH_UNKNOWN
def test_redeployment_in_that_minute_leaves_no_gap(unknown: Callable[[World], None]) -> None:
    """A process that is deployed again while an answer is missing listens all the time, in some version."""
    world = World()
    world.catalog.deploy(start(resourceId="acme~crawler"), process_id="orders")
    world.catalog.deploy(start(), process_id="other")
    world.tick()
    world.catalog.deploy(start(resourceId="acme~crawler"), process_id="orders")

    unknown(world)
    for _ in range(5):
        world.tick()
        assert {each.process_id for each in listening(world)} == {"orders", "other"}
        assert len(world.hooks) == 1


def test_secret_is_not_part_of_a_path() -> None:
    """An element whose webhook id names a secret is faulty: its value would show in lists, logs and rows."""
    world = World()
    world.secrets.held["CONTEXT"] = "orders-path"
    world.catalog.deploy(start(inbound_context="{{secrets.CONTEXT}}"), start("Other"))

    world.tick()

    assert world.statuses["orders/1/Start_1"][0] == "faulty"
    assert "names the secret 'CONTEXT'" in str(world.statuses["orders/1/Start_1"][1])
    assert not any("orders-path" in route for route in world.routes)
    assert world.statuses["orders/1/Other"] == ("registered", None)


class TestOutOfSight:
    def test_process_listens_for_a_day_and_says_so(self) -> None:
        """A process of which the cluster shows nothing any more listens on for a day; its element tells."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.hidden.add("orders")

        for _ in range(24):
            world.tick(timedelta(hours=1))
            assert len(world.hooks) == 1
        assert "does not show this process" in str(world.statuses["orders/1/Start_1"][1])
        world.tick(timedelta(hours=1))

        assert (world.hooks, world.rows, world.routes) == ([], [], {})
        assert world.statuses["orders/1/Start_1"][0] == "inactive"

    def test_return_within_the_day_is_as_if_nothing_had_been(self) -> None:
        """What comes back is not counted down any further."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        for _ in range(4):
            world.catalog.hidden.add("orders")
            world.tick(timedelta(hours=20))
            world.tick()
            world.catalog.hidden.clear()
            world.tick(timedelta(hours=6))

        assert len(world.hooks) == 1
        assert world.statuses["orders/1/Start_1"] == ("registered", None)

    @pytest.mark.parametrize("hours", [2, 48])
    def test_what_happened_meanwhile_is_caught_up(self, hours: int) -> None:
        """Runs that ended while the process was taken for gone are parked when it comes back, each once."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.end_run()
        world.tick(timedelta(hours=2))
        world.catalog.hidden.add("orders")
        world.tick()
        world.tick(timedelta(hours=25))
        assert world.hooks == []
        missed = [world.end_run(), world.end_run(timedelta(hours=hours))]

        world.catalog.hidden.clear()
        for _ in range(3):
            world.tick()

        assert world.found_runs == missed
        assert len(world.hooks) == 1

    def test_an_undeployed_process_that_is_deployed_again_starts_afresh(self) -> None:
        """Runs that ended while a process was undeployed start nothing when it is deployed again."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.undeploy("orders")
        world.tick()
        world.end_run()

        world.catalog.deploy(start())
        for _ in range(3):
            world.tick()

        assert world.found_runs == []
        assert len(world.hooks) == 1

    def test_return_after_a_week_starts_afresh(self) -> None:
        """What is kept for a return is kept for some days only."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.hidden.add("orders")
        world.tick()
        world.tick(timedelta(hours=25))
        world.end_run()

        world.tick(timedelta(days=8))
        world.catalog.hidden.clear()
        world.tick()

        assert world.found_runs == []

    def test_older_versions_are_out_of_sight_with_their_process(self) -> None:
        """Where a whole process is not shown, its waiting versions listen on like the newest."""
        world = World()
        old = world.catalog.deploy(catch("OldCatch"))
        world.tick()
        world.catalog.waiting.add(old.key)
        world.catalog.deploy(start("NewStart"))
        world.tick()
        world.catalog.hidden.add("orders")

        for _ in range(10):
            world.tick(timedelta(hours=2))
            assert {each.element_id for each in listening(world)} == {"OldCatch", "NewStart"}


class TestUndeployed:
    def test_shown_as_undeployed_it_goes_at_once(self) -> None:
        """What the cluster shows and does not call active is gone for sure."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.undeploy("orders")

        world.tick()

        assert world.hooks == []

    @pytest.mark.parametrize("lists_waiting", [True, False], ids=["8.9", "8.8"])
    def test_instances_that_still_wait_get_events_to_their_end(self, *, lists_waiting: bool) -> None:
        """Catch events of an undeployed process listen as long as its instances wait; its starts do not."""
        world = World(lists_waiting=lists_waiting)
        deployed = world.catalog.deploy(start(), catch())
        world.tick()
        world.catalog.waiting.add(deployed.key)
        world.catalog.undeploy("orders")

        for _ in range(5):
            world.tick(timedelta(hours=1))
            assert [each.element_id for each in listening(world)] == ["Catch_1"]

        world.catalog.waiting.clear()
        world.tick(timedelta(hours=2))
        assert world.hooks == []

    def test_it_is_asked_for_no_more(self) -> None:
        """An undeployed process that waits costs no question each tick, and is forgotten in the end."""
        world = World()
        deployed = world.catalog.deploy(catch())
        world.tick()
        world.catalog.undeploy("orders")
        world.tick()
        world.catalog.unreadable.add(deployed.key)  # each read is an error now

        world.tick(timedelta(days=31))

        assert run_async(world.registry.known_definitions("cluster1")) == {}


class TestWaitingVersions:
    def test_older_versions_wait_while_the_list_is_empty_for_a_moment(self) -> None:
        """An empty list of waiting versions removes no listener within the hour."""
        world = World()
        old = world.catalog.deploy(catch("OldCatch"))
        world.tick()
        world.catalog.waiting.add(old.key)
        world.catalog.deploy(start("NewStart"))
        world.tick()
        world.catalog.waiting.clear()

        for _ in range(30):
            world.tick()

        assert {each.element_id for each in listening(world)} == {"OldCatch", "NewStart"}

    def test_rows_of_superseded_versions_are_deleted(self) -> None:
        """The row of a version that listens no more is deleted in the end."""
        world = World()
        for _ in range(40):
            world.catalog.deploy(start())
            world.tick()

        assert len(run_async(world.registry.known_definitions("cluster1"))) == 1
        assert world.catalog.xml_reads == 40

    def test_unknown_waiting_definitions_are_read_once(self) -> None:
        """A superseded version without elements of ours that the cluster lists as waiting stays known."""
        world = World()
        stranger = world.catalog.deploy()
        world.catalog.waiting.add(stranger.key)
        world.tick()
        world.catalog.deploy()
        for _ in range(5):
            world.tick()

        assert world.catalog.xml_reads == 2

    def test_superseded_version_stays_until_the_newest_was_read(self) -> None:
        """While the newest version is not read, the one before it listens and is kept."""
        world = World()
        old = world.catalog.deploy(start())
        world.tick()
        world.catalog.not_yet_readable.add(world.catalog.deploy(start()).key)
        for _ in range(3):
            world.tick()

        assert [each.definition_key for each in listening(world)] == [old.key]

    def test_no_row_is_deleted_while_waiting_instances_cannot_be_listed(self) -> None:
        """Without the list of waiting versions no superseded one is forgotten."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.deploy(start())
        world.catalog.waiting_is_away = True

        world.tick()

        assert len(run_async(world.registry.known_definitions("cluster1"))) == 2
