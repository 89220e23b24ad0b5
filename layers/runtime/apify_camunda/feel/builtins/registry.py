"""The registry of built-in functions: names, parameters with types, and the Camunda version of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias, TypeVar

from apify_camunda.feel.failures import FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import Function, Refilled, Value, WrittenContext

Types: TypeAlias = frozenset[type] | None
"""The Python types that a parameter takes; None for any."""

ANY: Final[Types] = None
TEXT: Final[Types] = frozenset({str})
TEXT_OR_NULL: Final[Types] = frozenset({str, type(None)})
TEXT_OR_LIST: Final[Types] = frozenset({str, list})
NUMBER: Final[Types] = frozenset({int, Decimal, Refilled})
LIST: Final[Types] = frozenset({list})
CONTEXT: Final[Types] = frozenset({dict, WrittenContext})
FUNCTION: Final[Types] = frozenset({Function})

Body: TypeAlias = Callable[..., Value]
B = TypeVar("B", bound=Callable[..., Value])


class Builtin(Function):
    """A function of the language itself.

    Attributes:
        body: What it does, on values of the declared types.
        needs_evaluation: Whether the body gets the evaluation before the values: for its clock or its steps.
        types: What each parameter takes.
        looks_inside: Whether it takes longer for larger arguments; then arguments cost steps and memory.
        copies: How often the result may contain an argument, in texts and places of lists. A function that
            makes more than copies of its arguments subtracts the cost of that itself.
        since: The Camunda version that introduced it; None if all supported versions have it.
    """

    __slots__ = ("body", "copies", "looks_inside", "needs_evaluation", "since", "types")

    def __init__(
        self,
        name: str,
        parameters: Sequence[tuple[str, Types]],
        body: Body,
        *,
        variadic: bool,
        needs_evaluation: bool,
        looks_inside: bool,
        copies: int,
        since: str | None,
    ) -> None:
        super().__init__(name, [parameter for parameter, _ in parameters], self._invoke, variadic=variadic)
        self.body = body
        self.needs_evaluation = needs_evaluation
        self.looks_inside = looks_inside
        self.copies = copies
        self.types = tuple(types for _, types in parameters)
        self.since = since

    def _invoke(self, evaluation: Evaluation, arguments: Sequence[Value]) -> Value:
        for value, types in zip(arguments, self.types, strict=True):
            if types is not None and type(value) not in types:
                raise illegal(*arguments)
        return self.body(evaluation, *arguments) if self.needs_evaluation else self.body(*arguments)


BUILTINS: Final[dict[str, list[Builtin]]] = {}
"""All built-in functions by name; the overloads of a name in the order in which they are tried."""


def builtin(
    name: str,
    *parameters: tuple[str, Types],
    variadic: bool = False,
    looks_inside: bool = True,
    copies: int = 1,
    since: str | None = None,
) -> Callable[[B], B]:
    """Return a decorator that adds a function of values to the built-in ones."""
    return _registered(
        name,
        parameters,
        variadic=variadic,
        needs_evaluation=False,
        looks_inside=looks_inside,
        copies=copies,
        since=since,
    )


def builtin_of_evaluation(
    name: str,
    *parameters: tuple[str, Types],
    variadic: bool = False,
    copies: int = 1,
    since: str | None = None,
) -> Callable[[B], B]:
    """Return a decorator like `builtin`, for a function that gets the evaluation as its first argument."""
    return _registered(
        name,
        parameters,
        variadic=variadic,
        needs_evaluation=True,
        looks_inside=True,
        copies=copies,
        since=since,
    )


def _registered(name: str, parameters: Sequence[tuple[str, Types]], **traits: Any) -> Callable[[B], B]:
    def register(body: B) -> B:
        BUILTINS.setdefault(name, []).append(Builtin(name, parameters, body, **traits))
        return body

    return register


def illegal(*arguments: Value) -> FunctionFailure:
    """Return the failure of a call with arguments that the function does not take."""
    return FunctionFailure(
        lambda: "Illegal arguments: " + ", ".join(f"'{shown(value)}'" for value in arguments)
    )
