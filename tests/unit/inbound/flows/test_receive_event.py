"""What a delivery is answered, and what it does."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.camunda.model import InstanceCreated, PublishMessage, PublishResult, StartProcess
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode, StoreUnavailable
from apify_camunda.platform.http_messages import HttpReply, HttpRequest

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import ANSWER_LOST, UNREACHABLE, FakeEngine, Trouble
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.metrics import FakeMetrics
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import KEYS, FakeSecretSource


class World:
    """A receiver and everything around it."""

    def __init__(self, *listeners: InboundElement, route: str = builders.ROUTE) -> None:
        self.clock = FrozenClock()
        self.engine = FakeEngine(self.clock)
        self.engine.is_busy = True
        self.ledger = FakeEventLedger()
        self.registry = FakeRegistry()
        self.parking = FakeParking(self.clock)
        self.secrets = FakeSecretSource()
        self.metrics = FakeMetrics()
        self.receive = InboundPorts(
            commands=self.engine,
            search=self.engine,
            ledger=self.ledger,
            registry=self.registry,
            parking=self.parking,
            secrets=self.secrets,
            clock=self.clock,
            metrics=self.metrics,
        ).receiver()
        run_async(self.registry.set_listeners(route, listeners))

    def post(self, request: HttpRequest | None = None) -> HttpReply:
        return run_async(self.receive(request or builders.request()))


def status_of(reply: HttpReply) -> Any:
    assert reply.body is not None
    return reply.body["status"]


class TestDoor:
    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"x-apify-camunda-signature": ""}, id="none"),
            pytest.param({"x-apify-camunda-signature": "k2." + "0" * 64}, id="wrong"),
            pytest.param({"x-apify-camunda-signature": "k9." + "0" * 64}, id="unknown key"),
            pytest.param({"x-apify-camunda-signature": "k2.ünsigned"}, id="not ASCII"),
        ],
    )
    def test_unsigned_request_is_refused_before_any_store_is_read(self, headers: dict[str, str]) -> None:
        """A request without our signature is answered 401, empty, although no store would answer."""
        world = World(builders.catch())
        world.registry.is_away = world.ledger.is_away = True

        reply = world.post(builders.request(headers=headers))

        assert reply == HttpReply(401)

    def test_wrong_signature_of_a_registered_webhook_is_counted(self) -> None:
        """A wrongly signed delivery for a webhook that is registered is an error that a person must see."""
        world = World(builders.catch())

        world.post(builders.request(headers={"x-apify-camunda-signature": "k2." + "0" * 64}))

        assert world.metrics.counted["SignaturesRefused"] == 1

    @pytest.mark.parametrize("path", ["/apify/unknown", "/inbound/context-1", "/"])
    def test_unsigned_requests_are_not_counted(self, path: str) -> None:
        """A request for a path that no webhook of ours has wakes no person."""
        world = World(builders.catch())

        world.post(builders.request(path=path, headers={"x-apify-camunda-signature": "k2." + "0" * 64}))

        assert "SignaturesRefused" not in world.metrics.counted

    def test_refused_requests_do_not_read_the_registry_each_time(self) -> None:
        """However many requests are refused, the registry is asked twice a minute."""
        world = World(builders.catch())
        for _ in range(50):
            world.post(builders.request(headers={"x-apify-camunda-signature": "k2." + "0" * 64}))

        assert world.metrics.counted["SignaturesRefused"] == 1

    def test_signature_is_good_for_one_path_only(self) -> None:
        """A signature made for one path opens no other."""
        world = World(builders.catch())
        stolen = builders.request(path="/apify/other").headers

        assert world.post(builders.request(headers=stolen)).status == 401

    def test_previous_key_is_accepted(self) -> None:
        """What was signed before a rotation is still ours."""
        old = type(KEYS)(current_id="k1", accepted=KEYS.accepted)

        assert World(builders.catch()).post(builders.request(keys=old)).status == 200

    def test_keys_away_is_503(self) -> None:
        """Without keys no signature can be checked, so Apify is asked to repeat."""
        world = World(builders.catch())
        world.secrets.failure = StoreUnavailable("away")

        assert world.post().status == 503

    def test_signature_reaches_no_process(self) -> None:
        """Our signature header is in no variable."""
        world = World(builders.catch())

        world.post()

        [message] = world.engine.published
        result = message.variables["result"]
        assert isinstance(result, dict)
        assert "signature" not in str(result)
        assert "x-apify-webhook-dispatch-id" in str(result)

    def test_fields_that_decide_nothing_may_be_anything(self) -> None:
        """A custom payload template may have any value in fields that are only passed on."""
        world = World(builders.plain_start())
        content = builders.body(resource=builders.run(startedAt=7, defaultDatasetId={"id": "d"}))

        assert world.post(builders.request(content | {"userId": 7, "createdAt": None})).status == 200
        assert len(world.engine.started) == 1

    def test_unknown_route_is_404(self) -> None:
        """A path without listeners is 404."""
        assert World(builders.catch()).post(builders.request(path="/apify/unknown")).status == 404

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            pytest.param(b"", 400, id="empty"),
            pytest.param(b"{", 400, id="broken"),
            pytest.param(b"[]", 400, id="no object"),
            pytest.param(b"{}", 400, id="no event type"),
            pytest.param(b'{"eventType": 7}', 400, id="event type is no text"),
            pytest.param(b'{"eventType": "X", "resource": "run1"}', 400, id="resource is no object"),
            pytest.param(b'{"eventType": "X", "a": NaN}', 400, id="NaN"),
            pytest.param(b'{"eventType": "X", "a": 1e999}', 400, id="infinite"),
            pytest.param(b'{"eventType": "X", "a": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, id="deep"),
            pytest.param(b'{"eventType": "X", "a": "' + b"x" * 204_800 + b'"}', 413, id="large"),
            pytest.param(b"\xff\xfe", 400, id="no text"),
        ],
    )
    def test_unusable_body_is_refused_with_a_reason(self, content: bytes, status: int) -> None:
        """What is no delivery has no effect and is answered with one line."""
        world = World(builders.plain_start())

        reply = world.post(builders.request(content))

        assert reply.status == status
        assert reply.body is not None
        assert list(reply.body) == ["error"]
        assert not world.engine.started

    def test_test_event_is_noted(self) -> None:
        """Apify's TEST event is answered 200 and starts nothing."""
        world = World(builders.plain_start())

        reply = world.post(builders.request(builders.body(event_type="TEST")))

        assert (reply.status, status_of(reply)) == (200, "test")
        assert not world.engine.started


class TestEffects:
    def test_message_is_published(self) -> None:
        """A catch event's message carries name, key, tenant, TTL, our id and the result variable."""
        world = World(builders.catch())

        reply = world.post()

        assert (reply.status, status_of(reply)) == (200, "ok")
        [message] = world.engine.published
        assert (message.name, message.correlation_key) == ("run-finished", "run1")
        assert message.time_to_live == timedelta(hours=1)
        assert message.message_id
        assert list(message.variables) == ["result"]

    def test_plain_start_is_of_the_exact_version(self) -> None:
        """A plain start event creates an instance of its own version, tagged with the effect."""
        world = World(builders.plain_start(version=3))

        world.post()

        [start] = world.engine.started
        assert (start.version, start.process_id) == (3, "orders")
        assert start.tag.startswith("apify:")

    def test_unmatched_condition_is_ignored(self) -> None:
        """If no condition is true, the answer is 200, so that Apify does not repeat."""
        condition = builders.properties(activationCondition='=connectorData.status = "FAILED"')
        world = World(builders.plain_start(properties=condition))

        reply = world.post()

        assert (reply.status, reply.body) == (200, {"status": "ignored"})

    def test_no_effect_goes_on_after_the_answer(self) -> None:
        """Where one effect breaks, the others have ended before the invocation does.

        One that went on would be frozen with the process, and give its command long after.
        """
        world = World(
            builders.catch(message_name="breaks"), builders.catch(element_id="Event_2", message_name="slow")
        )
        publish = world.engine.publish_message

        async def troubled(command: PublishMessage) -> PublishResult:
            if command.name == "breaks":
                raise LookupError("a fault of ours")
            await asyncio.sleep(0.01)
            return await publish(command)

        world.engine.publish_message = troubled  # type: ignore[method-assign]  # one command is made to break

        async def invocation() -> int:
            assert (await world.receive(builders.request())).status == 202
            return len(asyncio.all_tasks()) - 1

        assert run_async(invocation()) == 0
        assert [message.name for message in world.engine.published] == ["slow"]

    def test_expression_that_never_ends_is_rejected_in_time(self) -> None:
        """A careless loop in a condition is a rejection, long before the receiver's time is up."""
        endless = "=count(for a in 1..100000000 return a) > 0"
        world = World(builders.catch(properties=builders.properties(activationCondition=endless)))

        reply = world.post()

        assert (reply.status, status_of(reply)) == (200, "rejected")
        assert world.engine.published == []

    def test_repetition_is_a_duplicate(self) -> None:
        """The same event again has no second effect, from the same or another dispatch."""
        world = World(builders.plain_start(), builders.catch(element_id="Event_2"))
        world.post()

        again = world.post(builders.request(headers={"x-apify-webhook-dispatch-id": "dispatch2"}))

        assert (again.status, status_of(again)) == (200, "duplicate")
        assert (len(world.engine.started), len(world.engine.published)) == (1, 1)

    def test_two_webhooks_report_one_event(self) -> None:
        """The same event through another door finds its effect done."""
        world = World(builders.plain_start())
        run_async(world.registry.set_listeners("inbound/context-1", [builders.plain_start()]))
        world.post()

        again = world.post(builders.request(path="/inbound/context-1"))

        assert status_of(again) == "duplicate"
        assert len(world.engine.started) == 1

    def test_resurrected_run_is_a_new_event(self) -> None:
        """A run that ends a second time has another `finishedAt`, so it has effects again."""
        world = World(builders.plain_start())
        world.post()
        again = builders.run(finishedAt="2026-11-21T12:30:00.000Z")

        reply = world.post(builders.request(builders.body(resource=again)))

        assert status_of(reply) == "ok"
        assert len(world.engine.started) == 2

    def test_elements_with_one_message_share_it(self) -> None:
        """Two elements that wait for the same message get one, with the newest version's variables."""
        old = builders.catch()
        new = builders.catch(
            version=2,
            definition_key=1002,
            properties=builders.properties(
                correlationKeyExpression="=connectorData.runId", resultVariable="newer"
            ),
        )
        world = World(old, new)

        reply = world.post()

        assert reply.body == {
            "status": "ok",
            "effects": [{"element": new.ref, "status": "ok", "sharedWith": [old.ref]}],
        }
        [message] = world.engine.published
        assert list(message.variables) == ["newer"]

    def test_faulty_element_harms_no_other(self) -> None:
        """A broken expression rejects its own element; the others have their effects."""
        broken = builders.catch(
            element_id="Broken", properties=builders.properties(correlationKeyExpression="=nothing")
        )
        world = World(broken, builders.plain_start())

        reply = world.post()

        assert (reply.status, status_of(reply)) == (200, "rejected")
        assert len(world.engine.started) == 1
        assert world.metrics.counted["EffectsRejected"] == 1

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"activationCondition": "=1 +"}, id="condition"),
            pytest.param({"correlationKeyExpression": "=1 +"}, id="key"),
            pytest.param({"correlationKeyExpression": "=null"}, id="null key"),
            pytest.param({"correlationKeyExpression": "=[1]"}, id="list as key"),
            pytest.param({"messageIdExpression": "=1 +"}, id="message id"),
            pytest.param({"messageTtl": "PT1X"}, id="TTL"),
            pytest.param({"resultExpression": "=1 +"}, id="result fails"),
            pytest.param({"resultExpression": "=1"}, id="result is no object"),
            pytest.param({"resultExpression": '={a: "camunda.function.type"}'}, id="forbidden"),
        ],
    )
    def test_failing_expression_is_rejected_for_good(self, changes: dict[str, str]) -> None:
        """What cannot be worked out is answered 200, recorded with its reason, and kept for a replay."""
        properties = builders.properties(**{"correlationKeyExpression": "=connectorData.runId"} | changes)
        world = World(builders.catch(properties=properties))

        reply = world.post()

        assert (reply.status, status_of(reply)) == (200, "rejected")
        assert not world.engine.published
        [effect] = [each.effect for each in run_async(world.ledger.unresolved())]
        assert effect.reason

    def test_engine_refusal_is_rejected(self) -> None:
        """What the engine refuses for good is not tried again."""
        world = World(builders.plain_start())
        world.engine.troubles = [Trouble(EngineRejected("No such process.", rejection="NOT_FOUND"))]

        reply = world.post()
        again = world.post()

        assert (reply.status, status_of(reply)) == (200, "rejected")
        assert (again.status, status_of(again)) == (200, "rejected")
        assert not world.engine.started

    def test_event_type_that_was_not_asked_for_is_ignored(self) -> None:
        """An element that shares a webhook gets only the event types that it asked for."""
        world = World(builders.plain_start(properties=builders.properties(eventTypes="FAILED, TIMED-OUT")))

        assert world.post().body == {"status": "ignored"}

    @pytest.mark.parametrize(
        "kind", [ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START], ids=lambda kind: kind.value
    )
    def test_message_start_needs_no_key(self, kind: ElementKind) -> None:
        """A message start without a correlation key expression publishes with an empty key."""
        world = World(builders.element(kind))

        world.post()

        [message] = world.engine.published
        assert message.correlation_key == ""


class TestWhatIsAway:
    def test_fault_of_ours_is_parked(self) -> None:
        """An event on which our program fails is durable: a person sees it where Apify would give up."""
        world = World(builders.plain_start())

        async def faulty(command: StartProcess) -> InstanceCreated:
            raise LookupError("a fault of ours")

        world.engine.start_process = faulty  # type: ignore[method-assign]  # the command is made to break

        reply = world.post()

        assert reply == HttpReply(202, {"status": "parked", "reason": "UNEXPECTED_ERROR"})
        assert len(world.parking.events) == 1

    def test_credentials_that_cannot_be_read_are_parked(self) -> None:
        """Nothing was sent, so a start is tried again as soon as a person has corrected the credentials."""
        unreadable = EngineUnavailable("No field 'clientId'.", code=ErrorCode.ENGINE_CREDENTIALS_UNREADABLE)
        world = World(builders.plain_start())
        world.engine.troubles = [Trouble(unreadable)]

        reply = world.post()

        assert reply.status == 202
        assert world.parking.next_visible_in() <= timedelta(seconds=10)

    def test_engine_away_is_parked(self) -> None:
        """An event that Camunda cannot take is durable before it is answered 202."""
        world = World(builders.catch())
        world.engine.troubles = [UNREACHABLE]

        reply = world.post()

        assert (reply.status, status_of(reply)) == (202, "parked")
        assert len(world.parking.events) == 1

    def test_nothing_durable_is_503(self) -> None:
        """Where the event cannot be made durable Apify is asked to come again."""
        world = World(builders.catch())
        world.engine.troubles = [UNREACHABLE]
        world.parking.is_away = True

        assert world.post().status == 503

    @pytest.mark.parametrize("store", ["ledger", "registry"])
    def test_store_away_is_parked(self, store: str) -> None:
        """With DynamoDB away the event waits in SQS."""
        world = World(builders.catch())
        getattr(world, store).is_away = True

        reply = world.post()

        assert (reply.status, status_of(reply)) == (202, "parked")
        assert not world.engine.published

    def test_lost_answer_of_a_start_is_in_doubt(self) -> None:
        """A start whose answer was lost is parked as in doubt and not repeated at once."""
        world = World(builders.plain_start())
        world.engine.troubles = [ANSWER_LOST]

        reply = world.post()
        again = world.post()

        assert (reply.status, again.status) == (202, 202)
        assert reply.body is not None
        assert reply.body["effects"] == [
            {"element": "orders/1/Event_1", "status": "in doubt", "detail": "ENGINE_UNAVAILABLE"}
        ]
        assert len(world.engine.started) == 1

    def test_paused_is_parked(self) -> None:
        """During a pause deliveries are kept, and have no effect."""
        world = World(builders.plain_start())
        run_async(world.registry.set_paused("inbound", paused=True))

        reply = world.post()

        assert reply.status == 202
        assert not world.engine.started
        assert world.parking.next_visible_in() == timedelta(minutes=15)


class TestHalfCharacters:
    """JavaScript cuts texts within an emoji; half of one can be neither sent nor stored."""

    def test_become_a_replacement(self) -> None:
        """A key gets the replacement character, and so do the variables."""
        keyed = builders.properties(correlationKeyExpression="=request.body.resource.statusMessage")
        world = World(builders.catch(properties=keyed))

        assert world.post(builders.request(cut_body())).status == 200

        [message] = world.engine.published
        assert message.correlation_key == "done \ufffd"
        json.dumps(message.variables, ensure_ascii=False).encode()

    def test_in_a_reason(self) -> None:
        """A reason that quotes one can be kept."""
        broken = builders.properties(messageTtl="=request.body.resource.statusMessage")
        world = World(builders.catch(properties=broken))

        assert world.post(builders.request(cut_body())).status == 200

        [effect] = [each.effect for each in run_async(world.ledger.unresolved())]
        assert (effect.reason or "").encode()

    def test_whole_ones_stay(self) -> None:
        """An emoji that is written as two escapes is one character."""
        world = World(builders.catch())
        whole = builders.body(resource=builders.run(id="run1", statusMessage="\U0001f600"))

        world.post(builders.request(whole))

        assert "\U0001f600" in str(world.engine.published[0].variables)


def cut_body() -> Any:
    return builders.body(resource=builders.run(statusMessage="done \ud83d"))
