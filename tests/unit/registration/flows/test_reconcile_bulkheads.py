"""One bad definition, document, element, token, secret, user, webhook, row or gap stops no other."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ResourceKind, StartRun, Webhook
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, EngineRejected, ErrorCode, StoreRejected
from apify_camunda.identifiers import WebhookId
from apify_camunda.json_types import JsonObject
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.flows.remove_webhooks import Removed

from tests.builders_bpmn import catch, start
from tests.event_loop import run_async
from tests.fakes.apify import TOKEN, FakeApify, FakeApifyAccounts
from tests.fakes.catalog import FakeCatalog
from tests.fakes.reconciler_world import PUBLIC_URL, World
from tests.fakes.registry import FakeRegistry

OTHER_TOKEN = "a-token-of-others"
DEAF = "Apify answers others."


def good_is_heard(world: World) -> bool:
    """Return whether an event reaches the process `good`, and its state says so."""
    paths = [hook.request_url.removeprefix(f"{PUBLIC_URL}/") for hook in world.hooks if hook.is_enabled]
    listening = [run_async(world.registry.listeners(path)) for path in paths]
    is_heard = any(each.process_id == "good" for elements in listening for each in elements or ())
    return is_heard and "good/1/Start_1" in world.statuses


class Refusing(FakeRegistry):
    """A registry that takes no item whose name is `huge`."""

    async def set_listeners(self, route: str, elements: Sequence[InboundElement]) -> None:
        self._refuse(route)
        await super().set_listeners(route, [each for each in elements if each.element_id != "huge"])
        self._refuse(*(each.element_id for each in elements))

    async def report_element(self, cluster: str, status: ElementStatus) -> None:
        self._refuse(status.element)
        await super().report_element(cluster, status)

    async def save_definition(self, cluster: str, scanned: Any) -> None:
        self._refuse(scanned.definition.name)
        await super().save_definition(cluster, scanned)

    def _refuse(self, *items: object) -> None:
        if any("huge" in str(item) for item in items):
            raise StoreRejected("too large")


def xml_is_not_given(world: World) -> None:
    world.catalog.unreadable.add(world.catalog.deploy(start(), process_id="bad").key)


def document_is_no_bpmn(world: World) -> None:
    world.catalog.deploy(process_id="bad", xml="<a><b></a>")


def element_is_too_large(world: World) -> None:
    world.catalog.deploy(start(resultExpression="x" * 420_000), process_id="bad")


def element_is_not_kept(world: World) -> None:
    world.registry = Refusing(world.clock)
    world.catalog.deploy(start("huge"), process_id="bad")


def definition_is_not_kept(world: World) -> None:
    world.registry = Refusing(world.clock)
    world.catalog.deploy(start(), process_id="bad", name="huge")


def path_is_not_kept(world: World) -> None:
    world.registry = Refusing(world.clock)
    world.catalog.deploy(start(inbound_context="huge"), process_id="bad")


def path_is_too_long(world: World) -> None:
    world.catalog.deploy(start(inbound_context="c" * 3000), process_id="bad")


def path_is_a_secret(world: World) -> None:
    world.catalog.deploy(start(inbound_context="{{secrets.HALF}}"), process_id="bad")
    world.secrets.held["HALF"] = "\ud83d"


def token_cannot_be_sent(world: World) -> None:
    world.catalog.deploy(start(authentication_token="apify_api_\u2026"), process_id="bad")


def token_is_nobodys(world: World) -> None:
    world.catalog.deploy(start(authentication_token="token-of-nobody"), process_id="bad")


def resource_cannot_be_sent(world: World) -> None:
    world.catalog.deploy(start(resourceId="acme/crawler\u2026"), process_id="bad")


def secret_is_missing(world: World) -> None:
    world.catalog.deploy(start(authentication_token="{{secrets.NOPE}}"), process_id="bad")


def user_is_not_answered(world: World) -> None:
    world.apify.tokens[OTHER_TOKEN] = "user-other"
    world.catalog.deploy(start(authentication_token=OTHER_TOKEN), process_id="bad")
    world.reconcile = world.fresh(accounts=Accounts(world, {OTHER_TOKEN: Deaf}))


def token_may_not_touch_webhooks(world: World) -> None:
    world.apify.tokens[OTHER_TOKEN] = world.apify.tokens[TOKEN]
    world.catalog.deploy(start(authentication_token=OTHER_TOKEN), process_id="bad")
    world.reconcile = world.fresh(accounts=Accounts(world, {OTHER_TOKEN: Narrow}))


def webhook_is_refused(world: World) -> None:
    world.apify.actors["acme~picky"] = "picky"
    world.catalog.deploy(start(resourceId="acme~picky"), process_id="bad")
    world.reconcile = world.fresh(accounts=Accounts(world, {TOKEN: Picky}))


class Deaf(FakeApify):
    async def webhooks(self) -> AsyncIterator[Webhook]:
        raise ApifyUnavailable(DEAF)
        yield


class Narrow(FakeApify):
    """A token that may read, and write nothing."""

    async def create_webhook(self, spec: Any) -> Any:
        raise forbidden()

    async def update_webhook(self, webhook: Any, spec: Any) -> Any:
        raise forbidden()

    async def delete_webhook(self, webhook: Any) -> None:
        raise forbidden()


class Picky(FakeApify):
    async def create_webhook(self, spec: Any) -> Any:
        if spec.resource_id == "picky":
            raise ApifyRejected("no", code=ErrorCode.WEBHOOK_REFUSED, status=400)
        return await super().create_webhook(spec)


def forbidden() -> ApifyRejected:
    return ApifyRejected("insufficient-permissions", code=ErrorCode.FORBIDDEN, status=403)


class Accounts(FakeApifyAccounts):
    """Opens Apify; some tokens see another one."""

    def __init__(self, world: World, kinds: dict[str, type[FakeApify]]) -> None:
        super().__init__(world.apify)
        self._kinds = kinds

    def with_token(self, token: str) -> FakeApify:
        return self._kinds.get(token, FakeApify)(self.world, token)


TROUBLES: tuple[Callable[[World], None], ...] = (
    xml_is_not_given,
    document_is_no_bpmn,
    element_is_too_large,
    element_is_not_kept,
    definition_is_not_kept,
    path_is_not_kept,
    path_is_too_long,
    path_is_a_secret,
    token_cannot_be_sent,
    token_is_nobodys,
    resource_cannot_be_sent,
    secret_is_missing,
    user_is_not_answered,
    token_may_not_touch_webhooks,
    webhook_is_refused,
)


@pytest.mark.parametrize("first", ["good", "bad"])
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__)
def test_failure_of_one_stops_no_other(trouble: Callable[[World], None], first: str) -> None:
    """A faulty process does not keep another one from listening, in either order of deployment."""
    world = World()
    if first == "good":
        world.catalog.deploy(start(), process_id="good")
    trouble(world)
    if world.reconcile and isinstance(world.registry, Refusing):
        world.reconcile = world.fresh()
    if first == "bad":
        world.catalog.deploy(start(), process_id="good")

    said = [world.tick() for _ in range(3)]

    assert {each["status"] for each in said} == {"ok"}
    assert good_is_heard(world)


TOLD = {
    "xml_is_not_given": ("bad/1/", "waiting", "cannot read this one"),
    "element_is_too_large": ("bad/1/Start_1", "faulty", "420"),
    "definition_is_not_kept": ("bad/1/", "waiting", "too large"),
    "path_is_too_long": ("bad/1/Start_1", "registered", "'inbound.context' must be at most 512 bytes"),
    "path_is_a_secret": ("bad/1/Start_1", "faulty", "names the secret 'HALF'"),
    "token_cannot_be_sent": ("bad/1/Start_1", "faulty", "'authentication.token' must be an API token"),
    "token_is_nobodys": ("bad/1/Start_1", "faulty", "user-or-token-not-found"),
    "resource_cannot_be_sent": ("bad/1/Start_1", "faulty", "'resourceId' must be an id"),
    "secret_is_missing": ("bad/1/Start_1", "faulty", "NOPE"),
    "webhook_is_refused": ("bad/1/Start_1", "faulty", "no"),
}


@pytest.mark.parametrize(
    "trouble", [each for each in TROUBLES if each.__name__ in TOLD], ids=lambda f: f.__name__
)
def test_failure_is_reported(trouble: Callable[[World], None]) -> None:
    """Who looks at the elements finds the one in trouble, and why."""
    world = World()
    trouble(world)
    if isinstance(world.registry, Refusing):
        world.reconcile = world.fresh()

    world.tick()

    element, state, reason = TOLD[trouble.__name__]
    assert world.statuses[element][0] == state
    assert reason in str(world.statuses[element][1])


class TestDefinitions:
    def test_unreadable_ones_come_last(self) -> None:
        """However many cannot be read, those that can are read within a few ticks."""
        world = World(xml_reads=10)
        world.catalog.deploy(start(), process_id="good")
        for number in range(50):
            world.catalog.unreadable.add(world.catalog.deploy(start(), process_id=f"bad{number}").key)

        for _ in range(6):
            world.tick()

        assert good_is_heard(world)

    def test_older_version_goes_on_while_the_newest_cannot_be_read(self) -> None:
        """A newer version whose document is not given takes the older one off no path."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.unreadable.add(world.catalog.deploy(start()).key)

        world.tick()

        assert "Start_1" in world.routes[f"apify/{world.rows[0].id}"]
        assert world.statuses["orders/1/Start_1"] == ("registered", None)

    def test_process_that_cannot_be_asked_for_stays(self) -> None:
        """A missing process of which the cluster cannot tell listens on; another missing one is asked for."""
        world = World()
        bad, gone = (world.catalog.deploy(start(), process_id=name) for name in ("bad", "gone"))
        world.tick()
        world.catalog.left_out |= {"bad", "gone"}
        world.catalog.unreadable.add(bad.key)
        world.catalog.undeploy("gone")

        world.tick()

        [listening] = [run_async(world.registry.listeners(f"apify/{row.id}")) for row in world.rows]
        assert listening is not None
        assert [each.definition_key for each in listening] == [bad.key]
        assert gone.key not in run_async(world.registry.known_definitions("cluster1"))

    def test_version_that_cannot_be_asked_about_waits(self) -> None:
        """An older version of which the cluster cannot tell whether it waits listens on."""
        world = World(lists_waiting=False)
        bad, idle = (world.catalog.deploy(catch(), process_id=name) for name in ("bad", "idle"))
        world.tick()
        for name in ("bad", "idle"):
            world.catalog.deploy(start(), process_id=name)
        world.catalog.unreadable.add(bad.key)

        for _ in range(5):
            world.tick(timedelta(minutes=45))

        [row] = world.rows
        listening = run_async(world.registry.listeners(f"apify/{row.id}"))
        assert listening is not None
        assert {each.definition_key for each in listening if each.element_id == "Catch_1"} == {bad.key}
        assert idle.key in world.catalog.probed


class TestCatalogueThatRefuses:
    @pytest.mark.parametrize("rejection", ["NO_SECONDARY_STORAGE", "INVALID_ARGUMENT"])
    def test_refusal_is_reported_and_changes_nothing(
        self, rejection: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A cluster that refuses to list its definitions ends the tick with an ERROR, not with a crash."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.reconcile = world.fresh(catalog=RefusingCatalog(rejection))

        assert world.tick() == {"status": "refused", "reason": "no search here"}
        assert len(world.hooks) == 1
        [record] = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.message == "catalogue was refused"

        world.reconcile = world.fresh()
        assert world.tick()["status"] == "ok"


class RefusingCatalog(FakeCatalog):
    def __init__(self, rejection: str) -> None:
        super().__init__()
        self._rejection = rejection

    async def latest_definitions(self) -> AsyncIterator[Any]:
        raise EngineRejected("no search here", rejection=self._rejection)
        yield


class TestUsers:
    def test_disabled_webhook_comes_back_at_the_limit(self) -> None:
        """A webhook that was disabled makes room for the one that replaces it."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        [hook] = world.hooks
        world.apify.webhook_limit = 1
        FakeApify(world.apify, TOKEN).disable_webhook(hook.id)

        world.tick()

        assert [each.is_enabled for each in world.hooks] == [True]
        state, note = world.statuses["orders/1/Start_1"]
        assert state == "registered"
        assert "isEnabled" in str(note)

    def test_token_that_serves_is_asked_first(self) -> None:
        """A token that was refused once is not asked before the one that served."""
        world = World()
        world.apify.tokens[OTHER_TOKEN] = world.apify.tokens[TOKEN]
        asked: list[str] = []

        class Noting(Narrow):
            async def create_webhook(self, spec: Any) -> Any:
                asked.append(spec.resource_id)
                return await super().create_webhook(spec)

        world.apify.actors |= {"acme~a": "a", "acme~b": "b", "acme~c": "c"}
        world.catalog.deploy(
            *(start(name, resourceId=f"acme~{name}") for name in "abc"),
            start("Narrow", authentication_token=OTHER_TOKEN),
        )
        world.reconcile = world.fresh(accounts=Accounts(world, {OTHER_TOKEN: Noting}))

        world.tick()

        assert len(world.hooks) == 4
        assert len(asked) == 1


class Scoped(FakeApify):
    """A token that sees and manages the webhooks of one Actor alone, of the same name as the token."""

    async def webhooks(self) -> AsyncIterator[Webhook]:
        async for hook in super().webhooks():
            if hook.condition.get("actorId") == self._token:
                yield hook

    async def create_webhook(self, spec: Any) -> Any:
        self._check(spec)
        return await super().create_webhook(spec)

    async def update_webhook(self, webhook: Any, spec: Any) -> Any:
        self._check(spec)
        return await super().update_webhook(webhook, spec)

    def _check(self, spec: Any) -> None:
        if spec.resource_id != self._token:
            raise forbidden()


class Blind(Scoped):
    """A scoped token that may list no webhooks at all."""

    async def webhooks(self) -> AsyncIterator[Webhook]:
        raise forbidden()
        yield

    async def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        raise forbidden()
        yield


class OfItsActor(Scoped):
    """A scoped token that may list the webhooks of its Actor, and not those of the user."""

    async def webhooks(self) -> AsyncIterator[Webhook]:
        raise forbidden()
        yield

    async def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        if resource_id != self._token:
            raise forbidden()
        async for hook in super().webhooks_of(kind, resource_id):
            yield hook


class TestScopedTokens:
    @pytest.fixture
    def world(self) -> World:
        world = World()
        world.apify.tokens |= dict.fromkeys(("x", "y"), "user-acme")
        world.apify.actors |= {"acme~x": "x", "acme~y": "y"}
        for name in ("x", "y"):
            world.catalog.deploy(start(authentication_token=name, resourceId=name), process_id=name)
        return world

    @pytest.mark.parametrize("kinds", list(itertools.product((Scoped, OfItsActor, Blind), repeat=2)))
    def test_what_one_does_not_see_is_not_gone(
        self, world: World, kinds: tuple[type[FakeApify], ...]
    ) -> None:
        """However little each token sees, each Actor has one webhook, which stays."""
        world.reconcile = world.fresh(accounts=Accounts(world, dict(zip("xy", kinds, strict=True))))
        world.tick()
        before = {hook.id for hook in world.hooks}

        for _ in range(5):
            world.tick()

        assert {hook.id for hook in world.hooks} == before
        assert sorted(hook.condition["actorId"] for hook in world.hooks) == ["x", "y"]
        assert {state for state, _ in world.statuses.values()} == {"registered"}
        assert world.metrics.counted["WebhooksRepaired"] == 2

    @pytest.mark.parametrize("kind", [Scoped, OfItsActor])
    def test_what_one_sees_is_left_as_it_is(self, world: World, kind: type[FakeApify]) -> None:
        """A webhook that is shown is changed only where that is needed, in both lists that show it."""
        puts: list[WebhookId] = []

        class Noting(kind):  # type: ignore[valid-type,misc]  # a kind of token
            async def update_webhook(self, webhook: WebhookId, spec: Any) -> Any:
                puts.append(webhook)
                return await super().update_webhook(webhook, spec)

        world.reconcile = world.fresh(accounts=Accounts(world, {"x": Noting, "y": Noting}))
        for _ in range(3):
            world.tick()

        assert len(world.hooks) == 2
        assert puts == []

    @pytest.mark.parametrize("kind", [Scoped, OfItsActor])
    def test_webhook_that_was_disabled_comes_back(self, world: World, kind: type[FakeApify]) -> None:
        """That a webhook was disabled is seen by a scoped token, too."""
        world.reconcile = world.fresh(accounts=Accounts(world, {"x": kind, "y": kind}))
        world.tick()
        FakeApify(world.apify, TOKEN).disable_webhook(world.hooks[0].id)

        world.tick()

        assert [hook.is_enabled for hook in world.hooks] == [True, True]

    def test_webhook_that_is_not_listed_is_deleted(self, world: World) -> None:
        """A webhook that is wanted no more is deleted by its id where no list shows it."""
        world.reconcile = world.fresh(accounts=Accounts(world, {"x": Scoped, "y": Blind}))
        world.tick()
        world.catalog.undeploy("y")

        world.tick()

        assert [hook.condition for hook in world.hooks] == [{"actorId": "x"}]

    def test_end_of_a_deployment_leaves_no_unlisted_webhook(self, world: World) -> None:
        """Before a deployment ends its webhooks go, also those that no token lists."""
        accounts = Accounts(world, {"x": Blind, "y": Blind})
        world.reconcile = world.fresh(accounts=accounts)
        world.tick()

        removed = run_async(world.removal(accounts)(world.deadline))

        assert (removed, world.hooks, world.rows) == (Removed(2), [], [])

    def test_list_that_lags_behind_makes_no_second_webhook(self) -> None:
        """A webhook that was made a moment ago and is not listed yet is not made again."""
        world = World()
        world.catalog.deploy(start())

        class Lagging(FakeApify):
            async def webhooks(self) -> AsyncIterator[Webhook]:
                return
                yield

        world.reconcile = world.fresh(accounts=Accounts(world, {TOKEN: Lagging}))
        for _ in range(5):
            world.tick()

        assert len(world.hooks) == 1
        assert world.parking.events == []


class TestGaps:
    def test_gap_that_cannot_be_searched_stops_no_other(self) -> None:
        """Where one Actor's runs are not to be had, another's are."""
        world = World()
        world.apify.actors["acme~shut"] = "shut"
        world.catalog.deploy(start(), start("Shut", resourceId="acme~shut"))
        world.tick()
        world.apify.webhooks.clear()
        run_id = world.end_run()
        world.reconcile = world.fresh(accounts=Accounts(world, {TOKEN: Shut}))

        world.tick()

        assert world.found_runs == [run_id]
        assert {row.resource_id: row.gap_until is None for row in world.rows} == {
            "actor1": True,
            "shut": False,
        }

    def test_gap_is_searched_no_further_than_the_ledger_remembers(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An event whose rows have expired is not delivered again, but reported."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.apify.webhooks.clear()
        world.apify.tokens.clear()
        world.end_run()
        world.clock.advance(timedelta(days=14))
        later = world.end_run()
        world.apify.tokens[TOKEN] = "user-acme"
        world.reconcile = world.fresh()

        world.tick()

        assert world.found_runs == [later]
        assert "gap was too old to be searched whole" in caplog.messages

    def test_long_gap_ends_and_stops_no_other(self) -> None:
        """A gap of more runs than a tick has time for is got through in steps, each run parked once."""
        world = World()
        world.apify.actors["acme~small"] = "small"
        world.catalog.deploy(start(), start("Small", resourceId="acme~small"))
        world.tick()
        world.apify.webhooks.clear()
        many = [world.end_run(timedelta(seconds=1)) for _ in range(1000)]
        small = end_run_of(world, "small")
        world.reconcile = world.fresh(accounts=Accounts(world, {TOKEN: slow(world)}))

        after: list[JsonObject] = []
        while any(row.gap_until for row in world.rows) or not after:
            began = world.clock.now()
            after.append(world.tick())
            assert world.clock.now() - began < timedelta(minutes=6), "Lambda ends a tick after five minutes"
            assert after[-1]["caughtUp"], "each tick gets on"
            if len(after) == 1:
                assert small in world.found_runs

        assert sorted(world.found_runs) == sorted([*many, small])
        assert world.found_runs.index(many[0]) < world.found_runs.index(many[-1])


class Shut(FakeApify):
    async def runs(self, kind: ResourceKind, resource_id: str, **options: Any) -> AsyncIterator[Any]:
        if resource_id == "shut":
            raise forbidden()
        async for run in super().runs(kind, resource_id, **options):
            yield run


def slow(world: World) -> type[FakeApify]:
    class Slow(FakeApify):
        async def run(self, run_id: Any) -> Any:
            world.clock.advance(timedelta(seconds=1))
            return await super().run(run_id)

    return Slow


def end_run_of(world: World, actor: str) -> str:
    run_id = world.apify.start_elsewhere(StartRun(ResourceKind.ACTOR, actor))
    world.apify.end_run(run_id)
    return run_id
