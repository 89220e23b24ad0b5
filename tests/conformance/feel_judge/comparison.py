"""Decides whether two engines agree; what they may differ in is data beside this file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from apify_camunda.feel import Evaluated, evaluate, evaluate_unary_tests, to_json
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS

from tests.conformance.feel_judge.judge import Answer

_MAY_DIFFER: Final = json.loads(Path(__file__).with_name("may_differ.json").read_text(encoding="utf-8"))


def our_answer(expression: str, context: Mapping[str, Any]) -> Answer:
    """Return our engine's answer as a connector would write it; to raise is an answer of no engine."""
    try:
        result = evaluate(f"={expression}", context, functions=CONNECTOR_FUNCTIONS)
    except Exception as raised:  # noqa: BLE001  evaluate must not raise: whatever it is, it is a difference
        return Answer(json=json.dumps(f"raised {raised!r}"))
    if not isinstance(result, Evaluated):
        return Answer(error=result.reason)
    if result.value is None:
        return Answer(json=None)
    try:
        return Answer(json=to_json(result.value))
    except ValueError as not_writable:
        return Answer(error=str(not_writable))


def our_answer_to_tests(tests: str, input_value: Any, context: Mapping[str, Any]) -> Answer:
    """Return our engine's answer to unary tests of an input."""
    result = evaluate_unary_tests(tests, input_value, context)
    if not isinstance(result, Evaluated):
        return Answer(error=result.reason)
    return Answer(json=None if result.value is None else to_json(result.value))


def agree(theirs: Answer, ours: Answer) -> bool:
    """Return whether both fail, or answer the same JSON; the order of an object's entries means nothing."""
    if not theirs.ok or not ours.ok:
        return theirs.ok == ours.ok
    if theirs.json is None or ours.json is None:
        return theirs.json == ours.json
    return theirs.json == ours.json or _read(theirs.json) == _read(ours.json)


def reason_to_differ(expression: str, theirs: Answer, ours: Answer) -> str | None:
    """Return why the engines may differ on the expression, None where they must not.

    A row of the data holds where all that it asks for is found: parts of the expression, of Camunda's answer
    or of its failure; or where both answers have the same letters, in another order.
    """
    for row in _MAY_DIFFER:
        asked = [
            all(part in expression for part in row.get("expression_has", ())),
            row.get("answer_has", "") in (theirs.json or ""),
            row.get("failure_has", "") in (theirs.error or ""),
            "same_letters" not in row or sorted(theirs.json or "") == sorted(ours.json or ""),
        ]
        if all(asked):
            return str(row["reason"])
    return None


def _read(text: str) -> Any:
    """Return the JSON with its numbers as they are written: 1 and 1.0 are two answers."""
    return json.loads(
        text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits)
    )
