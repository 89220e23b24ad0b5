"""The elements of one event share its time and memory."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.correlation import effects_of
from apify_camunda.inbound.domain.effect import Effect, EffectState, FaultyEffect
from apify_camunda.inbound.domain.shares import result_shares
from apify_camunda.inbound.domain.variables import variables_of
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.events import ReceivedEvent

from tests import builders
from tests.builders import EVENT, body, catch, properties, received, run

RECEIVED = received(body(resource=run(number=7, ratio=1.5, flag=True, stats={"a": 1}, tags=["x"])))


def effects(
    *elements: InboundElement, route: str = builders.ROUTE, event_type: str = "ACTOR.RUN.SUCCEEDED"
) -> tuple[Effect, ...]:
    content = RECEIVED.body | {"eventType": event_type}
    return effects_of(EVENT, received(content, route=route), elements)


def one(each: InboundElement) -> Effect:
    [effect] = effects(each)
    return effect


class TestSharedBudget:
    """What the expressions of one event may use together is bounded, however many elements listen."""

    HOSTILE = "=count(for a in 1..100000000 return a) > 0"
    HUNGRY = "=string join(for i in 1..20000 return request.body.resource.text) = null"

    def listeners(self, number: int, condition: str) -> list[InboundElement]:
        return [
            catch(
                element_id=f"Catch_{each}",
                message_name=f"message-{each}",
                properties=properties(
                    activationCondition=condition, correlationKeyExpression="=connectorData.runId"
                ),
            )
            for each in range(number)
        ]

    @pytest.mark.parametrize("hostile", [HOSTILE, HUNGRY], ids=["slow", "hungry"])
    @pytest.mark.parametrize("is_first", [True, False], ids=["hostile first", "innocent first"])
    def test_innocent_element_has_its_effect(self, hostile: str, is_first: Any) -> None:
        """Two hundred elements that use all they may leave enough for one that does not."""
        innocent = self.listeners(1, '=connectorData.status = "SUCCEEDED"')
        others = self.listeners(200, hostile)
        worked_out = effects(*([*others, *innocent] if is_first else [*innocent, *others]))

        states = [each.state for each in worked_out]
        assert states.count(EffectState.OPEN) == 1
        assert {each.code for each in worked_out if each.code} == {"EXPRESSION_TOO_LARGE"}

    def test_reason_names_the_share(self) -> None:
        """An expression that is too slow for its share is rejected, and says what its share was."""
        worked_out = effects(*self.listeners(99, self.HOSTILE), *self.listeners(1, "=true"))

        assert all(
            "the elements that listen to one event share" in (each.reason or "") for each in worked_out[:9]
        )

    def test_alone_no_share_is_named(self) -> None:
        """The reason of an expression that is too slow by itself does not mention others."""
        [effect] = effects(*self.listeners(1, self.HOSTILE))

        assert "more work than one evaluation" in (effect.reason or "")
        assert "share" not in (effect.reason or "")

    def test_a_hundred_ordinary_elements_are_served(self) -> None:
        """A hundred conditions over a list of a hundred items need less than their share."""
        condition = '=some each in connectorData.resource.tags satisfies each = "x"'
        worked_out = effects(*self.listeners(100, condition))

        assert {each.state for each in worked_out} == {EffectState.OPEN}

    def test_results_are_bounded_too(self) -> None:
        """A result that is too slow for its share of a hundred effects is refused."""
        slow = properties(resultVariable=None, resultExpression="={n: count(for a in 1..50000 return a)}")
        effect = one(catch(properties=slow | {"correlationKeyExpression": "=connectorData.runId"}))

        assert variables(effect) == {"n": 50_000}
        with pytest.raises(InvalidInput, match="10,000 steps"):
            variables(effect, sharers=100)


def variables(effect: Effect, delivery: ReceivedEvent = RECEIVED, *, sharers: int = 1) -> JsonObject:
    """Return the variables of an effect that shares with so many others."""
    assert not isinstance(effect, FaultyEffect)
    return variables_of(effect, delivery_context(delivery), result_shares(sharers).next())
