"""Decides whether a value may leave an evaluation: whoever gets it can then walk through it without fear."""

from __future__ import annotations

from apify_camunda.feel.budget import Limits
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import ErrorItem, Range, Value


def why_not_a_result(value: Value, limits: Limits) -> str | None:
    """Return why the value cannot be the result of an expression, or None if it can.

    A small expression can make a value that is small in memory and endless when written out, by repeating
    lists in lists; and a range is, in Camunda's engine, no result at all.
    """
    waiting = [(value, 1)]
    values = 0
    while waiting:
        part, depth = waiting.pop()
        values += 1
        if isinstance(part, list):
            waiting.extend((item, depth + 1) for item in part)
        elif isinstance(part, dict):
            waiting.extend((entry, depth + 1) for entry in part.values())
        elif type(part) is Range:
            return f"the range {shown(part)} is no result"
        elif type(part) is ErrorItem:
            return part.message
        if values + len(waiting) > limits.result_values:
            return f"the result has more than {limits.result_values} values"
        if depth > limits.result_depth:
            return f"the result is nested more than {limits.result_depth} deep"
    return None
