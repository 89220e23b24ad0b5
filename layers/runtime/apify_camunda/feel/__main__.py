"""`python -m apify_camunda.feel --batch`: evaluates JSON lines, to be compared with other engines.

A line in: {"id", "expression", "context", "unary"?, "input"?}; a line out: {"id", "ok": true, "value",
"json", "warnings"} or {"id", "ok": false, "error", "warnings"}. Values are typed JSON: numbers as JSON
numbers with all their digits, temporal values as {"@date"|"@time"|"@dateTime"|"@dtd"|"@ymd": text}. The
connectors' functions are known.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from apify_camunda.feel import temporal
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS
from apify_camunda.feel.engine import evaluate, evaluate_unary_tests
from apify_camunda.feel.failures import Evaluated, Failed
from apify_camunda.feel.json_values import to_json
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


def main(arguments: list[str]) -> int:
    if arguments != ["--batch"]:
        print(__doc__, file=sys.stderr)  # noqa: T201  a program's usage
        return 2
    for line in answers(sys.stdin):
        sys.stdout.write(line + "\n")
    return 0


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Yield one line of JSON for each line that has a record."""
    for line in lines:
        if line.strip():
            yield _answer(json.loads(line, parse_float=Decimal, parse_int=_number, parse_constant=_no_number))


def _number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 40 else Decimal(digits)


def _no_number(_word: str) -> None:
    """Return null for Infinity and NaN, as Camunda's engine does."""


def _answer(record: dict[str, Any]) -> str:
    context = from_typed(record.get("context") or {})
    if record.get("unary"):
        given = from_typed(record.get("input"))
        result = evaluate_unary_tests(record["expression"], given, context, functions=CONNECTOR_FUNCTIONS)
    else:
        result = evaluate(record["expression"], context, functions=CONNECTOR_FUNCTIONS)
    answer = _told(result)
    parts = [
        f"{json.dumps(name)}: {text}" for name, text in {"id": json.dumps(record["id"]), **answer}.items()
    ]
    return "{" + ", ".join(parts) + "}"


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
    """Return the value that typed JSON stands for; a temporal text that is none is null."""
    match value:
        case dict() if len(value) == 1 and (tag := next(iter(value))) in _PARSERS:
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
