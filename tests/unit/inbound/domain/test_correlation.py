"""Which effects an event has on the elements that listen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.correlation import effects_of, message_of, start_of
from apify_camunda.inbound.domain.effect import Effect, EffectState, FaultyEffect, MessageEffect, StartEffect
from apify_camunda.inbound.domain.event_identity import instance_tag
from apify_camunda.inbound.domain.shares import result_shares
from apify_camunda.inbound.domain.variables import variables_of
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.events import ReceivedEvent

from tests import builders
from tests.builders import EVENT, body, catch, element, plain_start, properties, received, run

RECEIVED = received(body(resource=run(number=7, ratio=1.5, flag=True, stats={"a": 1}, tags=["x"])))


def effects(
    *elements: InboundElement, route: str = builders.ROUTE, event_type: str = "ACTOR.RUN.SUCCEEDED"
) -> tuple[Effect, ...]:
    content = RECEIVED.body | {"eventType": event_type}
    return effects_of(EVENT, received(content, route=route), elements)


def one(each: InboundElement) -> Effect:
    [effect] = effects(each)
    return effect


def keyed(expression: str | None, kind: ElementKind = ElementKind.INTERMEDIATE_CATCH) -> Effect:
    return one(element(kind, properties=properties(correlationKeyExpression=expression)))


class TestTexts:
    @pytest.mark.parametrize(
        ("expression", "text"),
        [
            ("=connectorData.runId", "run1"),
            ("connectorData.runId", "run1"),
            ("=request.body.resource.number", "7"),
            ("=request.body.resource.ratio", "1.5"),
            ("=request.body.resource.flag", "true"),
            ("=1/4", "0.25"),
            ("=3.0", "3"),
            ('="a" + string(1)', "a1"),
            ("=request.body.resource.stats", '{"a":1}'),
            ("=request.headers.`content-type`", "application/json"),
            ('=date("2026-11-21")', "2026-11-21"),
            ('=""', ""),
        ],
    )
    def test_key_is_text(self, expression: str, text: str) -> None:
        """A correlation key is the value's text: numbers, booleans and objects as JSON writes them."""
        assert message(keyed(expression)).correlation_key == text

    @pytest.mark.parametrize(
        "expression", ["=null", "=nothing", "=1 +", "=[1]", "=tags", '=substring("a", 9)']
    )
    def test_catch_without_a_key_is_rejected(self, expression: str) -> None:
        """A catch event whose key is null, a list, or fails, is rejected with the expression."""
        effect = keyed(expression)

        assert effect.state is EffectState.REJECTED
        assert expression in str(effect.reason)

    @pytest.mark.parametrize("expression", [None, " ", "=null", "=nothing", "=1 +"])
    @pytest.mark.parametrize("kind", [ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START])
    def test_start_without_a_key_has_an_empty_one(self, kind: ElementKind, expression: str | None) -> None:
        """A message start does without a key, as with Camunda's own runtime."""
        effect = message(keyed(expression, kind))

        assert (effect.state, effect.correlation_key) == (EffectState.OPEN, "")

    @pytest.mark.parametrize(
        ("expression", "message_id"),
        [(None, EVENT), (" ", EVENT), ("=null", EVENT), ("=connectorData.runId", "run1"), ("=7", "7")],
    )
    def test_message_id(self, expression: str | None, message_id: str) -> None:
        """An expression's id is used as it is; without one the event names the message."""
        assert message(one(catch_with(messageIdExpression=expression))).message_id == message_id


class TestTimeToLive:
    @pytest.mark.parametrize(
        ("text", "duration"),
        [
            (None, timedelta(hours=1)),
            ("", timedelta(hours=1)),
            ("PT10M", timedelta(minutes=10)),
            ("P1DT2H", timedelta(hours=26)),
            ("PT0.5S", timedelta(seconds=0.5)),
            ("pt1h", timedelta(hours=1)),
            ("PT0S", timedelta()),
            ("PT-5S", timedelta()),
            ('="PT" + "5M"', timedelta(minutes=5)),
            ('=duration("PT5M")', timedelta(minutes=5)),
            ('=duration("P2D")', timedelta(days=2)),
            ('=if connectorData.status = "FAILED" then "PT1S" else "PT2S"', timedelta(seconds=2)),
            ("=null", timedelta(hours=1)),
        ],
    )
    def test_how_long_a_message_lives(self, text: str | None, duration: timedelta) -> None:
        """A TTL is an ISO duration, as text or by FEEL; without one it is an hour."""
        assert message(one(catch_with(messageTtl=text))).time_to_live == duration

    @pytest.mark.parametrize("text", ["1h", "PT", "P", "P1M", "P1Y", "=1 +", "=5", "PT99999999999H"])
    def test_value_that_is_not_a_duration_is_rejected(self, text: str) -> None:
        """Anything else is rejected for its element alone."""
        assert one(catch_with(messageTtl=text)).state is EffectState.REJECTED


class TestSharing:
    def test_same_message_is_one_effect_of_the_newest(self) -> None:
        """Elements that wait for one message share its effect; the latest deployment's is used."""
        old, new = catch(), catch(process_id="copy", definition_key=2002)

        effect = message(*effects(old, new))

        assert (effect.element, effect.shared_with) == (new, (old.ref,))

    def test_elements_of_one_version_contribute_their_variables(self) -> None:
        """Start-or-correlate: both elements give their variables, in either order of their ids."""
        for first, second in (("A", "Z"), ("Z", "A")):
            starts = element(ElementKind.MESSAGE_START, element_id=first, properties=given(theKey="runId"))
            goes_on = element(
                ElementKind.EVENT_SUB_PROCESS_START, element_id=second, properties=given(status="status")
            )

            effect = message(*effects(starts, goes_on))

            found = variables(effect)
            assert (found["theKey"], found["status"]) == ("run1", "SUCCEEDED")
            assert "result" in found
            assert effect.shared_with == ()

    def test_same_value_twice_is_not_a_conflict(self) -> None:
        """Two elements may give one variable the same value."""
        effect = message(
            *effects(
                element(properties=given(a="runId")), element(element_id="B", properties=given(a="runId"))
            )
        )

        assert variables(effect)["a"] == "run1"

    def test_two_values_of_one_variable_are_a_fault(self) -> None:
        """A variable with two different values is refused, with both elements and the variable."""
        effect = message(
            *effects(
                element(properties=given(a="runId")), element(element_id="B", properties=given(a="status"))
            )
        )

        with pytest.raises(InvalidInput, match=r"Event_1 and B .* 'a' different values"):
            variables(effect)

    def test_longest_life_counts(self) -> None:
        """A shared message lives as long as the longest-lived of its elements asks for."""
        effect = message(*effects(catch_with(messageTtl="PT1M"), catch_with("B", messageTtl="PT2H")))

        assert effect.time_to_live == timedelta(hours=2)

    def test_different_keys_are_different_effects(self) -> None:
        """Another name, key, id or tenant is another message."""
        several = effects(
            catch(),
            catch(message_name="other"),
            catch(tenant_id="t2"),
            catch_with(messageIdExpression='="x"'),
            catch_with(correlationKeyExpression="=1"),
        )

        assert len(several) == 5

    def test_one_process_may_react_in_several_places(self) -> None:
        """A start and a catch event of one process both have their effect."""
        kinds = {type(effect) for effect in effects(plain_start(element_id="S"), catch())}

        assert kinds == {MessageEffect, StartEffect}

    def test_fault_is_the_elements_own(self) -> None:
        """A faulty element has a rejected effect beside the others' open ones."""
        states = {
            effect.element.element_id: effect.state
            for effect in effects(catch(), catch_with("Bad", activationCondition="=1 +"))
        }

        assert states == {"Event_1": EffectState.OPEN, "Bad": EffectState.REJECTED}


class TestCommands:
    def test_message(self) -> None:
        """A message's command carries what was frozen, and the variables of the moment."""
        effect = message(one(catch_with(messageTtl="PT2M")))

        command = message_of(effect, {"a": 1})

        assert (command.name, command.correlation_key, command.message_id) == ("run-finished", "run1", EVENT)
        assert (command.time_to_live, command.tenant_id) == (timedelta(minutes=2), "<default>")
        assert command.variables == {"a": 1}

    def test_start(self) -> None:
        """A start's command names the exact definition, the effect (tag) and the event (business id)."""
        effect = start(one(plain_start(version=4, definition_key=1004)))

        command = start_of(effect, {}, EVENT)

        assert (command.definition_key, command.version, command.tag) == (1004, 4, instance_tag(effect.key))
        assert command.business_id == EVENT

    def test_variables(self) -> None:
        """The result variable holds the whole delivery; the expression's entries come over it."""
        each = catch_with(
            resultVariable="whole",
            resultExpression="={runId: connectorData.runId, same: response.connectorData.runId, whole: null}",
        )

        found = variables(one(each))

        assert found == {"runId": "run1", "same": "run1", "whole": None}

    def test_result_variable_alone(self) -> None:
        """What the template's documentation promises is found under the result variable."""
        found = variables(one(catch()))

        whole = found["result"]
        assert isinstance(whole, dict)
        assert set(whole) == {"request", "connectorData", "documents"}
        data = whole["connectorData"]
        assert isinstance(data, dict)
        assert set(data) == {
            "eventType", "userId", "createdAt", "runId", "status", "actorId",
            "defaultDatasetId", "defaultKeyValueStoreId", "resource", "eventData",
        }  # fmt: skip

    @pytest.mark.parametrize("absent", [None, "missing"])
    def test_null_task_is_left_out(self, absent: str | None) -> None:
        """A run that no task started has no task id, not one that is called null."""
        resource = run() if absent else run(actorTaskId=None)
        found = variables(one(catch()), received(body(resource=resource)))

        assert "taskId" not in str(found["result"]).replace("actorTaskId", "")


def catch_with(element_id: str = "Event_1", **changes: str | None) -> InboundElement:
    """Return a catch event with other properties."""
    keyed_by_run = {"correlationKeyExpression": "=connectorData.runId"}
    return catch(element_id=element_id, properties=properties(**keyed_by_run | changes))


def given(**names: str) -> dict[str, str]:
    """Return properties whose result expression gives variables from connector data."""
    entries = ", ".join(f"{name}: connectorData.{source}" for name, source in names.items())
    return properties(correlationKeyExpression="=connectorData.runId", resultExpression="={" + entries + "}")


def variables(effect: Effect, delivery: ReceivedEvent = RECEIVED, *, sharers: int = 1) -> JsonObject:
    """Return the variables of an effect that shares with so many others."""
    assert not isinstance(effect, FaultyEffect)
    return variables_of(effect, delivery_context(delivery), result_shares(sharers).next())


def message(effect: Effect) -> MessageEffect:
    assert isinstance(effect, MessageEffect)
    return effect


def start(effect: Effect) -> StartEffect:
    assert isinstance(effect, StartEffect)
    return effect
