"""Reads the recorded corpora as questions to start from; what Camunda answered then does not matter here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from apify_camunda.feel import FeelSyntaxError
from apify_camunda.feel.parser import parse_expression, parse_tests
from apify_camunda.feel.syntax import Node, Variable, walk

FOLDER: Final = Path(__file__).parents[4] / "shared" / "data" / "feel"
CORPORA: Final = tuple(FOLDER / name for name in ("camunda.jsonl", "tck.jsonl"))
LONGEST: Final = 400
"""Texts of more characters are left out: they are loops of the compliance kit, written out."""

_TIME_OR_CHANCE: Final = re.compile(r"\b(now|today|random number|uuid)\b")
_TEMPORAL: Final = {"@date", "@time", "@dateTime", "@dtd", "@ymd"}


class Recorded(NamedTuple):
    """One expression that a person has written, with what it refers to."""

    text: str
    context: Mapping[str, Any]
    is_tests: bool
    input_value: Any

    def nodes(self) -> list[Node]:
        """Return all nodes of the text; none, if it is no expression."""
        return nodes_of(self.text, is_tests=self.is_tests)


def recorded() -> list[Recorded] | None:
    """Return what the corpora hold, without what depends on time or chance; None where they are absent."""
    if not all(path.exists() for path in CORPORA):
        return None
    lines = [line for path in CORPORA for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [record for line in lines for record in _records(line)]


def is_of_time_or_chance(text: str) -> bool:
    """Return whether two engines cannot give one answer, because each asks its own clock or dice."""
    return _TIME_OR_CHANCE.search(text) is not None


def nodes_of(text: str, *, is_tests: bool) -> list[Node]:
    """Return all nodes of a text, the root first; none, if it is no expression."""
    try:
        return list(walk(parse_tests(text) if is_tests else parse_expression(text)))
    except FeelSyntaxError:
        return []


def literal(value: Any) -> str:
    """Return typed JSON as an expression."""
    match value:
        case {**parts} if len(parts) == 1 and parts.keys() <= _TEMPORAL:
            return f'@"{next(iter(parts.values()))}"'
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(key)}: {literal(entry)}" for key, entry in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(literal, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case None | bool():
            return json.dumps(value)
        case _:
            return f"{Decimal(str(value)):f}"


def _records(line: str) -> Iterator[Recorded]:
    record = json.loads(line)
    text, context = record["expression"].removeprefix("="), record.get("context") or {}
    if (
        record.get("volatile")
        or len(text) > LONGEST
        or is_of_time_or_chance(text)
        or _is_temporal(record.get("input"))
    ):
        return
    is_tests = bool(record.get("unary"))
    plain = {name: value for name, value in context.items() if not _is_temporal(value)}
    if len(plain) < len(context):  # a context is plain JSON, so what is not is written into the expression
        text = _with_literals(text, {name: literal(context[name]) for name in context.keys() - plain.keys()})
    yield Recorded(text, plain, is_tests, record.get("input"))


def _is_temporal(value: Any) -> bool:
    match value:
        case dict():
            return bool(value.keys() & _TEMPORAL) or any(map(_is_temporal, value.values()))
        case list():
            return any(map(_is_temporal, value))
        case _:
            return False


def _with_literals(text: str, literals: Mapping[str, str]) -> str:
    variables = {
        node.span: literals[node.name]
        for node in nodes_of(text, is_tests=False)
        if isinstance(node, Variable) and node.name in literals
    }
    for span in sorted(variables, reverse=True):
        text = text[: span.start] + variables[span] + text[span.end :]
    return text
