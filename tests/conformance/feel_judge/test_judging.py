"""The judge's own parts: what agreement is, how a difference is cut down, and that generation repeats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apify_camunda.feel import evaluate

from tests.conformance.feel_judge.comparison import agree, our_answer, reason_to_differ, typed
from tests.conformance.feel_judge.corpora import Recorded, literal
from tests.conformance.feel_judge.generator import Generator
from tests.conformance.feel_judge.judge import Answer
from tests.conformance.feel_judge.mutations import Mutator
from tests.conformance.feel_judge.productions import ATOMS, PRODUCTIONS
from tests.conformance.feel_judge.questions import Question
from tests.conformance.feel_judge.trees import Tree, shrink, tree_of


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (Answer(json="1"), Answer(json="1"), True),
        (Answer(json="1"), Answer(json="1.0"), False),
        (Answer(json="1", typed="1"), Answer(json="1", typed="1.0"), False),
        (Answer(json=None), Answer(json=None), True),
        (Answer(json=None), Answer(json="0"), False),
        (Answer(json=None), Answer(error="a failure"), False),
        (Answer(error="one text"), Answer(error="another"), True),
        (Answer(json='{"a":1,"b":2}'), Answer(json='{"b":2,"a":1}'), True),
        (Answer(json="[1,2]"), Answer(json="[2,1]"), False),
    ],
)
def test_agreement(theirs: Answer, ours: Answer, expected: bool) -> None:  # noqa: FBT001  a table's column
    """Engines agree on the text of each number and on failing, not on the order of an object's entries."""
    assert agree(theirs, ours) is expected


def asked(text: str, context: dict[str, Any] | None = None) -> Question:
    return Question(tree_of(text), context or {})


def test_our_answer_is_what_a_connector_writes() -> None:
    """Null is no JSON, a value its JSON, and a failure its reason."""
    assert our_answer(asked("null")) == Answer(json=None)
    assert our_answer(asked("n * 2", {"n": 2.5})) == Answer(json="5", typed="5.0")
    assert our_answer(asked("a + 1")).kinds == ("INVALID_TYPE", "NO_VARIABLE_FOUND")
    assert our_answer(asked("1 +")).error


def test_every_row_that_lets_engines_differ_says_why() -> None:
    """What may differ is asked for by something, and has a reason."""
    rows = json.loads(Path(__file__).with_name("may_differ.json").read_text(encoding="utf-8"))
    asks = {"expression_has", "answer_has", "failure_has", "kind", "ours_has", "same_json", "same_letters"}
    assert all(row["reason"] and asks & row.keys() for row in rows)
    assert reason_to_differ("1 + 1", Answer(json="2"), Answer(json="3")) is None


def test_shrinking_keeps_what_differs() -> None:
    """Of a large expression the part stays that makes the difference, and nothing else."""
    part = Tree(("abs(", Tree(("-1",)), ")"))
    tree = Tree(
        ("[", Tree(("if ", Tree(("true",)), " then ", part, " else ", Tree(("2",)))), ", ", Tree(("3",)), "]")
    )
    assert tree.text == "[if true then abs(-1) else 2, 3]"
    assert shrink(tree, lambda text: "abs(" in text).text == "abs(1)"


def test_loose_trees_lose_their_parts() -> None:
    """Where only tokens are known, each may go."""
    tree = Tree(("1", " ", "+", "+", " ", "2"), is_loose=True)
    assert shrink(tree, lambda text: text.count("+") == 2).text == "++"


def test_shrinking_ends() -> None:
    """It asks no more often than it may, even if everything differs."""
    asked: list[str] = []

    def every_other(text: str) -> bool:
        asked.append(text)
        return len(asked) % 2 == 0

    shrink(Generator(seed=3, depth=5).expression(), every_other, tries=50)
    assert len(asked) <= 50


def test_a_seed_repeats() -> None:
    """The same seed gives the same expressions, another one others."""
    first, again, other = (Generator(seed) for seed in (5, 5, 6))
    texts = [first.expression().text for _ in range(50)]
    assert texts == [again.expression().text for _ in range(50)]
    assert texts != [other.expression().text for _ in range(50)]


def test_every_hole_can_be_filled() -> None:
    """Each hole of a template names a type or has leaves."""
    generator = Generator(seed=1, depth=6)
    for _ in range(500):
        generator.expression()
    assert PRODUCTIONS.keys() <= ATOMS.keys()


RECORDS = [
    Recorded("sum(prices[item > 10]) * 2", {"prices": [5, 20]}, is_tests=False, input_value=None),
    Recorded('date("2024-02-29") + duration("P1D")', {}, is_tests=False, input_value=None),
    Recorded("no expression (", {}, is_tests=False, input_value=None),
    Recorded("< 10, [20..30]", {}, is_tests=True, input_value=5),
]


def test_changes_repeat() -> None:
    """The same seed changes the same records into the same questions, another one into others."""
    first, again, other = (Mutator(seed, RECORDS) for seed in (5, 5, 6))
    questions = [first.question() for _ in range(200)]
    assert questions == [again.question() for _ in range(200)]
    assert questions != [other.question() for _ in range(200)]


def test_changed_expressions_are_mostly_new() -> None:
    """Hardly a question is one of the records that it was made of, and no answer is a matter of chance."""
    mutator = Mutator(1, RECORDS)
    texts = {mutator.question().text for _ in range(500)}
    assert len(texts - {record.text for record in RECORDS}) > 400
    assert not any("now()" in text or "random number(" in text for text in texts)


@pytest.mark.parametrize(
    "text", ["if a then [1, 2][item = 1] else {b: f(x: 2)}", "a.b.c(1, [1..2])", "  1 +2 /* c */ ", "1 +", ""]
)
def test_a_tree_has_the_whole_text(text: str) -> None:
    """Nothing is lost when a text becomes a tree, whether it is an expression or not."""
    assert tree_of(text).text == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"@date": "2024-02-29"}, '@"2024-02-29"'),
        ({"a": [1.5, None, {"@ymd": "P1Y"}]}, '{"a": [1.5, null, @"P1Y"]}'),
        ("é", '"é"'),
        (True, "true"),
        (1e-7, "0.0000001"),
    ],
)
def test_typed_json_as_an_expression(value: object, expected: str) -> None:
    """What a context cannot hold as JSON is written into the expression."""
    assert literal(value) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1.50", "1.50"),
        ('{b: "x", a: [null, true]}', '{"a"=[null, true], "b"="x"}'),
        ('@"2024-02-29"', "LocalDate 2024-02-29"),
        ('@"10:00:00@Europe/Berlin"', "OffsetTime 10:00+01:00"),
        ('@"2024-02-29T10:00:00@Europe/Berlin"', "ZonedDateTime 2024-02-29T10:00:00+01:00@Europe/Berlin"),
        ('@"P1D"', "Duration PT24H"),
        ("{f: function(x) x}", "{}"),
    ],
)
def test_typed_text(expression: str, expected: str) -> None:
    """A value is compared with its type and all its digits, and without its functions."""
    result = evaluate(expression, {})
    assert typed(getattr(result, "value", None)) == expected


@pytest.mark.parametrize(
    ("expression", "json"),
    [
        ('from base64("w7ZYMQ==")', '"öX1"'),
        ('from base64("%")', None),
        ('bpmnError("CODE")', '{"errorType":"bpmnError","errorCode":"CODE"}'),
        ("ignoreError()", '{"errorType":"ignoreError"}'),
        ("ignoreError({a: 1})", '{"errorType":"ignoreError","variables":{"a":1}}'),
        ('jobError("m", {a: 1}).variables', '{"a":1}'),
        ('backoff(3, @"PT1S", 2, @"PT1M", 0)', '"PT4S"'),
        ('backoff(9, @"PT1S", 2, @"PT1M", 0)', '"PT1M"'),
    ],
)
def test_what_is_newer_than_the_judge(expression: str, json: str | None) -> None:
    """What the judge does not know yet is there, as feel-engine 1.22 and the connectors of 8.10 have it."""
    assert our_answer(asked(expression)).json == json
