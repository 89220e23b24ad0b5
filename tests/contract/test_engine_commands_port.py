"""What every EngineCommands does: the fake, and our adapters over the stand-in and Camunda's own engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import (
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
    PublishMessage,
    PublishResult,
    StartProcess,
)
from apify_camunda.errors import EngineRejected
from apify_camunda.identifiers import TenantId

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import AS_A_GATEWAY, EVERYWHERE, TENANTED
from tests.contract.camunda_targets import a_message, a_start
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import (
    job_process,
    message_start_process,
    straight_process,
    waiting_process,
)

of_a_gateway = pytest.mark.parametrize("cluster", AS_A_GATEWAY, indirect=True)


@pytest.fixture(scope="module", params=EVERYWHERE)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    return cluster.world(unique_name(request))


def message(world: World, **said: Any) -> PublishMessage:
    return a_message(**{"name": world.name} | said)


def publish(world: World, **said: Any) -> PublishResult:
    return world.ports.run(world.ports.commands.publish_message(message(world, **said)))


def start(world: World, command: StartProcess) -> InstanceCreated:
    created = world.ports.run(world.ports.commands.start_process(command))
    assert isinstance(created, InstanceCreated)
    return created


def start_waiting(world: World, key: str = "7") -> int:
    """Start an instance that waits for the messages with this key."""
    world.deploy(waiting_process(world.name, world.name))
    return world.start(world.name, orderId=key)


class TestPublishMessage:
    def test_a_message_reaches_a_waiting_instance(self, world: World) -> None:
        """A published message carries its key and variables to the instance that waits for it."""
        instance = start_waiting(world)
        published = publish(world)
        assert isinstance(published, MessagePublished)
        assert [each.key for each in world.messages()] == [published.message_key]
        assert world.variables(instance) == {"orderId": "7", "status": "SUCCEEDED"}

    def test_a_repetition_within_the_ttl_is_a_result(self, world: World) -> None:
        """ALREADY_EXISTS is no error: an earlier try landed."""
        assert isinstance(publish(world), MessagePublished)
        assert publish(world) == MessageAlreadyPublished()
        assert len(world.messages()) == 1

    @pytest.mark.parametrize(
        "said",
        [{"message_id": "event-2"}, {"correlation_key": "8"}, {"name": "other"}],
        ids=["id", "key", "name"],
    )
    def test_another_message_is_not_a_repetition(self, world: World, said: dict[str, str]) -> None:
        """A repetition is recognised by name, correlation key and message id together."""
        other = {name: f"{world.name} {value}" if name == "name" else value for name, value in said.items()}
        for each in ({}, other):
            assert isinstance(publish(world, **each), MessagePublished)

    def test_a_message_is_held_for_its_time_to_live(self, world: World) -> None:
        """The message is buffered for the TTL given, in the engine's time; then its id is free."""
        publish(world, time_to_live=timedelta(minutes=90))
        world.advance(timedelta(minutes=85))
        assert publish(world, time_to_live=timedelta(minutes=90)) == MessageAlreadyPublished()
        assert len(world.messages()) == 1
        world.advance(timedelta(minutes=10))
        assert world.messages() == []
        assert isinstance(publish(world), MessagePublished)

    def test_a_buffered_message_reaches_a_later_instance(self, world: World) -> None:
        """Who begins to wait within the TTL gets it, who begins later does not."""
        publish(world, time_to_live=timedelta(minutes=90))
        assert world.variables(start_waiting(world)) == {"orderId": "7", "status": "SUCCEEDED"}
        world.advance(timedelta(minutes=95))
        assert world.variables(start_waiting(world)) == {"orderId": "7"}

    def test_without_a_ttl_nothing_is_a_repetition(self, world: World) -> None:
        """Nothing is buffered, so nothing is recognised."""
        for _ in range(2):
            assert isinstance(publish(world, time_to_live=timedelta(0)), MessagePublished)
        assert world.messages() == []

    def test_without_a_message_id_nothing_is_a_repetition(self, world: World) -> None:
        """An empty message id is no id: each such message counts."""
        for _ in range(2):
            assert isinstance(publish(world, message_id=""), MessagePublished)
        assert len(world.messages()) == 2

    @pytest.mark.parametrize(
        "text", ["", "ä€😀\u2028", '"}{', "x" * 40_000], ids=["empty", "unicode", "quotes", "long"]
    )
    def test_any_text_is_a_correlation_key(self, world: World, text: str) -> None:
        """Keys arrive as they were given."""
        publish(world, correlation_key=text)
        assert [each.correlation_key for each in world.messages()] == [text]

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
    def test_what_is_not_json_is_rejected(self, world: World, number: float) -> None:
        """NaN and infinities are refused for good, and nothing is sent."""
        with pytest.raises(EngineRejected) as raised:
            publish(world, variables={"deep": [number]})
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert world.messages() == []

    @of_a_gateway
    @pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
    def test_a_number_of_more_than_64_bits_is_rejected(self, world: World, number: int) -> None:
        """It is JSON, but nothing that an engine can keep."""
        with pytest.raises(EngineRejected) as raised:
            publish(world, variables={"deep": [number]})
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert world.messages() == []

    def test_a_key_with_half_a_character_is_taken_or_rejected(self, world: World) -> None:
        """REST can carry it and gRPC cannot; neither ends in an error that is not ours."""
        try:
            result: object = publish(world, correlation_key="a\ud800b")
        except EngineRejected as rejected:
            result = rejected.rejection
        assert isinstance(result, MessagePublished) or result == "INVALID_ARGUMENT"

    def test_what_is_too_large_is_rejected(self, world: World) -> None:
        """Over four megabytes Camunda takes no command: that looks like back pressure and is not."""
        with pytest.raises(EngineRejected) as raised:
            publish(world, variables={"x": "x" * 4_500_000})
        assert raised.value.code == "PAYLOAD_TOO_LARGE"
        assert world.messages() == []

    @of_a_gateway
    def test_what_only_the_wire_makes_too_large_is_rejected(self, world: World) -> None:
        """The limit is that of the whole command: variables just below it are too large as well."""
        with pytest.raises(EngineRejected) as raised:
            publish(world, variables={"x": "x" * (4 * 1024 * 1024 - 40)})
        assert raised.value.code == "PAYLOAD_TOO_LARGE"
        assert world.messages() == []

    @of_a_gateway
    def test_a_foreign_tenant_is_rejected(self, world: World) -> None:
        """A cluster without tenancy refuses another tenant than the default one for good."""
        with pytest.raises(EngineRejected) as raised:
            publish(world, tenant_id=TenantId("acme"))
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert world.messages() == []


class TestStartProcess:
    def test_exactly_the_given_version_is_started(self, world: World) -> None:
        """An older definition is started although there is a newer one."""
        old = world.deploy(straight_process(world.name))
        new = world.deploy(straight_process(world.name, note="2"))
        created = start(world, a_start(old))
        [instance] = world.instances(old)
        assert created == InstanceCreated(instance.key)
        assert (instance.version, instance.state) == (old.version, "COMPLETED")
        assert world.instances(new) == []

    def test_another_process_under_the_same_key_is_not_started(self, world: World) -> None:
        """After a reset of the cluster an old command names a key that another process has."""
        definition = world.deploy(straight_process(world.name))
        command = replace(a_start(definition), process_id=f"{world.name}-before-the-reset")

        self.rejected(world, command, "NOT_FOUND")

        assert world.instances(definition) == []

    def test_variables_arrive_as_they_are(self, world: World) -> None:
        """Numbers, texts, nulls and nesting survive the way."""
        definition = world.deploy(job_process(world.name, world.name))
        sent: dict[str, Any] = {
            "n": [12345678901234567, 2**64 - 1, -(2**63)],
            "f": [0.1, 1e308, 1.0],
            "t": "ä😀\0",
            "z": None,
            "o": {"l": [True, {}]},
            "deep": json.loads("[" * 400 + "]" * 400),
            "a name": "",
        }
        start(world, a_start(definition, variables=sent))
        assert [each.variables for each in world.instances(definition)] == [sent]

    def test_half_a_character_is_replaced(self, world: World) -> None:
        """What is no Unicode cannot be kept as it is, and is no reason to refuse the rest."""
        definition = world.deploy(job_process(world.name, world.name))
        start(world, a_start(definition, variables={"t": "a\ud800b"}))
        assert [each.variables for each in world.instances(definition)] == [{"t": "a?b"}]

    def test_the_tag_names_the_event(self, world: World, cluster: Cluster) -> None:
        """Where the cluster knows tags (REST since 8.8), the instance carries the command's."""
        definition = world.deploy(straight_process(world.name))
        start(world, a_start(definition, tag="event:abc-1"))
        expected = {"event:abc-1"} if cluster.kind.knows_tags else set()
        assert [each.tags for each in world.instances(definition)] == [expected]

    def test_each_start_is_an_instance(self, world: World) -> None:
        """The engine has no idempotency here: two commands are two instances."""
        definition = world.deploy(straight_process(world.name))
        keys = [start(world, a_start(definition)).process_instance_key for _ in range(2)]
        assert [each.key for each in world.instances(definition)] == keys

    def test_what_was_deleted_is_rejected(self, world: World) -> None:
        """A definition that is no longer there is NOT_FOUND."""
        definition = world.deploy(straight_process(world.name))
        world.undeploy(definition)
        self.rejected(world, a_start(definition), "NOT_FOUND")
        assert world.instances(definition) == []

    def test_what_only_a_message_starts_is_rejected(self, world: World) -> None:
        """A definition without a none start event is in the wrong state."""
        definition = world.deploy(message_start_process(world.name, world.name))
        self.rejected(world, a_start(definition), "INVALID_STATE")
        assert world.instances(definition) == []

    def test_what_is_not_json_is_rejected(self, world: World) -> None:
        """NaN is refused for good, and nothing is started."""
        definition = world.deploy(straight_process(world.name))
        self.rejected(world, a_start(definition, variables={"x": float("nan")}), "INVALID_ARGUMENT")
        assert world.instances(definition) == []

    def rejected(self, world: World, command: StartProcess, rejection: str) -> None:
        with pytest.raises(EngineRejected) as raised:
            start(world, command)
        assert raised.value.rejection == rejection


@pytest.mark.parametrize("cluster", TENANTED, indirect=True)
def test_a_tenant_is_honoured(world: World) -> None:
    """With multi-tenancy messages and starts go to the tenant that they name."""
    definition = world.deploy(straight_process(world.name), tenant="acme")
    start(world, a_start(definition))
    publish(world, tenant_id=TenantId("acme"))
    assert [each.tenant_id for each in world.instances(definition)] == ["acme"]
    assert [each.tenant_id for each in world.messages()] == ["acme"]
