"""What every registry does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.apify.model import ResourceKind
from apify_camunda.errors import StoreRejected
from apify_camunda.identifiers import ApifyUserId, DefinitionKey, RegistrationId, TenantId, WebhookId
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.registration import Registration, Tombstone
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from apify_camunda.registration.ports import Registry

from tests import builders
from tests.contract.aws import DYNAMODBS, dynamodb_table, endpoint_of
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.registry import FakeRegistry

TABLE = "registry"
ROUTE = "apify/acme-1"
REGISTRATION = Registration(
    id=RegistrationId("acme-1"),
    apify_user_id=ApifyUserId("user1"),
    kind=ResourceKind.ACTOR,
    resource_id="actor1",
    event_types=("ACTOR.RUN.FAILED",),
    token_expressions=("{{secrets.T}}",),
    webhook_id=WebhookId("w1"),
    covered_until=NOON,
)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(params=["fake", *DYNAMODBS])
def registry(request: pytest.FixtureRequest, clock: FrozenClock) -> Iterator[Registry]:
    if request.param == "fake":
        yield FakeRegistry(clock)
        return
    with dynamodb_table(TABLE, endpoint_of(request.param, request)) as client:
        yield DynamoDBRegistry(client=client, table=TABLE, clock=clock)


class TestListeners:
    def test_exactly_these_listen(self, registry: Registry) -> None:
        """The elements that were set last are the listeners, each as it was."""
        first = (builders.catch(), builders.plain_start(element_id="Start_1"))
        second = (builders.catch(definition_key=1002, version=2), first[1])

        asyncio.run(registry.set_listeners(ROUTE, first))
        asyncio.run(registry.set_listeners(ROUTE, second))

        listeners = asyncio.run(registry.listeners(ROUTE))
        assert listeners is not None
        assert sorted(listeners, key=lambda each: each.key) == sorted(second, key=lambda each: each.key)

    def test_another_element_under_the_same_key_takes_its_place(self, registry: Registry) -> None:
        """After a reset of the cluster a key names another element: the old one listens no more."""
        old, new = builders.catch(), builders.catch(process_id="another", message_name="other")
        assert old.key == new.key
        asyncio.run(registry.set_listeners(ROUTE, [old]))
        asyncio.run(registry.set_listeners(ROUTE, [new]))

        assert asyncio.run(registry.listeners(ROUTE)) == (new,)

    def test_unknown_path_has_none(self, registry: Registry) -> None:
        """A path that was never set, or set without listeners, is unknown."""
        assert asyncio.run(registry.listeners(ROUTE)) is None
        asyncio.run(registry.set_listeners(ROUTE, [builders.catch()]))
        asyncio.run(registry.set_listeners(ROUTE, ()))
        assert asyncio.run(registry.listeners(ROUTE)) is None
        assert asyncio.run(registry.routes()) == {}

    def test_paths_are_listed_with_their_listeners(self, registry: Registry) -> None:
        """All paths are returned with the keys of their listeners."""
        asyncio.run(registry.set_listeners(ROUTE, [builders.catch(), builders.catch(element_id="E2")]))
        asyncio.run(registry.set_listeners("inbound/ü b", [builders.catch()]))

        assert asyncio.run(registry.routes()) == {
            ROUTE: frozenset(
                each.listener_key for each in (builders.catch(), builders.catch(element_id="E2"))
            ),
            "inbound/ü b": frozenset({builders.catch().listener_key}),
        }

    def test_many_listen(self, registry: Registry) -> None:
        """More listeners than one page holds are all found."""
        large = builders.properties(resultExpression="x" * 20_000)
        many = [builders.catch(element_id=f"E{number}", properties=large) for number in range(80)]
        asyncio.run(registry.set_listeners(ROUTE, many))

        listeners = asyncio.run(registry.listeners(ROUTE))

        assert listeners is not None
        assert {each.key for each in listeners} == {each.key for each in many}


class TestRegistrations:
    def test_row_comes_back(self, registry: Registry) -> None:
        """A registration is read as it was last written."""
        asyncio.run(registry.save_registration(REGISTRATION))
        changed = REGISTRATION.model_copy(update={"failures": 2, "gap_until": NOON})
        asyncio.run(registry.save_registration(changed))

        assert list(asyncio.run(registry.registrations())) == [changed]

    def test_late_write_changes_nothing(self, registry: Registry, clock: FrozenClock) -> None:
        """A write that was cut off and arrives after a later one raises no number and clears no gap."""
        later = REGISTRATION.model_copy(update={"failures": 2, "gap_until": NOON})
        clock.advance(timedelta(minutes=1))
        assert asyncio.run(registry.save_registration(later))
        assert asyncio.run(registry.save_registration(later)), "its own value is no later one"
        clock.advance(-timedelta(seconds=30))

        assert not asyncio.run(registry.save_registration(REGISTRATION))

        assert list(asyncio.run(registry.registrations())) == [later]

    def test_late_write_brings_nothing_back(self, registry: Registry, clock: FrozenClock) -> None:
        """What was removed stays removed when a write of before arrives; a later one creates it again."""
        asyncio.run(registry.save_registration(REGISTRATION))
        clock.advance(timedelta(minutes=1))
        asyncio.run(registry.delete_registration(REGISTRATION.id))
        clock.advance(-timedelta(seconds=30))
        assert not asyncio.run(registry.save_registration(REGISTRATION))
        assert list(asyncio.run(registry.registrations())) == []

        clock.advance(timedelta(minutes=1))
        assert asyncio.run(registry.save_registration(REGISTRATION))
        assert list(asyncio.run(registry.registrations())) == [REGISTRATION]

    def test_path_goes_with_it(self, registry: Registry) -> None:
        """A registration that is deleted takes its path with it; another stays."""
        asyncio.run(registry.save_registration(REGISTRATION))
        asyncio.run(registry.set_listeners("apify/acme-1", [builders.catch()]))
        asyncio.run(registry.set_listeners("apify/acme-2", [builders.catch()]))

        asyncio.run(registry.delete_registration(REGISTRATION.id))

        assert list(asyncio.run(registry.registrations())) == []
        assert list(asyncio.run(registry.routes())) == ["apify/acme-2"]


class TestTombstones:
    def test_last_tombstone_is_kept_for_a_week(self, registry: Registry, clock: FrozenClock) -> None:
        """What the return of a registration would need is kept for seven days after it went last."""
        first = Tombstone(id=REGISTRATION.id, covered_until=NOON, listeners=frozenset({"1/E"}))
        last = first.model_copy(update={"listeners": frozenset({"1/E", "2/F"})})
        asyncio.run(registry.save_tombstone(first))
        clock.advance(timedelta(days=6))
        asyncio.run(registry.save_tombstone(last))
        clock.advance(timedelta(days=6))

        assert asyncio.run(registry.tombstones()) == {REGISTRATION.id: last}

        clock.advance(timedelta(days=2))
        assert asyncio.run(registry.tombstones()) == {}


class TestTick:
    def test_one_at_a_time(self, registry: Registry, clock: FrozenClock) -> None:
        """Who has the right to reconcile keeps it until they give it back, or its time is over."""
        soon = NOON + timedelta(minutes=5)
        assert asyncio.run(registry.begin_tick(until=soon))
        assert not asyncio.run(registry.begin_tick(until=soon))

        asyncio.run(registry.end_tick())
        assert asyncio.run(registry.begin_tick(until=soon))

        clock.advance(timedelta(minutes=5))
        assert asyncio.run(registry.begin_tick(until=soon + timedelta(minutes=5)))
        assert not asyncio.run(registry.begin_tick(until=soon + timedelta(minutes=5)))


class TestDefinitions:
    def test_scan_comes_back(self, registry: Registry) -> None:
        """What was scanned is kept for its cluster, until it is forgotten."""
        scanned = ScannedDefinition(
            builders.definition(),
            (builders.catch(), builders.plain_start(element_id="S")),
            (("Bad", "no key"),),
            scanned_at=NOON,
            last_waiting=NOON,
            unseen_since=NOON,
            is_retired=True,
        )
        asyncio.run(registry.save_definition("c1", scanned))

        assert asyncio.run(registry.known_definitions("c1")) == {DefinitionKey(1001): scanned}
        assert asyncio.run(registry.known_definitions("c2")) == {}

        asyncio.run(registry.forget_definition("c1", DefinitionKey(1001)))
        assert asyncio.run(registry.known_definitions("c1")) == {}


class TestRemovedProcesses:
    def test_last_removal_is_kept(self, registry: Registry) -> None:
        """A process that was taken off is returned with the newest definition that this concerns."""
        for up_to in (1001, 2**60):
            key = DefinitionKey(up_to)
            asyncio.run(registry.remove_process("c1", TenantId("t1"), "a/b", up_to=key))

        assert asyncio.run(registry.removed_processes("c1")) == {("t1", "a/b"): 2**60}
        assert asyncio.run(registry.removed_processes("c2")) == {}

    def test_removals_before_a_reset_do_not_count(self, registry: Registry, clock: FrozenClock) -> None:
        """What was noted before a time is left out where only later removals are asked for."""
        for process_id in ("before", "after"):
            removal = registry.remove_process("c1", TenantId("t1"), process_id, up_to=DefinitionKey(7))
            asyncio.run(removal)
            clock.advance(timedelta(minutes=1))

        later = asyncio.run(registry.removed_processes("c1", since=NOON + timedelta(minutes=1)))
        assert later == {("t1", "after"): 7}


class TestClusterEpoch:
    @pytest.mark.parametrize(
        "epoch", [ClusterEpoch("id-1", NOON), ClusterEpoch(None, NOON), ClusterEpoch("id-2")]
    )
    def test_last_epoch_is_kept(self, registry: Registry, epoch: ClusterEpoch) -> None:
        """The epoch is what was noted last for the cluster; one of which nothing was noted is empty."""
        asyncio.run(registry.save_cluster_epoch("c1", ClusterEpoch("before", NOON - timedelta(days=1))))
        asyncio.run(registry.save_cluster_epoch("c1", epoch))

        assert asyncio.run(registry.cluster_epoch("c1")) == epoch
        assert asyncio.run(registry.cluster_epoch("c2")) == ClusterEpoch()


class TestElements:
    def test_last_report_is_kept(self, registry: Registry) -> None:
        """An element shows its last report; tenants and clusters are apart."""
        for state, detail in (("waiting", "Apify is away"), ("registered", None)):
            asyncio.run(registry.report_element("c1", _status(state, detail)))
        asyncio.run(registry.report_element("c1", _status("faulty", "why", TenantId("t2"))))

        found = asyncio.run(registry.elements("c1"))

        assert {(each.tenant_id, each.state, each.detail) for each in found} == {
            ("t1", "registered", None),
            ("t2", "faulty", "why"),
        }
        assert {each.element for each in found} == {"orders/1/Event_1"}
        assert asyncio.run(registry.elements("c2")) == []


class TestPause:
    def test_directions_are_apart(self, registry: Registry) -> None:
        """A direction is paused until it is resumed; the other goes on."""
        asyncio.run(registry.set_paused("inbound", paused=True))
        assert asyncio.run(registry.is_paused("inbound"))
        assert not asyncio.run(registry.is_paused("outbound"))

        asyncio.run(registry.set_paused("inbound", paused=False))
        assert not asyncio.run(registry.is_paused("inbound"))


class TestDynamoDBAlone:
    def test_reports_expire(self) -> None:
        """An element that is no longer reported disappears after some days."""
        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            registry = DynamoDBRegistry(client=client, table=TABLE, clock=clock)
            asyncio.run(registry.report_element("c1", _status("registered", None)))
            clock.advance(timedelta(days=4))

            assert asyncio.run(registry.elements("c1")) == []

    def test_item_that_is_too_large_is_refused_for_good(self) -> None:
        """What DynamoDB never takes is another error than a DynamoDB that does not answer."""
        huge = builders.catch(properties=builders.properties(resultExpression="x" * 420_000))
        with dynamodb_table(TABLE) as client:
            registry = DynamoDBRegistry(client=client, table=TABLE, clock=FrozenClock())

            for route in (ROUTE, f"inbound/{'c' * 3000}"):
                with pytest.raises(StoreRejected):
                    asyncio.run(registry.set_listeners(route, [huge]))

    def test_element_that_is_refused_keeps_no_other_off_the_path(self) -> None:
        """Of the listeners of a path those are written that fit, in any order."""
        huge = builders.catch(element_id="E2", properties=builders.properties(resultExpression="x" * 420_000))
        elements = (builders.catch(element_id="E1"), huge, builders.catch(element_id="E3"))
        with dynamodb_table(TABLE) as client:
            registry = DynamoDBRegistry(client=client, table=TABLE, clock=FrozenClock())

            with pytest.raises(StoreRejected):
                asyncio.run(registry.set_listeners(ROUTE, elements))

            listeners = asyncio.run(registry.listeners(ROUTE))
            assert listeners is not None
            assert {each.element_id for each in listeners} == {"E1", "E3"}
            listening = frozenset(each.listener_key for each in listeners)
            assert asyncio.run(registry.routes()) == {ROUTE: listening}

    def test_row_of_another_release_stops_no_other(self, caplog: pytest.LogCaptureFixture) -> None:
        """A row that cannot be read is left out of its list, and told."""
        with dynamodb_table(TABLE) as client:
            registry = DynamoDBRegistry(client=client, table=TABLE, clock=FrozenClock())
            asyncio.run(registry.save_registration(REGISTRATION))
            asyncio.run(registry.save_definition("c1", ScannedDefinition(builders.definition(), ())))
            asyncio.run(registry.report_element("c1", _status("registered", None)))
            asyncio.run(registry.remove_process("c1", TenantId("t1"), "p", up_to=DefinitionKey(7)))
            asyncio.run(
                registry.save_tombstone(
                    Tombstone(id=REGISTRATION.id, covered_until=NOON, listeners=frozenset())
                )
            )
            for pk in ("registrations", "definitions#c1", "elements#c1", "removed#c1", "departed"):
                strange = {"S": '{"kind": "of another release"}'}
                item = {"pk": {"S": pk}, "sk": {"S": "0"}, "definition": strange, "registration": strange}
                client.put_item(TableName=TABLE, Item={**item, "departure": strange})

            assert list(asyncio.run(registry.registrations())) == [REGISTRATION]
            assert list(asyncio.run(registry.known_definitions("c1"))) == [1001]
            assert len(asyncio.run(registry.elements("c1"))) == 1
            assert asyncio.run(registry.removed_processes("c1")) == {("t1", "p"): 7}
            assert list(asyncio.run(registry.tombstones())) == [REGISTRATION.id]
        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
            "row was unreadable"
        ] * 5

    def test_row_of_an_earlier_release_is_read(self) -> None:
        """A definition that was noted before rows told about sight and secrets is as it was."""
        scanned = ScannedDefinition(builders.definition(), (builders.catch(),))
        with dynamodb_table(TABLE) as client:
            registry = DynamoDBRegistry(client=client, table=TABLE, clock=FrozenClock())
            asyncio.run(registry.save_definition("c1", scanned))
            [item] = client.scan(TableName=TABLE)["Items"]
            row = json.loads(item["definition"]["S"])
            row = {name: value for name, value in row.items() if name not in ("unseenSince", "isRetired")}
            item["definition"] = {"S": json.dumps(row | {"secrets": {"E": ["A"]}})}
            client.put_item(TableName=TABLE, Item=item)

            assert asyncio.run(registry.known_definitions("c1")) == {DefinitionKey(1001): scanned}


def _status(state: str, detail: str | None, tenant: TenantId = TenantId("t1")) -> ElementStatus:  # noqa: B008 - a NewType
    return ElementStatus("orders/1/Event_1", DefinitionKey(1001), tenant, state, detail, NOON)
