"""The state of a parse: the scanner, and the two rules that all others use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias, TypeVar

from apify_camunda.feel.failures import FeelSyntaxError
from apify_camunda.feel.lexer import Mark, Scanner
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Node

MAX_DEPTH: Final = 60
"""The deepest nesting of expressions; more would need more of Python's stack than a caller leaves."""

T = TypeVar("T")


class Grammar(NamedTuple):
    """The rules that are tried several times at one place."""

    expression: Callable[[Reading], Node | None]
    arithmetic: Callable[[Reading], Node | None]


Memo: TypeAlias = dict[int, tuple[Node | None, Mark]]


class Reading(Scanner):
    """One text being parsed.

    The result of a rule at a place is remembered. Several rules begin with the same expression; without this,
    each level of brackets would double the time.
    """

    __slots__ = ("_arithmetics", "_depth", "_expressions", "_grammar")

    def __init__(self, text: str, grammar: Grammar) -> None:
        super().__init__(text)
        self._grammar = grammar
        self._expressions: Memo = {}
        self._arithmetics: Memo = {}
        self._depth = 0

    def expression(self) -> Node | None:
        """Read an expression.

        Raises:
            FeelSyntaxError: It is nested too deeply.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            place = Span(self.position, self.position + 1)
            raise FeelSyntaxError(
                self.text, place, f"an expression that is nested less than {MAX_DEPTH} deep"
            )
        start = self.position
        known = self._expressions.get(start)
        if known is None:
            known = self._expressions[start] = (self._grammar.expression(self), self.mark())
        self.back(known[1])
        self._depth -= 1
        return known[0]

    def arithmetic(self) -> Node | None:
        """Read operands joined by + - * / **."""
        start = self.position
        known = self._arithmetics.get(start)
        if known is None:
            known = self._arithmetics[start] = (self._grammar.arithmetic(self), self.mark())
        self.back(known[1])
        return known[0]

    def separated(self, rule: Callable[[Reading], T | None], separator: str = ",") -> list[T]:
        """Return the nodes of a rule that is repeated with a separator."""
        found: list[T] = []
        before = self.mark()
        while (item := rule(self)) is not None:
            found.append(item)
            before = self.mark()
            if not self.literal(separator):
                self.miss(f"`{separator}`")
                return found
        self.back(before)
        return found
