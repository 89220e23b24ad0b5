"""Which names of an expression its scope does not have."""

from __future__ import annotations

import pytest
from apify_camunda.expressions.unknown_names import Scope, unknown_names
from apify_camunda.feel import evaluate, parse

SCOPE: Scope = {"request": frozenset({"body"}), "documents": None}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("=request.body.anything.at.all", []),
        ("=documents[1].name", []),
        ("=SUCCEEDED", ["SUCCEEDED"]),
        ("=request.bodi.a", ["request.bodi"]),
        ("=request.body = a and b > a", ["a", "b"]),
        ("=a = null", []),
        ("=null != a", []),
        ("=is defined(a)", []),
        ("=is defined(a) and a > 1", ["a"]),
        ("=get or else(a, 1)", []),
        ("=uper case(request.body)", ["uper case()"]),
        ("=upper case(a)", ["a"]),
        ("={x: 1, y: x + z}", ["z"]),
        ("={x: y, y: 1}", ["y"]),
        ("={f: function(a) a + b}", ["b"]),
        ("={f: function(a) a, g: f(1)}", []),
        ("=for x in documents, y in x return x + y + z", ["z"]),
        ("=for x in documents return count(partial) + x", []),
        ("=x + (for x in documents return x)[1]", ["x"]),
        ("=some x in documents satisfies x = y", ["y"]),
        ("=documents[size > 1]", []),
        ("=nope[size > 1]", ["nope"]),
        ("=if a then b else c", ["a", "b", "c"]),
        ("=[a, -b]", ["a", "b"]),
        ("=documents.name", []),
        ("={request: {c: 1}, d: request.c}", []),
    ],
)
def test_unknown_names_are_found(expression: str, names: list[str]) -> None:
    """A name is unknown where neither the scope nor the expression itself has it."""
    found = [each.name for each in unknown_names(parse(expression), SCOPE)]
    assert sorted(found) == sorted(names)


def test_the_place_is_shown() -> None:
    """The line of the expression is shown, with a mark below the name."""
    [unknown] = unknown_names(parse("=request.body =\n  nope"), SCOPE)
    assert unknown.shown == "  nope\n  ^~~~"


@pytest.mark.parametrize("expression", ["=SUCCEEDED", "=request.bodi", "=uper case(request.body)"])
def test_what_is_found_is_null(expression: str) -> None:
    """What is called unknown gives null where the expression is evaluated."""
    assert evaluate(expression, {"request": {"body": "a"}, "documents": []}).value is None  # type: ignore[union-attr]  # null is a value
