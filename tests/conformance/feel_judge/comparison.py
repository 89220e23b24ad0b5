"""Decides whether two engines agree; what they may differ in is data beside this file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from apify_camunda.feel import Evaluated, Value, evaluate, evaluate_unary_tests, temporal, to_json
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS
from apify_camunda.feel.values import FUNCTION, kind_of, native

from tests.conformance.feel_judge.judge import Answer
from tests.conformance.feel_judge.questions import Question

_JAVA_NAMES: Final = {
    temporal.Date: "LocalDate",
    temporal.LocalTime: "LocalTime",
    temporal.ZonedTime: "OffsetTime",
    temporal.LocalDateTime: "LocalDateTime",
    temporal.DayTimeDuration: "Duration",
    temporal.YearMonthDuration: "Period",
}
_MAY_DIFFER: Final = json.loads(Path(__file__).with_name("may_differ.json").read_text(encoding="utf-8"))


def our_answer(question: Question, text: str | None = None) -> Answer:
    """Return our engine's answer as a connector would write it; to raise is an answer of no engine."""
    text = question.text if text is None else text
    try:
        if question.is_tests:
            result = evaluate_unary_tests(
                text, question.input_value, question.context, functions=CONNECTOR_FUNCTIONS
            )
        else:
            result = evaluate(f"={text}", question.context, functions=CONNECTOR_FUNCTIONS)
    except Exception as raised:  # noqa: BLE001  evaluate must not raise: any exception is a difference
        return Answer(json=json.dumps(f"raised {raised!r}"))
    if not isinstance(result, Evaluated):
        return Answer(error=result.reason)
    kinds = tuple(sorted(failure.kind for failure in result.failures))
    try:
        written = None if result.value is None else to_json(result.value)
    except ValueError as not_writable:
        return Answer(error=str(not_writable))
    return Answer(written, typed(result.value), kinds)


def agree(theirs: Answer, ours: Answer) -> bool:
    """Return whether both fail, or answer the same; the order of an object's entries means nothing."""
    if not theirs.ok or not ours.ok:
        return theirs.ok == ours.ok
    if theirs.typed != ours.typed:
        return False
    if theirs.json is None or ours.json is None:
        return theirs.json == ours.json
    return theirs.json == ours.json or _read(theirs.json) == _read(ours.json)


def typed(value: Value) -> str:  # noqa: PLR0911  one row a kind, as in a table
    """Return the value with its type and all its digits, as the judge's program writes it."""
    value = native(value)
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            return to_json(value)
        case int() | Decimal():
            return str(Decimal(value))
        case list():
            return f"[{', '.join(map(typed, value))}]"
        case dict():
            entries = {
                to_json(key): typed(entry) for key, entry in value.items() if kind_of(entry) != FUNCTION
            }
            return f"{{{', '.join(f'{key}={entry}' for key, entry in sorted(entries.items()))}}}"
        case temporal.ZonedDateTime():
            zone = f"@{value.zone}" if value.zone is not None else ""
            return f"ZonedDateTime {temporal.to_java_text(value)}{zone}"
        case _ if type(value) in _JAVA_NAMES:
            return f"{_JAVA_NAMES[type(value)]} {temporal.to_java_text(value)}"
        case _:
            return str(value)


def reason_to_differ(expression: str, theirs: Answer, ours: Answer) -> str | None:
    """Return why the engines may differ on the expression, None where they must not.

    A row of the data holds where all that it asks for is found: parts of the expression, of Camunda's answer
    or of its failure, a kind of what became null there, a part of our failure; or where both answers have the
    same letters in another order.
    """
    for row in _MAY_DIFFER:
        asked = [
            all(part in expression for part in row.get("expression_has", ())),
            row.get("answer_has", "") in (theirs.json or ""),
            row.get("failure_has", "") in (theirs.error or ""),
            "kind" not in row or row["kind"] in theirs.kinds,
            "ours_has" not in row or row["ours_has"] in (ours.error or ""),
            "same_json" not in row or (theirs.ok and ours.ok and theirs.json == ours.json),
            "same_letters" not in row or _have_same_letters(theirs, ours),
        ]
        if all(asked):
            return str(row["reason"])
    return None


def _have_same_letters(theirs: Answer, ours: Answer) -> bool:
    pairs = ((theirs.json or "", ours.json or ""), (theirs.typed, ours.typed))
    return theirs.ok and ours.ok and all(sorted(one) == sorted(other) for one, other in pairs)


def _read(text: str) -> Any:
    """Return the JSON with its numbers as they are written: 1 and 1.0 are two answers."""
    return json.loads(
        text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits)
    )
