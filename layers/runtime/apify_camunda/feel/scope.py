"""The scope of an expression while it is evaluated: variables, functions, and the evaluation itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from apify_camunda.feel.budget import Budget, Limits
from apify_camunda.feel.failures import Failure, FailureKind, InputMissing, cut
from apify_camunda.feel.values import Function, Value

if TYPE_CHECKING:
    from apify_camunda.feel.source import Span

KEPT_FAILURES: Final = 100
_CHARACTERS_PER_STEP: Final = 4
"""Steps of the text of a failure, which is made of many small pieces."""
INPUT: Final = "?"
IMPLICIT_INPUT: Final = "cellInput"

Functions = Mapping[str, Sequence[Function]]


class Clock(Protocol):
    """The time, zone and randomness that an evaluation uses."""

    def now_ns(self) -> int:
        """Return the nanoseconds since 1970-01-01T00:00:00Z."""
        ...

    def zone(self) -> str:
        """Return the name of the zone that `now()` and `today()` are in: `Europe/Berlin`, `Z`."""
        ...

    def random(self) -> float:
        """Return a number from 0 (included) to 1 (excluded)."""
        ...

    def uuid(self) -> str:
        """Return a new random UUID."""
        ...


class Evaluation(Budget):
    """One evaluation: what is left of its budget, its clock, its functions, and what became null so far.

    Attributes:
        hides_builtins: Whether the expression defines a function with the name of a built-in one.
        patterns: The regular expressions that were charged already; None before the first one.
    """

    __slots__ = (
        "_memory_given",
        "_steps_given",
        "clock",
        "failures",
        "functions",
        "hides_builtins",
        "patterns",
    )

    def __init__(
        self, limits: Limits, clock: Clock, functions: Functions, shared: Budget | None = None
    ) -> None:
        self.steps = limits.steps
        self.memory_bytes = limits.memory_bytes
        if shared is not None:
            self.steps = self._steps_given = min(self.steps, shared.steps)
            self.memory_bytes = self._memory_given = min(self.memory_bytes, shared.memory_bytes)
        self.clock = clock
        self.functions = functions
        self.failures: list[Failure] = []
        self.hides_builtins = False
        self.patterns: set[str] | None = None

    def settle(self, shared: Budget) -> None:
        """Subtract what was used from the shared budget; what was refused was not used."""
        shared.take(self._steps_given - max(self.steps, 0), self._memory_given - max(self.memory_bytes, 0))

    def fail(self, kind: FailureKind, span: Span | None, message: Callable[[], str]) -> None:
        """Record that a part became null. Only the first records are kept and get a text."""
        if len(self.failures) < KEPT_FAILURES:
            text = cut(message())
            self.steps -= len(text) // _CHARACTERS_PER_STEP
            self.failures.append(Failure(kind, text, span))


class Scope:
    """Variables and functions around a piece of an expression; others are in the outer scope.

    Attributes:
        variables: Values by name; those from outside may not be native yet.
        functions: Functions that the expression itself has defined here.
    """

    __slots__ = ("evaluation", "functions", "outer", "variables")

    def __init__(
        self,
        variables: Mapping[str, Any],
        outer: Scope | None,
        evaluation: Evaluation,
        functions: Mapping[str, Function] | None = None,
    ) -> None:
        self.variables = variables
        self.outer = outer
        self.evaluation = evaluation
        self.functions = functions

    def inner(self, variables: Mapping[str, Any], functions: Mapping[str, Function] | None = None) -> Scope:
        """Return a scope within this one."""
        return Scope(variables, self, self.evaluation, functions)

    def lookup(self, name: str, default: Value = None) -> Value:
        """Return the innermost variable of that name as it is stored, or *default*."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.outer
        return default

    def defined_functions(self, name: str) -> Sequence[Function]:
        """Return the expression's own functions of that name, the innermost first."""
        found = []
        scope: Scope | None = self
        while scope is not None:
            if scope.functions and name in scope.functions:
                found.append(scope.functions[name])
            scope = scope.outer
        return found

    def input(self) -> Value:
        """Return the value of `?`.

        Raises:
            InputMissing: No input is bound here.
        """
        value = self.lookup(INPUT, _NO_INPUT)
        if value is _NO_INPUT:
            raise InputMissing
        return value


_NO_INPUT: Final = object()
