"""Decides which variables an effect brings: those of its element, merged with those of its contributors."""

from __future__ import annotations

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.result_mapping import check_variables, map_result
from apify_camunda.feel import Budget
from apify_camunda.inbound.domain.effect import MessageEffect, StartEffect
from apify_camunda.json_types import JsonObject


def variables_of(effect: MessageEffect | StartEffect, context: JsonObject, budget: Budget) -> JsonObject:
    """Return the variables that the effect brings.

    Elements that wait for the same message contribute all their variables, because the engine hands the one
    message to each of them.

    Args:
        effect: The message or the start.
        context: What expressions see: `{request, connectorData, documents}`.
        budget: What the result expressions of the effect may use together.

    Raises:
        InvalidInput: A result expression fails, two elements give one variable different values, or the
            variables cannot be sent.
    """
    if isinstance(effect, StartEffect) or not effect.contributors:
        return _variables(effect.element, context, budget)
    merged: JsonObject = {}
    origin: dict[str, str] = {}
    for element in (effect.element, *effect.contributors):
        for name, value in _variables(element, context, budget).items():
            if name in merged and not _is_same(merged[name], value):
                raise InvalidInput(
                    f"The elements {origin[name]} and {element.element_id} wait for the same message, and "
                    f"give the variable '{name}' different values. Give the variables different names, or "
                    "the same value."
                )
            merged[name] = value
            origin.setdefault(name, element.element_id)
    check_variables(merged)
    return merged


def _variables(element: InboundElement, context: JsonObject, budget: Budget) -> JsonObject:
    return map_result(
        context,
        scope={**context, "response": context},
        result_variable=element.property_or_none("resultVariable"),
        result_expression=element.property_or_none("resultExpression"),
        budget=budget,
    )


def _is_same(one: object, other: object) -> bool:
    """Return whether two JSON values are equal; true is not 1 there."""
    return one is other or (type(one) is type(other) and one == other)
