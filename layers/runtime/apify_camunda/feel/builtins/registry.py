"""How a built-in function is declared: name, parameters with the types they take, and since when Camunda has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from apify_camunda.feel.failures import FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import WrittenContext, Function, Value

Types: TypeAlias = frozenset[type] | None
"""The Python types that a parameter takes; None for any."""

ANY: Final[Types] = None
TEXT: Final[Types] = frozenset({str})
TEXT_OR_NULL: Final[Types] = frozenset({str, type(None)})
TEXT_OR_LIST: Final[Types] = frozenset({str, list})
NUMBER: Final[Types] = frozenset({int, Decimal})
LIST: Final[Types] = frozenset({list})
CONTEXT: Final[Types] = frozenset({dict, WrittenContext})
FUNCTION: Final[Types] = frozenset({Function})

Body: TypeAlias = Callable[..., Value]


class Builtin(Function):
    """A function of the language itself.

    Attributes:
        body: What it does, on values of the declared types.
        types: What each parameter takes.
        since: The Camunda version that brought it; None where all that we serve have it.
    """

    __slots__ = ("body", "since", "types")

    def __init__(
        self, name: str, parameters: Sequence[tuple[str, Types]], body: Body, *, variadic: bool, since: str | None
    ) -> None:
        types = tuple(kinds for _, kinds in parameters)

        def invoke(evaluation: Evaluation, arguments: Sequence[Value]) -> Value:
            for value, kinds in zip(arguments, types, strict=True):
                if kinds is not None and type(value) not in kinds:
                    raise illegal(*arguments)
            return body(evaluation, *arguments)

        super().__init__(name, [parameter for parameter, _ in parameters], invoke, variadic=variadic)
        self.body = body
        self.types = types
        self.since = since


BUILTINS: Final[dict[str, list[Builtin]]] = {}
"""All built-in functions by name; the overloads of a name in the order in which they are tried."""


def builtin(
    name: str, *parameters: tuple[str, Types], variadic: bool = False, since: str | None = None
) -> Callable[[Body], Body]:
    """Return a decorator that adds a function of values to the built-in ones."""

    def register(body: Body) -> Body:
        def without_evaluation(_evaluation: Evaluation, *values: Any) -> Value:
            return body(*values)

        _add(Builtin(name, parameters, without_evaluation, variadic=variadic, since=since))
        return body

    return register


def builtin_of_evaluation(
    name: str, *parameters: tuple[str, Types], variadic: bool = False, since: str | None = None
) -> Callable[[Body], Body]:
    """Return a decorator like `builtin`, for a function that gets the evaluation first: for its clock or its budget."""

    def register(body: Body) -> Body:
        _add(Builtin(name, parameters, body, variadic=variadic, since=since))
        return body

    return register


def _add(function: Builtin) -> None:
    BUILTINS.setdefault(function.name, []).append(function)


def illegal(*arguments: Value) -> FunctionFailure:
    """Return the failure of a call with arguments that the function does not take."""
    return FunctionFailure("Illegal arguments: " + ", ".join(f"'{shown(value)}'" for value in arguments))
