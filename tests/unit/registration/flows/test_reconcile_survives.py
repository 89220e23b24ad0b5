"""Wherever a reconciler dies, the next tick repairs what it left behind, and no event is lost."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from apify_camunda.apify.port import Apify
from apify_camunda.identifiers import ApifyUserId, WebhookId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.flows.remove_webhooks import Removed

from tests.builders_bpmn import catch, start
from tests.event_loop import run_async
from tests.fakes.apify import TOKEN, FakeApify, FakeApifyAccounts
from tests.fakes.mortal import Killed, Lifetime
from tests.fakes.reconciler_world import World

FEWEST_STEPS = 10
THE_DEAD_HAVE_THE_RIGHT_FOR = timedelta(minutes=5)


class MortalAccounts:
    """Opens Apify for as long as the invocation lives."""

    def __init__(self, world: World, lifetime: Lifetime) -> None:
        self._accounts = FakeApifyAccounts(world.apify)
        self._lifetime = lifetime

    def with_token(self, token: str) -> Apify:
        account: Apify = self._lifetime.mortal(self._accounts.with_token(token))
        return account


def dying_tick(world: World, step: int, *, after: bool) -> Lifetime:
    """Run a tick that dies at a step."""
    lifetime = Lifetime(step, after=after)
    live = lifetime.mortal
    reconcile = world.fresh(
        catalog=live(world.catalog),
        accounts=MortalAccounts(world, lifetime),
        registry=live(world.registry),
        parking=live(world.parking),
        secrets=live(world.secrets),
    )
    with contextlib.suppress(Killed):
        run_async(reconcile(world.deadline))
    return lifetime


def set_up(world: World) -> None:
    world.catalog.deploy(start())


def deleted_at_apify(world: World) -> None:
    set_up(world)
    world.tick()
    world.apify.webhooks.clear()


def redeployed_for_another_actor(world: World) -> None:
    set_up(world)
    world.tick()
    world.apify.actors["acme~other"] = "actor2"
    world.catalog.deploy(start(resourceId="actor2"))


def undeployed(world: World) -> None:
    set_up(world)
    world.tick()
    world.catalog.undeploy("orders")


def disabled_at_the_limit(world: World) -> None:
    set_up(world)
    world.tick()
    world.apify.webhook_limit = 1
    [hook] = world.hooks
    FakeApifyAccounts(world.apify).with_token(TOKEN).disable_webhook(hook.id)


def under_a_new_key_of_the_same_name(world: World) -> None:
    set_up(world)
    world.tick()
    world.secrets.keys = SigningKeys("k2", {"k2": b"another-key-of-the-same-name"})


def out_of_sight_for_a_day(world: World) -> None:
    set_up(world)
    world.tick()
    world.catalog.hidden.add("orders")
    world.tick()
    world.clock.advance(timedelta(hours=25))


def back_in_sight(world: World) -> None:
    out_of_sight_for_a_day(world)
    world.tick()
    world.catalog.hidden.clear()


def redeployed_while_versions_wait(world: World) -> None:
    old = world.catalog.deploy(start(), catch())
    world.tick()
    world.catalog.waiting.add(old.key)
    world.catalog.deploy(start(), catch("Catch_2"))


def undeployed_while_instances_wait(world: World) -> None:
    old = world.catalog.deploy(start(), catch())
    world.tick()
    world.catalog.waiting.add(old.key)
    world.catalog.undeploy("orders")


def cluster_that_was_reset(world: World) -> None:
    world.catalog.deploy(start(), catch())
    world.catalog.deploy(start(), process_id="other")
    world.tick()
    world.catalog.reset()
    world.catalog.deploy(start(), process_id="invoices")
    world.catalog.deploy(start("Another"), process_id="other")


def cluster_that_was_reset_and_tells_its_id(world: World) -> None:
    world.catalog.told_id = "id-1"
    cluster_that_was_reset(world)


SITUATIONS: dict[str, Callable[[World], None]] = {
    each.__name__: each
    for each in (
        set_up,
        deleted_at_apify,
        redeployed_for_another_actor,
        undeployed,
        disabled_at_the_limit,
        under_a_new_key_of_the_same_name,
        out_of_sight_for_a_day,
        back_in_sight,
        redeployed_while_versions_wait,
        undeployed_while_instances_wait,
        cluster_that_was_reset,
        cluster_that_was_reset_and_tells_its_id,
    )
}


def picture(world: World) -> Any:
    """Return what there is, without ids and times that may differ."""
    return (
        sorted((hook.request_url, str(hook.condition), hook.is_enabled) for hook in world.hooks),
        sorted((row.id, row.event_types, row.signature, row.failures) for row in world.rows),
        world.routes,
        all(row.webhook_id in world.apify.webhooks for row in world.rows),
    )


def deaths(prepare: Callable[[World], Any], *, after: bool) -> Iterator[tuple[int, World, Any]]:
    """Yield the step, the world and what `prepare` returned, for a tick that died at each of its steps."""
    for step in count():
        world = World()
        prepared = prepare(world)
        if not dying_tick(world, step, after=after).is_dead:
            assert step >= FEWEST_STEPS
            return
        yield step, world, prepared


def next_ticks(world: World) -> None:
    """Let the dead tick lose its right, and a new environment tick."""
    world.reconcile = world.fresh()
    world.clock.advance(THE_DEAD_HAVE_THE_RIGHT_FOR)
    for _ in range(3):
        world.tick()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_next_ticks_repair_it(situation: str, after: Any) -> None:
    """After a death at any step the next ticks reach what an undisturbed reconciler reaches."""
    undisturbed = World()
    SITUATIONS[situation](undisturbed)
    next_ticks(undisturbed)
    wanted = picture(undisturbed)

    for step, world, _ in deaths(SITUATIONS[situation], after=after):
        next_ticks(world)
        assert picture(world) == wanted, f"death at step {step}"


@pytest.mark.parametrize("loss", [deleted_at_apify, disabled_at_the_limit], ids=lambda each: each.__name__)
def test_no_run_falls_into_the_gap(loss: Callable[[World], None]) -> None:
    """A run that ends at any moment of the repair is found, whether the repairer dies or not."""

    def run_in_the_gap(world: World) -> str:
        loss(world)
        return world.end_run()

    undisturbed = World()
    run_id = run_in_the_gap(undisturbed)
    next_ticks(undisturbed)
    assert set(undisturbed.found_runs) == {run_id}

    for step, world, run_id in deaths(run_in_the_gap, after=True):
        next_ticks(world)
        assert set(world.found_runs) == {run_id}, f"death at step {step}"
        assert [hook.is_enabled for hook in world.hooks] == [True], f"death at step {step}"


def test_what_a_return_needs_survives() -> None:
    """Wherever the tick dies that lets a process go, a run that ended before its return is found."""
    for step, world, _ in deaths(out_of_sight_for_a_day, after=True):
        world.clock.advance(THE_DEAD_HAVE_THE_RIGHT_FOR)
        world.tick()
        assert world.hooks == [], f"death at step {step}"
        run_id = world.end_run()
        world.catalog.hidden.clear()
        for _ in range(3):
            world.tick()
        assert set(world.found_runs) == {run_id}, f"death at step {step}"


def test_element_that_moves_always_listens() -> None:
    """While an element moves to another Actor, at every moment some webhook has it as a listener."""
    for step, world, _ in deaths(redeployed_for_another_actor, after=True):
        heard = set()
        for hook in world.hooks:
            route = hook.request_url.partition("https://hooks.example/")[2]
            heard |= world.routes.get(route, set())
        assert "Start_1" in heard, f"death at step {step}"


class Hesitating:
    """A port that lets others go first at each of its calls."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(0)
            return await method(*args, **kwargs)

        return call


@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_two_ticks_at_once_are_one(situation: str) -> None:
    """Of two ticks at once one does nothing, and what the other does is what one alone would do."""
    undisturbed, world = World(), World()
    for each in (undisturbed, world):
        SITUATIONS[situation](each)
    undisturbed.tick(timedelta())

    async def both() -> list[Any]:
        ticks = [
            world.fresh(registry=Hesitating(world.registry), catalog=Hesitating(world.catalog))
            for _ in range(2)
        ]
        return list(await asyncio.gather(*(tick(world.deadline) for tick in ticks)))

    assert sorted(each["status"] for each in run_async(both())) == ["busy", "ok"]
    assert picture(world) == picture(undisturbed)
    assert world.tick()["status"] == "ok"


def test_removal_beside_a_tick_is_refused() -> None:
    """While a tick is under way nothing is removed, as the tick could create it again."""
    world = World()
    set_up(world)
    world.tick()
    run_async(world.registry.begin_tick(until=world.deadline.at))

    assert run_async(world.removal()(world.deadline)) is None

    assert (len(world.hooks), len(world.rows)) == (1, 1)


def test_tick_beside_a_removal_recreates_nothing() -> None:
    """A tick that begins while webhooks are being removed, before it has seen the pause, does nothing."""
    world = World()
    set_up(world)
    world.tick()

    class BesideTicks(FakeApify):
        async def delete_webhook(self, webhook: WebhookId) -> None:
            await super().delete_webhook(webhook)
            said.append((await world.fresh()(world.deadline))["status"])

    class Accounts:
        def with_token(self, token: str) -> Apify:
            return BesideTicks(world.apify, token)

    said: list[Any] = []
    assert run_async(world.removal(Accounts())(world.deadline)) == Removed(1)

    assert said == ["busy"]
    assert (world.hooks, world.rows, world.routes) == ([], [], {})


def test_tick_that_overlooked_the_pause_recreates_nothing() -> None:
    """A tick that was let in just before the pause, and acts only after the removal, does nothing."""
    world = World()
    set_up(world)
    world.tick()

    class Overlooked:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.registry, name)

        async def begin_tick(self, *, until: datetime) -> bool:
            await world.registry.set_paused("inbound", paused=True)
            await world.removal()(world.deadline)
            return await world.registry.begin_tick(until=until)

    said = run_async(world.fresh(registry=Overlooked())(world.deadline))

    assert said == {"status": "paused"}
    assert (world.hooks, world.rows) == ([], [])
    assert run_async(world.registry.begin_tick(until=world.deadline.at))


def test_removal_that_takes_too_long_goes_on_when_it_is_said_again() -> None:
    """The right to remove ends like that of a tick; what is left then goes at the next try."""
    world = World()
    world.catalog.deploy(start(), start("Task", resourceType="task", resourceId="task1"))
    world.tick()

    class Slow(FakeApify):
        async def delete_webhook(self, webhook: WebhookId) -> None:
            await super().delete_webhook(webhook)
            world.clock.advance(timedelta(minutes=6))

    class Accounts:
        def with_token(self, token: str) -> Apify:
            return Slow(world.apify, token)

    removal = world.removal(Accounts())
    assert run_async(removal(world.deadline)) == Removed(1, is_whole=False)
    assert run_async(removal(world.deadline)) == Removed(1)
    assert (world.hooks, world.rows) == ([], [])


def test_two_deployments_leave_each_other_alone() -> None:
    """Two deployments that share an Apify account and processes have a webhook each."""
    one = World()
    set_up(one)
    other = World(deployment_id="acme-eu", public_url="https://hooks.example/eu")
    other.apify, other.reconcile = one.apify, None  # type: ignore[assignment]  # built again below
    set_up(other)
    other.reconcile = other.fresh()

    for _ in range(3):
        one.tick()
        other.tick()

    assert len(one.hooks) == 2
    assert {row.apify_user_id for row in (*one.rows, *other.rows)} == {ApifyUserId("user-acme")}
    run_async(other.removal()(other.deadline))
    assert [hook.request_url for hook in one.hooks] == [f"https://hooks.example/apify/{one.rows[0].id}"]
