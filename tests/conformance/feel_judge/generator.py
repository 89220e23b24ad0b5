"""Generates expressions: nested, by type, now and then of another type or with a fault in their syntax.

It must not know what they answer.
"""

from __future__ import annotations

import random
import re
from typing import Any, Final

from tests.conformance.feel_judge.leaves import leaf
from tests.conformance.feel_judge.productions import ATOMS, PRODUCTIONS, TESTS
from tests.conformance.feel_judge.questions import Question
from tests.conformance.feel_judge.trees import TOKEN, Tree

_HOLE: Final = re.compile(r"<(\w+)>")
_MISTYPED: Final = 0.08
_LEAF: Final = 0.15
_NEW: Final = 0.4
_MISSPELT: Final = 0.15
_TESTS: Final = 0.25

CONTEXT: Final[dict[str, Any]] = {
    "n": 5,
    "f": 2.5,
    "s": "hello World",
    "b": True,
    "nothing": None,
    "list": [1, 2, 3, 2],
    "texts": ["b", "a", "c"],
    "items": [
        {"name": "x", "price": 4, "item": 1},
        {"name": "y", "price": 12.5},
        {"price": None, "tags": ["p", "q"]},
    ],
    "order": {
        "id": "o-1",
        "total": 99.9,
        "lines": [{"qty": 2}, {"qty": 3}],
    },
    "nested": [[1, 2], [3], []],
}
"""What every generated expression may refer to."""
INPUTS: Final[tuple[Any, ...]] = (1, 5, 2.5, "a", "hello", True, False, None, [1, 2], {"a": 1}, [])
"""What unary tests are asked about."""


class Generator:
    """An endless source of expressions; the same seed gives the same ones."""

    def __init__(self, seed: int, depth: int = 4) -> None:
        self._random = random.Random(seed)
        self._depth = depth
        self._types = list(PRODUCTIONS)

    def question(self) -> Question:
        """Return an expression, or now and then unary tests, with an input."""
        if self._random.random() < _TESTS:
            tests, given = self.unary_tests()
            return Question(tests, CONTEXT, is_tests=True, input_value=given)
        return Question(self.expression(), CONTEXT)

    def expression(self) -> Tree:
        """Return an expression of any type."""
        if self._random.random() < _MISSPELT:
            return self._misspelt(self._tree(self._random.choice(self._types), 2).text)
        return self._tree(self._random.choice(self._types), self._depth)

    def unary_tests(self) -> tuple[Tree, Any]:
        """Return unary tests, and an input for them."""
        template = self._random.choice(
            ("<test>", "<test>, <test>", "not(<test>)", "not(<test>, <test>)", "-")
        )
        return self._filled(template, depth=3), self._random.choice(INPUTS)

    def _misspelt(self, text: str) -> Tree:
        """Return the expression with one or two of its tokens left out, doubled, exchanged or replaced."""
        tokens = TOKEN.findall(text)
        for _ in range(self._random.randint(1, 2)):
            at = self._random.randrange(len(tokens) + 1)
            match self._random.randrange(4):
                case 0:
                    tokens[at : at + 1] = []
                case 1:
                    tokens[at:at] = tokens[at : at + 1]
                case 2:
                    tokens[at : at + 2] = reversed(tokens[at : at + 2])
                case _:
                    tokens[at : at + self._random.randint(0, 1)] = [self._random.choice(ATOMS["token"])]
        return Tree(tuple(tokens), is_loose=True)

    def _tree(self, kind: str, depth: int) -> Tree:
        if kind == "any" or self._random.random() < _MISTYPED:
            kind = self._random.choice(self._types)
        if depth <= 0 or self._random.random() < _LEAF:
            return self._leaf(kind)
        return self._filled(self._random.choice(PRODUCTIONS[kind]), depth)

    def _filled(self, template: str, depth: int) -> Tree:
        return Tree(
            tuple(
                self._part(piece, index, depth) for index, piece in enumerate(_HOLE.split(template)) if piece
            )
        )

    def _part(self, piece: str, index: int, depth: int) -> str | Tree:
        is_hole = index % 2 == 1
        if not is_hole:
            return piece
        if piece == "test":
            return self._filled(self._random.choice(TESTS), depth - 1)
        if piece in PRODUCTIONS or piece == "any":
            return self._tree(piece, depth - 1)
        return self._leaf(piece)

    def _leaf(self, kind: str) -> Tree:
        made = leaf(self._random, kind) if self._random.random() < _NEW else None
        return Tree((made or self._random.choice(ATOMS[kind]),))
