"""The judge's own parts: what agreement is, how a difference is cut down, and that generation repeats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.feel_judge.comparison import agree, our_answer, reason_to_differ
from tests.conformance.feel_judge.generator import Generator
from tests.conformance.feel_judge.judge import Answer
from tests.conformance.feel_judge.productions import ATOMS, PRODUCTIONS
from tests.conformance.feel_judge.trees import Tree, shrink


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (Answer(json="1"), Answer(json="1"), True),
        (Answer(json="1"), Answer(json="1.0"), False),
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


def test_our_answer_is_what_a_connector_writes() -> None:
    """Null is no JSON, a value its JSON, and a failure its reason."""
    assert our_answer("null", {}) == Answer(json=None)
    assert our_answer("n * 2", {"n": 2.5}) == Answer(json="5")
    assert our_answer("1 +", {}).error


def test_every_row_that_lets_engines_differ_says_why() -> None:
    """What may differ is asked for by something, and has a reason."""
    rows = json.loads(Path(__file__).with_name("may_differ.json").read_text(encoding="utf-8"))
    asks = {"expression_has", "answer_has", "failure_has", "same_letters"}
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
