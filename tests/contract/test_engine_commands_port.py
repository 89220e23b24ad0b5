"""The port EngineCommands: what its docstrings promise, over each transport."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.contracts.commands import (
    InstanceCreated,
    MessageAlreadyPublished,
    MessagePublished,
)
from apify_camunda.contracts.json_types import TenantId
from apify_camunda.errors import EngineRejected
from emulators.camunda.engine import Engine
from emulators.camunda.state import ProcessInstanceState

from tests.contract.camunda_targets import ALL_KINDS, Target, a_message, a_start, target
from tests.unit.emulators.camunda_rest.processes import (
    job_process,
    message_start_process,
    straight_process,
    waiting_process,
)


@pytest.fixture(params=ALL_KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The port over one transport."""
    with target(request.param) as opened:
        yield opened


class TestPublishMessage:
    def test_a_message_reaches_who_waits(self, engine: Target) -> None:
        """A published message carries its key and variables to the instance that waits for it."""
        engine.deploy(waiting_process())
        engine.engine.create_instance(process_id="wait", variables={"orderId": "7"})
        published = engine.run(engine.commands.publish_message(a_message()))
        assert isinstance(published, MessagePublished)
        [landed] = engine.engine.correlated_messages()
        assert landed.message_key == published.message_key
        [order, status] = sorted(engine.engine.variables(), key=lambda each: each.name)
        assert (order.name, status.name, status.value) == ("orderId", "status", "SUCCEEDED")

    def test_a_repetition_within_the_ttl_is_a_result(self, engine: Target) -> None:
        """ALREADY_EXISTS is no error: an earlier try landed."""
        first = engine.run(engine.commands.publish_message(a_message()))
        again = engine.run(engine.commands.publish_message(a_message()))
        assert isinstance(first, MessagePublished)
        assert again == MessageAlreadyPublished()
        assert len(engine.engine.messages()) == 1

    def test_another_id_or_key_is_another_message(self, engine: Target) -> None:
        """A repetition is recognised by name, correlation key and message id together."""
        for said in ({}, {"message_id": "event-2"}, {"correlation_key": "8"}, {"name": "other"}):
            published = engine.run(engine.commands.publish_message(a_message(**said)))
            assert isinstance(published, MessagePublished)
        assert len(engine.engine.messages()) == 4

    def test_the_time_to_live_is_the_engines(self, engine: Target) -> None:
        """The message is buffered for the TTL given, in the engine's time."""
        engine.run(engine.commands.publish_message(a_message(time_to_live=timedelta(minutes=90))))
        engine.engine.advance_clock(timedelta(minutes=89))
        assert len(engine.engine.messages()) == 1
        engine.engine.advance_clock(timedelta(minutes=2))
        assert engine.engine.messages() == ()

    def test_without_a_message_id_nothing_is_a_repetition(self, engine: Target) -> None:
        """An empty message id is none: each such message counts."""
        for _ in range(2):
            published = engine.run(engine.commands.publish_message(a_message(message_id="")))
            assert isinstance(published, MessagePublished)

    @pytest.mark.parametrize(
        "text", ["", "ä€😀\u2028", '"}{', "x" * 40_000], ids=["empty", "unicode", "quotes", "long"]
    )
    def test_any_text_is_a_correlation_key(self, engine: Target, text: str) -> None:
        """Keys arrive as they were given."""
        engine.run(engine.commands.publish_message(a_message(correlation_key=text)))
        assert [each.correlation_key for each in engine.engine.messages()] == [text]

    @pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
    def test_what_is_no_json_is_rejected(self, engine: Target, number: float) -> None:
        """NaN and infinities are refused for good, and nothing is sent."""
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.commands.publish_message(a_message(variables={"deep": [number]})))
        assert raised.value.rejection == "INVALID_ARGUMENT"
        assert engine.engine.messages() == ()

    def test_what_is_too_large_is_rejected(self, engine: Target) -> None:
        """Over four megabytes Camunda takes no command: that looks like back pressure and is not."""
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.commands.publish_message(a_message(variables={"x": "x" * 4_500_000})))
        assert raised.value.code == "PAYLOAD_TOO_LARGE"

    def test_what_only_the_wire_makes_too_large_is_rejected(self, engine: Target) -> None:
        """The limit is that of the whole command: variables just below it are too large as well."""
        just_below = "x" * (4 * 1024 * 1024 - 40)
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.commands.publish_message(a_message(variables={"x": just_below})))
        assert raised.value.code == "PAYLOAD_TOO_LARGE"

    def test_a_foreign_tenant_is_rejected(self, engine: Target) -> None:
        """A cluster without tenancy refuses another tenant than the default one for good."""
        with pytest.raises(EngineRejected) as raised:
            engine.run(engine.commands.publish_message(a_message(tenant_id=TenantId("acme"))))
        assert raised.value.rejection == "INVALID_ARGUMENT"


class TestStartProcess:
    def test_exactly_the_given_version_is_started(self, engine: Target) -> None:
        """An older definition is started although there is a newer one."""
        [old] = engine.deploy(straight_process())
        engine.deploy(straight_process(note="2"))
        created = engine.run(engine.commands.start_process(a_start(old)))
        [instance] = engine.engine.process_instances()
        assert created == InstanceCreated(instance.key)
        assert (instance.version, instance.state) == (1, ProcessInstanceState.COMPLETED)

    def test_variables_arrive_as_they_are(self, engine: Target) -> None:
        """Numbers, texts, nulls and nesting survive the way."""
        [definition] = engine.deploy(job_process())
        sent: dict[str, Any] = {
            "n": 12345678901234567,
            "f": 0.1,
            "t": "ä😀",
            "z": None,
            "o": {"l": [True, {}]},
        }
        engine.run(engine.commands.start_process(a_start(definition, variables=sent)))
        assert {each.name: each.value for each in engine.engine.variables()} == sent

    def test_the_tag_names_the_event(self, engine: Target, request: pytest.FixtureRequest) -> None:
        """Where the cluster knows tags (REST), the instance carries the command's."""
        [definition] = engine.deploy(straight_process())
        engine.run(engine.commands.start_process(a_start(definition, tag="event:abc-1")))
        [instance] = engine.engine.process_instances()
        is_grpc_alone = "grpc" in request.node.callspec.id
        assert instance.tags == (frozenset() if is_grpc_alone else {"event:abc-1"})

    def test_each_start_is_an_instance(self, engine: Target) -> None:
        """The engine has no idempotency here: two commands are two instances."""
        [definition] = engine.deploy(straight_process())
        for _ in range(2):
            engine.run(engine.commands.start_process(a_start(definition)))
        assert len(engine.engine.process_instances()) == 2

    def test_what_cannot_be_started_is_rejected(self, engine: Target) -> None:
        """A deleted definition is NOT_FOUND, one that only a message starts INVALID_STATE."""
        [deleted, message_only] = engine.deploy(straight_process(), message_start_process())
        engine.engine.delete_resource(deleted.key)
        for definition, rejection in ((deleted, "NOT_FOUND"), (message_only, "INVALID_STATE")):
            with pytest.raises(EngineRejected) as raised:
                engine.run(engine.commands.start_process(a_start(definition)))
            assert raised.value.rejection == rejection
        assert engine.engine.process_instances() == ()

    def test_what_is_no_json_is_rejected(self, engine: Target) -> None:
        """NaN is refused for good, and nothing is started."""
        [definition] = engine.deploy(straight_process())
        with pytest.raises(EngineRejected):
            engine.run(engine.commands.start_process(a_start(definition, variables={"x": float("nan")})))
        assert engine.engine.process_instances() == ()


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_tenant_is_honoured(kind: str) -> None:
    """With multi-tenancy messages and starts go to the tenant that they name."""
    with target(kind, engine=Engine(multi_tenancy=True)) as engine:
        [definition] = engine.deploy(straight_process(), tenant="acme")
        engine.run(engine.commands.start_process(a_start(definition)))
        engine.run(engine.commands.publish_message(a_message(tenant_id=TenantId("acme"))))
        assert [each.tenant_id for each in engine.engine.process_instances()] == ["acme"]
        assert [each.tenant_id for each in engine.engine.messages()] == ["acme"]


def test_a_message_id_that_is_none_is_not_sent() -> None:
    """Over REST an empty message id is left out."""
    with target("rest 8.8") as engine:
        engine.run(engine.commands.publish_message(a_message(message_id="")))
        [body] = engine.calls("publishMessage")
        assert "messageId" not in json.loads(body)
