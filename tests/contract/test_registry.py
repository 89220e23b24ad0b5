"""What every registry does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.adapters.dynamodb_registry import DynamoDBRegistry
from apify_camunda.contracts.element import ResourceKind
from apify_camunda.contracts.json_types import ApifyUserId, DefinitionKey, RegistrationId, TenantId, WebhookId
from apify_camunda.contracts.registration import Registration
from apify_camunda.ports import ElementStatus, Registry, ScannedDefinition

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
    token_expression="{{secrets.T}}",
    webhook_id=WebhookId("w1"),
    covered_until=NOON.isoformat(),
)


@pytest.fixture(params=["fake", *DYNAMODBS])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    if request.param == "fake":
        yield FakeRegistry()
        return
    with dynamodb_table(TABLE, endpoint_of(request.param, request)) as client:
        yield DynamoDBRegistry(client=client, table=TABLE, clock=FrozenClock())


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

    def test_unknown_path_has_none(self, registry: Registry) -> None:
        """A path that was never set, or set to nobody, is unknown."""
        assert asyncio.run(registry.listeners(ROUTE)) is None
        asyncio.run(registry.set_listeners(ROUTE, [builders.catch()]))
        asyncio.run(registry.set_listeners(ROUTE, ()))
        assert asyncio.run(registry.listeners(ROUTE)) is None
        assert asyncio.run(registry.routes()) == {}

    def test_paths_are_listed_with_their_listeners(self, registry: Registry) -> None:
        """All paths are told with the keys of who listens there."""
        asyncio.run(registry.set_listeners(ROUTE, [builders.catch(), builders.catch(element_id="E2")]))
        asyncio.run(registry.set_listeners("inbound/ü b", [builders.catch()]))

        assert asyncio.run(registry.routes()) == {
            ROUTE: frozenset({"1001/Event_1", "1001/E2"}),
            "inbound/ü b": frozenset({"1001/Event_1"}),
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
        changed = REGISTRATION.model_copy(update={"failures": 2, "gap_until": NOON.isoformat()})
        asyncio.run(registry.save_registration(changed))

        assert list(asyncio.run(registry.registrations())) == [changed]

    def test_path_goes_with_it(self, registry: Registry) -> None:
        """A registration that is deleted takes its path with it; another stays."""
        asyncio.run(registry.save_registration(REGISTRATION))
        asyncio.run(registry.set_listeners("apify/acme-1", [builders.catch()]))
        asyncio.run(registry.set_listeners("apify/acme-2", [builders.catch()]))

        asyncio.run(registry.delete_registration(REGISTRATION.id))

        assert list(asyncio.run(registry.registrations())) == []
        assert list(asyncio.run(registry.routes())) == ["apify/acme-2"]


class TestDefinitions:
    def test_scan_comes_back(self, registry: Registry) -> None:
        """What was scanned is kept for its cluster, until it is forgotten."""
        scanned = ScannedDefinition(
            builders.definition(),
            (builders.catch(), builders.plain_start(element_id="S")),
            (("Bad", "no key"),),
            last_waiting=NOON.isoformat(),
        )
        asyncio.run(registry.save_definition("c1", scanned))

        assert asyncio.run(registry.known_definitions("c1")) == {DefinitionKey(1001): scanned}
        assert asyncio.run(registry.known_definitions("c2")) == {}

        asyncio.run(registry.forget_definition("c1", DefinitionKey(1001)))
        assert asyncio.run(registry.known_definitions("c1")) == {}


class TestRemovedProcesses:
    def test_last_removal_stands(self, registry: Registry) -> None:
        """A process that was taken off is told with the newest definition that this concerns."""
        for up_to in (1001, 2**60):
            key = DefinitionKey(up_to)
            asyncio.run(registry.remove_process("c1", TenantId("t1"), "a/b", up_to=key))

        assert asyncio.run(registry.removed_processes("c1")) == {("t1", "a/b"): 2**60}
        assert asyncio.run(registry.removed_processes("c2")) == {}


class TestElements:
    def test_last_report_stands(self, registry: Registry) -> None:
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


def _status(state: str, detail: str | None, tenant: TenantId = TenantId("t1")) -> ElementStatus:  # noqa: B008 - a NewType
    return ElementStatus("orders/1/Event_1", DefinitionKey(1001), tenant, state, detail, NOON.isoformat())
