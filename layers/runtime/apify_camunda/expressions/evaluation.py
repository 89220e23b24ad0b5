"""Evaluates an expression of a modeller to a JSON value, and says in the modeller's words what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.feel import (
    Budget,
    Evaluated,
    Failed,
    FailedKind,
    FeelSyntaxError,
    Limits,
    Value,
    evaluate,
    parse,
    to_json_value,
)
from apify_camunda.json_types import Json

CONDITION_LIMITS = Limits(steps=100_000, memory_bytes=8_000_000)
"""For what is asked of each event: conditions, keys, ids. At most about a second on a small Lambda, and 8 MB.

A mapping over ten thousand items takes about as many steps; no condition needs that.
"""
RESULT_LIMITS = Limits(steps=300_000, memory_bytes=32_000_000)
"""For results, which may map whole datasets. At most some seconds on a small Lambda; its other jobs wait.

The 32 MB hold what the expression makes, the result, and its JSON twice: as text and as bytes.
"""

_EVENT_STEPS = 250_000
"""What conditions may use for all elements of one event together; so may keys, ids, and times to live.

All four are at most some seconds on a Lambda that has 25 to answer.
"""
_EVENT_BYTES = 32_000_000
_EVENT_RESULT_STEPS = 1_000_000
"""What all results of one event may use."""
_EVENT_RESULT_BYTES = 96_000_000
_FEWEST_STEPS = 100
_USED_UP = "more work than one evaluation may do"


def event_condition_budget() -> Budget:
    """Return what the conditions, keys, ids and times to live of one event may use together.

    250,000 steps and 32 MB. Make one for an event, give each element its fair part, and pass that to every
    evaluation for the element, so that what one element leaves is there for the next ones:

        budget = event_condition_budget()
        for place, element in enumerate(elements):
            part = budget.part(len(elements) - place)
            evaluate_to_json("activation condition", text, context, budget=part)
            evaluate_to_json("correlation key", key, context, budget=part)

    Results take parts of `event_result_budget` in the same way (`map_result(..., budget=part)`). An element
    that asks for more than its part fails with EXPRESSION_TOO_LARGE; the others keep their parts.
    """
    return Budget(_EVENT_STEPS, _EVENT_BYTES)


def event_result_budget() -> Budget:
    """Return what all results of one event may use together: 1,000,000 steps and 96 MB."""
    return Budget(_EVENT_RESULT_STEPS, _EVENT_RESULT_BYTES)


def shared_condition_limits(elements: int) -> Limits:
    """Return what an expression may use where so many elements listen to one event."""
    return Limits(
        steps=_share(CONDITION_LIMITS.steps, _EVENT_STEPS, elements),
        memory_bytes=min(CONDITION_LIMITS.memory_bytes, _EVENT_BYTES // max(elements, 1)),
    )


def shared_result_limits(effects: int) -> Limits:
    """Return what a result may use where one event has so many effects."""
    return Limits(
        steps=_share(RESULT_LIMITS.steps, _EVENT_RESULT_STEPS, effects),
        memory_bytes=min(RESULT_LIMITS.memory_bytes, _EVENT_RESULT_BYTES // max(effects, 1)),
    )


def why_it_failed(reason: str, limits: Limits) -> str:
    """Return the reason of a failed evaluation, and that others had their share where that was it."""
    if _USED_UP not in reason or limits.steps >= CONDITION_LIMITS.steps:
        return reason
    return f"{reason} It had {limits.steps:,} steps, as the elements that share an event share its time."


def _share(most: int, together: int, sharers: int) -> int:
    return max(min(most, together // max(sharers, 1)), _FEWEST_STEPS)


@dataclass(frozen=True, slots=True)
class JsonResult:
    """A value of FEEL and what it is as JSON."""

    value: Value
    json: Json


def evaluate_to_json(
    what: str,
    expression: str,
    context: Mapping[str, Any],
    *,
    code: ErrorCode | None = None,
    limits: Limits = CONDITION_LIMITS,
    budget: Budget | None = None,
) -> JsonResult:
    """Return the expression's value.

    Args:
        what: Names the expression in messages, for example "correlation key".
        expression: FEEL, with or without a leading `=`.
        context: What it sees.
        code: The error's code, or None for INVALID_INPUT.
        limits: What it may use; more is a failure.
        budget: What it may use together with the event's other expressions; see `event_condition_budget`.

    Raises:
        InvalidInput: The evaluation failed, or its value has no JSON. The code is EXPRESSION_TOO_LARGE where
            it needs more steps or memory than it may use.
    """
    match evaluate(expression, context, limits=limits, budget=budget):
        case Failed() as failed:
            raise failure_of(what, expression, failed, code=code, limits=limits)
        case Evaluated(value=value):
            try:
                return JsonResult(value, cast("Json", to_json_value(value)))
            except ValueError as error:
                raise InvalidInput(
                    f"The {what} expression '{excerpt(expression, 300)}' failed: {error}", code=code
                ) from error


def failure_of(
    what: str, expression: str, failed: Failed, *, code: ErrorCode | None, limits: Limits
) -> InvalidInput:
    """Return the error that a failed evaluation is for a modeller; it names the expression.

    Args:
        what: Names the expression, for example "correlation key".
        expression: Its text.
        failed: What the evaluation gave.
        code: The error's code where the expression is not too large.
        limits: What the evaluation might use.
    """
    if failed.kind is FailedKind.EXPRESSION_TOO_LARGE:
        code = ErrorCode.EXPRESSION_TOO_LARGE
    why = why_it_failed(failed.reason, limits)
    return InvalidInput(f"The {what} expression '{excerpt(expression, 300)}' failed: {why}", code=code)


def check_syntax(what: str, expression: str, *, code: ErrorCode) -> None:
    """Refuse what is no expression, before anything is done whose result it would need.

    Raises:
        InvalidInput: It is none.
    """
    try:
        parse(expression)
    except FeelSyntaxError as error:
        message = f"The {what} expression '{excerpt(expression, 300)}' failed: {error}"
        raise InvalidInput(message, code=code) from error
