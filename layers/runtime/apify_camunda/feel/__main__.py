"""`python -m apify_camunda.feel --batch`: evaluates JSON lines, to be compared with other engines.

A line in: {"id", "expression", "context", "unary"?, "input"?}; a line out: {"id", "ok": true, "value",
"json", "warnings"} or {"id", "ok": false, "error", "warnings"}. Values are typed JSON: numbers as JSON
numbers with all their digits, temporal values as {"@date"|"@time"|"@dateTime"|"@dtd"|"@ymd": text}. The
connectors' functions are known. A line that is not such a record is answered, too, with the reason.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from apify_camunda.feel import temporal
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS
from apify_camunda.feel.engine import evaluate, evaluate_unary_tests
from apify_camunda.feel.json_faults import json_fault
from apify_camunda.feel.json_values import to_json
from apify_camunda.feel.results import Evaluated, Failed
from apify_camunda.feel.values import (
    DATE,
    DATE_TIME,
    DAYS_DURATION,
    TEMPORAL_KINDS,
    TIME,
    YEARS_DURATION,
    Function,
    Value,
    kind_of,
    native,
)

_TAGS = {DATE: "@date", TIME: "@time", DATE_TIME: "@dateTime", DAYS_DURATION: "@dtd", YEARS_DURATION: "@ymd"}
_PARSERS = {
    "@date": temporal.parse_date,
    "@time": temporal.parse_time,
    "@dateTime": temporal.parse_date_time,
    "@dtd": temporal.parse_duration,
    "@ymd": temporal.parse_duration,
}


class _NoRecord(Exception):
    """A line is not a record that can be evaluated; the message says why."""


def main(arguments: list[str]) -> int:
    if arguments != ["--batch"]:
        print(__doc__, file=sys.stderr)  # noqa: T201  a program's usage
        return 2
    for name in ("SIGINT", "SIGPIPE"):  # it ends as filters do: at once, without a traceback
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_DFL)
    for line in answers(sys.stdin.buffer):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()  # a caller may wait for each answer before it writes the next line
    return 0


def answers(lines: Iterable[str | bytes]) -> Iterator[str]:
    """Yield one line of JSON for each line that is not blank."""
    for line in lines:
        if line.strip():
            yield _answer(line)


def _answer(line: str | bytes) -> str:
    name = "null"
    try:
        record = _record(line)
        name = to_typed(record.get("id"))
        told = _told(_evaluated(record))
    except _NoRecord as error:
        told = _refused(str(error))
    except RecursionError:
        told = _refused("It is nested too deeply.")
    return "{" + ", ".join(f"{json.dumps(key)}: {text}" for key, text in {"id": name, **told}.items()) + "}"


def _record(line: str | bytes) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_float=Decimal, parse_int=_number, parse_constant=_no_number)
    except (ValueError, ArithmeticError) as error:
        raise _NoRecord(f"The line is not JSON: {json_fault(error)}.") from error
    if not isinstance(record, dict):
        raise _NoRecord("The line is not a JSON object.")
    return record


def _number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 40 else Decimal(digits)


def _no_number(_word: str) -> None:
    """Return null for Infinity and NaN, as Camunda's engine does."""


def _evaluated(record: dict[str, Any]) -> Evaluated | Failed:
    expression, named = record.get("expression"), record.get("context")
    if not isinstance(expression, str):
        raise _NoRecord('"expression" is missing, or not text.')
    if not isinstance(named, dict | None):
        raise _NoRecord('"context" is not a JSON object.')
    context = {name: from_typed(value) for name, value in (named or {}).items()}
    if record.get("unary"):
        given = from_typed(record.get("input"))
        return evaluate_unary_tests(expression, given, context, functions=CONNECTOR_FUNCTIONS)
    return evaluate(expression, context, functions=CONNECTOR_FUNCTIONS)


def _refused(reason: str) -> dict[str, str]:
    return {"ok": "false", "error": json.dumps(reason), "warnings": "[]"}


def _told(result: Evaluated | Failed) -> dict[str, str]:
    warnings = json.dumps([str(failure) for failure in result.failures])
    match result:
        case Failed(reason):
            return {"ok": "false", "error": json.dumps(reason), "warnings": warnings}
        case Evaluated(value):
            try:
                written = {
                    "value": to_typed(value),
                    "json": json.dumps(None if value is None else to_json(value)),
                }
            except ValueError as error:
                return {"ok": "false", "error": json.dumps(str(error)), "warnings": warnings}
            return {"ok": "true", **written, "warnings": warnings}


def from_typed(value: Any) -> Value:
    """Return the value of typed JSON; a text that is not a temporal value is null."""
    match value:
        case dict() if len(value) == 1 and (tag := next(iter(value))) in _PARSERS:
            if not isinstance(value[tag], str):
                raise _NoRecord(f'"{tag}" does not hold text.')
            return _PARSERS[tag](value[tag])
        case dict():
            return {key: from_typed(entry) for key, entry in value.items()}
        case list():
            return [from_typed(item) for item in value]
        case _:
            return value


def to_typed(value: Value) -> str:
    """Return the value as typed JSON text.

    Raises:
        ValueError: It is a range or a function.
    """
    value = native(value)
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int() | Decimal():
            return str(Decimal(value))
        case list():
            return "[" + ", ".join(map(to_typed, value)) + "]"
        case dict():
            entries = (
                f"{json.dumps(key)}: {to_typed(entry)}"
                for key, entry in value.items()
                if type(entry) is not Function
            )
            return "{" + ", ".join(entries) + "}"
        case _ if kind_of(value) in TEMPORAL_KINDS:
            kind = kind_of(value)
            exact = kind in {DAYS_DURATION, YEARS_DURATION}  # string() drops fractions of a second
            return json.dumps({_TAGS[kind]: temporal.to_java_text(value) if exact else str(value)})
        case _:
            raise ValueError(f"{value!r} has no JSON")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
