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

_EVENT_STEPS = 1_000_000
"""What all conditions, keys, ids and times to live of one event may use: some seconds of an answer's 25."""
_EVENT_RESULT_STEPS = 1_000_000
"""What all results of one event may use."""
_EVENT_BYTES = 256_000_000
"""What each of both may make in memory, counted over all evaluations; one alone may make less."""


def event_condition_budget() -> Budget:
    """Return what the conditions, keys, ids and times to live of one event may use together.

    1,000,000 steps and 256 MB, counted over all evaluations. Make one for an event, give each element its
    fair part, and pass that to every evaluation for the element, so that what one element leaves is there for
    the next ones:

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
    """Return what all results of one event may use together: 1,000,000 steps and 256 MB."""
    return Budget(_EVENT_RESULT_STEPS, _EVENT_BYTES)


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
    share = share_of(budget, limits)
    match evaluate(expression, context, limits=limits, budget=budget):
        case Failed() as failed:
            raise failure_of(what, expression, failed, code=code, share=share)
        case Evaluated(value=value):
            try:
                return JsonResult(value, cast("Json", to_json_value(value)))
            except ValueError as error:
                raise InvalidInput(
                    f"The {what} expression '{excerpt(expression, 300)}' failed: {error}", code=code
                ) from error


def share_of(budget: Budget | None, limits: Limits) -> str | None:
    """Return in words what is left for an evaluation, where that is less than its limits."""
    if budget is None or (budget.steps >= limits.steps and budget.memory_bytes >= limits.memory_bytes):
        return None
    return f"{budget.steps:,} steps and {budget.memory_bytes:,} bytes"


def failure_of(
    what: str,
    expression: str,
    failed: Failed,
    *,
    code: ErrorCode | None,
    share: str | None = None,
    limits: Limits | None = None,
) -> InvalidInput:
    """Return the error that a failed evaluation is for a modeller; it names the expression.

    Args:
        what: Names the expression, for example "correlation key".
        expression: Its text.
        failed: What the evaluation gave.
        code: The error's code where the expression is not too large.
        share: What was left for it, as `share_of` says it.
        limits: What one evaluation may use, where it has that for itself.
    """
    why = _without_its_text(failed.reason, expression)
    if failed.kind is FailedKind.EXPRESSION_TOO_LARGE:
        code = ErrorCode.EXPRESSION_TOO_LARGE
        if share is not None:
            why = f"{why} It had {share}: the elements that listen to one event share what it may use."
        elif limits is not None:
            why = f"{why} One evaluation may take {limits.steps:,} steps and {limits.memory_bytes:,} bytes."
    return InvalidInput(f"The {what} expression '{excerpt(expression, 300)}' failed: {why}", code=code)


def _without_its_text(reason: str, expression: str) -> str:
    """Return why an evaluation failed, without the expression, which the message names already."""
    for text in (expression, expression.strip(), expression.strip().removeprefix("=")):
        for verb in ("evaluate", "parse"):
            reason = reason.removeprefix(f"failed to {verb} expression '{text}': ")
    return reason


def check_syntax(what: str, expression: str, *, code: ErrorCode) -> None:
    """Refuse what is no expression, before anything is done whose result it would need.

    Raises:
        InvalidInput: It is none.
    """
    try:
        parse(expression)
    except FeelSyntaxError as error:
        why = _without_its_text(str(error), expression)
        message = f"The {what} expression '{excerpt(expression, 300)}' failed: {why}"
        raise InvalidInput(message, code=code) from error
