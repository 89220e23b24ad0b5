"""Which steps lead from what there is to what is wanted, and that no event is lost on the way."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never

import pytest
from apify_camunda.apify.model import ResourceKind, Webhook
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import ApifyUserId, RegistrationId, WebhookId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import registration_id, request_url, signature_mark
from apify_camunda.registration.domain.plan import Deployment, Observed, WantedRegistration, plan
from apify_camunda.registration.domain.plan_steps import (
    CheckWebhook,
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
    UpdateWebhook,
)
from apify_camunda.registration.domain.registration import Registration, Tombstone
from apify_camunda.registration.domain.retained_listeners import Unresolved, retain
from apify_camunda.registration.domain.webhook_upkeep import Upkeep, after_check
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders
from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS

USER = ApifyUserId("user1")
DEPLOYMENT = Deployment("acme", "https://hooks.example")


def name(resource: str) -> RegistrationId:
    return registration_id("acme", USER, ResourceKind.ACTOR, resource)


def url(resource: str) -> str:
    return request_url(DEPLOYMENT.public_url, name(resource))


def elements(*ids: str) -> tuple[InboundElement, ...]:
    return tuple(builders.plain_start(element_id=each) for each in ids)


def wanted(resource: str, *ids: str, types: tuple[str, ...] = ("ACTOR.RUN.FAILED",)) -> WantedRegistration:
    return WantedRegistration(
        name(resource), USER, ResourceKind.ACTOR, resource, types, ("t",), elements(*ids)
    )


def by_id(*each: WantedRegistration) -> dict[RegistrationId, WantedRegistration]:
    return {one.id: one for one in each}


def webhook(resource: str, number: str, **changes: object) -> Webhook:
    hook = Webhook(
        WebhookId(number), url(resource), ("ACTOR.RUN.FAILED",), {"actorId": resource}, True, False
    )
    return replace(hook, **changes)  # type: ignore[arg-type]  # a test names the fields


def row(resource: str, **changes: object) -> Registration:
    standing = Registration(
        id=name(resource),
        apify_user_id=USER,
        kind=ResourceKind.ACTOR,
        resource_id=resource,
        event_types=("ACTOR.RUN.FAILED",),
        token_expressions=("t",),
        webhook_id=WebhookId("w1"),
        covered_until=NOON,
        signature=signature_mark(name(resource), KEYS),
    )
    return standing.model_copy(update=changes)


@dataclass
class World:
    """What there is, and what a step makes of it."""

    rows: dict[RegistrationId, Registration] = field(default_factory=dict)
    routes: dict[str, frozenset[str]] = field(default_factory=dict)
    hooks: dict[WebhookId, Webhook] = field(default_factory=dict)
    listed: bool = True
    keys: SigningKeys = KEYS
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(100))

    @property
    def observed(self) -> Observed:
        listed = {USER: list(self.hooks.values())} if self.listed else {}
        return Observed(dict(self.rows), dict(self.routes), listed, self.keys, NOON)

    def plan(self, *each: WantedRegistration) -> tuple[Step, ...]:
        return plan(by_id(*each), {}, self.observed, DEPLOYMENT)

    def take(self, step: Step) -> None:
        match step:
            case SetListeners(route=route, elements=listening):
                self.routes[route] = frozenset(each.listener_key for each in listening)
                if not listening:
                    del self.routes[route]
            case SaveRegistration(registration=saved):
                self.rows[saved.id] = saved
            case CreateWebhook(registration=made):
                hook = self._as_wanted(made, WebhookId(f"w{next(self.numbers)}"))
                self.hooks[hook.id] = hook
                self.rows[made.id] = made.model_copy(
                    update={"webhook_id": hook.id, "signature": signature_mark(made.id, self.keys)}
                )
            case CheckWebhook():
                upkeep = Upkeep(DEPLOYMENT.public_url, self.keys, NOON)
                for follows in after_check(step, self.hooks.get(step.webhook_id), upkeep):
                    self.take(follows)
            case UpdateWebhook(registration=made, webhook_id=hook_id):
                self.hooks[hook_id] = self._as_wanted(made, hook_id)
                self.rows[made.id] = made.model_copy(
                    update={"webhook_id": hook_id, "signature": signature_mark(made.id, self.keys)}
                )
            case DeleteWebhook(webhook_id=hook_id):
                self.hooks.pop(hook_id, None)
            case RemoveRegistration(registration_id=gone):
                del self.rows[gone]
                self.routes.pop(f"apify/{gone}", None)
            case _:
                assert_never(step)

    def heard(self) -> set[str]:
        """Return the elements that an event of their resource reaches."""
        routes = {
            hook.request_url.partition("example/")[2] for hook in self.hooks.values() if hook.is_enabled
        }
        return {key for route in routes for key in self.routes.get(route, ())}

    def _as_wanted(self, made: Registration, hook_id: WebhookId) -> Webhook:
        condition = {"actorId": made.resource_id}
        made_url = request_url(DEPLOYMENT.public_url, made.id)
        return Webhook(hook_id, made_url, made.event_types, condition, True, False)


def settled(*each: WantedRegistration) -> World:
    """Return a world in which these are registered."""
    world = World()
    for step in world.plan(*each):
        world.take(step)
    for one in world.rows.values():
        world.rows[one.id] = one.model_copy(update={"gap_until": None})
    return world


def kinds(steps: tuple[Step, ...]) -> list[str]:
    return [type(step).__name__ for step in steps]


class TestOrder:
    def test_listeners_come_before_the_webhook(self) -> None:
        """Who listens is known before anything calls; the row is there before the webhook is."""
        assert kinds(World().plan(wanted("a", "E"))) == ["SetListeners", "SaveRegistration", "CreateWebhook"]

    def test_deletions_come_last(self) -> None:
        """The old webhook goes after the new one works."""
        world = settled(wanted("a", "E"))

        assert kinds(world.plan(wanted("b", "E"))) == [
            "SetListeners",
            "SaveRegistration",
            "CreateWebhook",
            "DeleteWebhook",
            "RemoveRegistration",
        ]

    def test_settled_world_needs_nothing(self) -> None:
        """Where all is as wanted there is nothing to do."""
        assert (
            settled(wanted("a", "E", "F"), wanted("b", "G")).plan(wanted("a", "E", "F"), wanted("b", "G"))
            == ()
        )


class TestRepair:
    @pytest.mark.parametrize(
        ("hooks", "steps"),
        [
            pytest.param([webhook("a", "w1")], [], id="all well"),
            pytest.param([], ["CheckWebhook"], id="gone, or out of the tokens' sight"),
            pytest.param(
                [webhook("a", "w1", is_enabled=False)],
                ["SaveRegistration", "DeleteWebhook", "CreateWebhook"],
                id="disabled",
            ),
            pytest.param(
                [webhook("a", "w1", event_types=("ACTOR.RUN.ABORTED",))], ["UpdateWebhook"], id="other types"
            ),
            pytest.param(
                [webhook("a", "w1", request_url="https://old.example/x")], ["UpdateWebhook"], id="moved"
            ),
            pytest.param([webhook("a", "w2")], ["SaveRegistration"], id="made but not noted"),
            pytest.param([webhook("a", "w1"), webhook("a", "w2")], ["DeleteWebhook"], id="twice"),
            pytest.param(
                [webhook("a", "w1", condition={"actorId": "b"})],
                ["SaveRegistration", "DeleteWebhook", "CreateWebhook"],
                id="of another Actor",
            ),
            pytest.param(
                [webhook("a", "w1", condition={"actorRunId": "r"}, is_ad_hoc=True)],
                ["SaveRegistration", "DeleteWebhook", "CreateWebhook"],
                id="of a single run",
            ),
            pytest.param([webhook("a", "w1"), webhook("b", "w9")], ["DeleteWebhook"], id="stray of ours"),
            pytest.param(
                [webhook("a", "w1"), webhook("b", "w9", request_url="https://x.example/apify/acme-0")],
                [],
                id="foreign",
            ),
        ],
    )
    def test_what_drifted_is_repaired(self, hooks: list[Webhook], steps: list[str]) -> None:
        """Every change that was made at Apify is undone; what is not ours is left."""
        keys = frozenset(each.listener_key for each in elements("E"))
        world = World({name("a"): row("a")}, {f"apify/{name('a')}": keys}, {hook.id: hook for hook in hooks})

        assert kinds(world.plan(wanted("a", "E"))) == steps

    def test_found_webhook_ends_a_gap(self) -> None:
        """A webhook that was made by somebody who died before noting it leaves a gap to be searched."""
        world = World({name("a"): row("a", webhook_id=None)}, {}, {WebhookId("w2"): webhook("a", "w2")})

        saved = [
            step.registration for step in world.plan(wanted("a", "E")) if isinstance(step, SaveRegistration)
        ]

        assert [(each.webhook_id, each.gap_until) for each in saved] == [("w2", NOON)]

    def test_rotated_key_updates(self) -> None:
        """A webhook whose header carries another key's signature is updated."""
        world = settled(wanted("a", "E"))
        world.keys = SigningKeys("k2", {"k2": b"another-key-of-the-same-name"})

        assert kinds(world.plan(wanted("a", "E"))) == ["UpdateWebhook"]

    def test_unlisted_user_is_left_alone(self) -> None:
        """Where the webhooks could not be listed none is made, changed or deleted."""
        world = settled(wanted("a", "E"), wanted("b", "F"))
        world.listed = False

        assert kinds(world.plan(wanted("a", "E"), wanted("c", "G"))) == ["SetListeners", "SaveRegistration"]

    def test_registration_rests_after_a_failure(self) -> None:
        """After a failure nothing is tried until the pause is over."""
        world = settled(wanted("a", "E"))
        world.hooks.clear()
        resting = world.rows[name("a")].backed_off("no", needs_person=False, now=NOON)
        world.rows[name("a")] = resting

        assert world.plan(wanted("a", "E")) == ()
        assert world.plan() == ()

    def test_pauses_grow(self) -> None:
        """Each failure doubles the pause, up to an hour."""
        pauses = []
        failing = row("a")
        for _ in range(9):
            failing = failing.backed_off("no", needs_person=False, now=NOON)
            assert failing.not_before is not None
            pauses.append(failing.not_before)

        minutes = [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert pauses == [NOON + timedelta(minutes=each) for each in minutes]


def unresolved(*each: InboundElement, is_faulty: bool = False) -> list[Unresolved]:
    return [Unresolved(element, "who knows", is_faulty) for element in each]


class TestHolding:
    def test_unresolved_element_stays_where_it_listens(self) -> None:
        """An element that cannot be resolved keeps its path, its webhook and its event types."""
        world = settled(wanted("a", "E", types=("ACTOR.RUN.ABORTED",)))

        held = retain({}, unresolved(*elements("E")), world.observed, {})

        assert plan(held, {}, world.observed, DEPLOYMENT) == ()

    def test_it_shares_with_others(self) -> None:
        """Beside others on its path it adds itself, and the types that the webhook had."""
        world = settled(wanted("a", "E", "F", types=("ACTOR.RUN.ABORTED", "ACTOR.RUN.FAILED")))

        held = retain(by_id(wanted("a", "F")), unresolved(*elements("E")), world.observed, {})

        [each] = held.values()
        assert {one.element_id for one in each.elements} == {"E", "F"}
        assert each.event_types == ("ACTOR.RUN.ABORTED", "ACTOR.RUN.FAILED")

    def test_unknown_element_gets_nothing(self) -> None:
        """An element that has never been registered is not registered by being unresolved."""
        assert retain({}, unresolved(*elements("New")), settled(wanted("a", "E")).observed, {}) == {}

    @pytest.mark.parametrize(
        ("resource", "is_faulty", "version"),
        [
            pytest.param("actor1", False, 2, id="same Actor, time may help"),
            pytest.param("actor1", True, 2, id="same Actor, faulty"),
            pytest.param("acme/crawler", False, 1, id="perhaps another Actor, time may help"),
            pytest.param("acme/crawler", True, None, id="perhaps another Actor, faulty"),
        ],
    )
    def test_newer_version_takes_the_place_of_the_older(
        self, *, resource: str, is_faulty: bool, version: int | None
    ) -> None:
        """A process that is deployed again stays on its path while its new version cannot be resolved."""
        world = settled(wanted("a", "E"))
        [older] = elements("E")
        newer = builders.plain_start(
            element_id="E",
            definition_key=2002,
            version=2,
            properties=builders.properties(resourceId=resource),
        )

        held = retain({}, unresolved(newer, is_faulty=is_faulty), world.observed, {name("a"): [older]})

        assert [each.version for one in held.values() for each in one.elements] == [version] * bool(version)

    def test_another_process_replaces_no_element(self) -> None:
        """An element of the same id in another process, or of another tenant, is another element."""
        world = settled(wanted("a", "E"))
        strangers = [
            builders.plain_start(element_id="E", definition_key=2002, **{field: "other"})
            for field in ("process_id", "tenant_id")
        ]

        assert retain({}, unresolved(*strangers), world.observed, {name("a"): elements("E")}) == {}


class TestTombstones:
    def test_what_goes_is_remembered_with_its_listeners(self) -> None:
        """A registration that goes leaves behind since when and by whom it would be missed."""
        world = settled(wanted("a", "E", "F"))

        [tombstone] = [step.tombstone for step in world.plan() if isinstance(step, RemoveRegistration)]

        assert tombstone == Tombstone(
            id=name("a"),
            covered_until=NOON,
            listeners=frozenset(each.listener_key for each in elements("E", "F")),
        )

    def test_a_half_finished_removal_writes_no_second_tombstone(self) -> None:
        """Where the path has gone already, what was remembered then is used."""
        world = settled(wanted("a", "E"))
        world.routes.clear()

        assert [step.tombstone for step in world.plan() if isinstance(step, RemoveRegistration)] == [None]

    @pytest.mark.parametrize(("returning", "hours"), [("E", 5), ("Other", 0)])
    def test_only_former_listeners_are_caught_up(self, returning: str, hours: int) -> None:
        """Who comes back is caught up from where they left; who is new begins now."""
        left = NOON - timedelta(hours=5)
        listeners = frozenset(each.listener_key for each in elements("E"))
        tombstones = {name("a"): Tombstone(id=name("a"), covered_until=left, listeners=listeners)}
        observed = replace(World().observed, tombstones=tombstones)

        steps = plan(by_id(wanted("a", returning)), {}, observed, DEPLOYMENT)

        [made] = [step.registration for step in steps if isinstance(step, CreateWebhook)]
        assert made.covered_until == NOON - timedelta(hours=hours)


RESOURCES = ("a", "b", "c")
ELEMENTS = ("E", "F", "G", "H")
placements = st.dictionaries(st.sampled_from(ELEMENTS), st.sampled_from(RESOURCES), max_size=4)
types = st.sampled_from([("ACTOR.RUN.FAILED",), ("ACTOR.RUN.ABORTED", "ACTOR.RUN.FAILED")])


def placed(placement: dict[str, str], event_types: tuple[str, ...]) -> tuple[WantedRegistration, ...]:
    by_resource: dict[str, list[str]] = {}
    for each, resource in sorted(placement.items()):
        by_resource.setdefault(resource, []).append(each)
    return tuple(wanted(resource, *ids, types=event_types) for resource, ids in by_resource.items())


@settings(derandomize=True, max_examples=150, deadline=None)
@given(before=placements, after=placements, old_types=types, new_types=types)
def test_any_change_arrives_and_each_element_keeps_listening(
    before: dict[str, str], after: dict[str, str], old_types: tuple[str, ...], new_types: tuple[str, ...]
) -> None:
    """Any placement is reached from any other, and who stays is heard after each step."""
    world = settled(*placed(before, old_types))
    aim = placed(after, new_types)
    staying = {each.listener_key for each in elements(*(before.keys() & after.keys()))}

    for step in world.plan(*aim):
        assert staying <= world.heard()
        world.take(step)

    assert world.heard() == {each.listener_key for each in elements(*after)}
    assert all(isinstance(step, SaveRegistration) for step in world.plan(*aim))
    assert {hook.request_url for hook in world.hooks.values()} == {url(each) for each in after.values()}
