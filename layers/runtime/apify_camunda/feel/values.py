"""The types of FEEL values. What operators do with them is in other modules.

    null       None                        context    dict (WrittenContext where the expression wrote it)
    boolean    bool                        range      Range
    number     int, Decimal                function   Function
    string     str                         temporal   the seven classes of feel.temporal
    list       list

Whole numbers are int where possible, for speed; both kinds can be mixed and compare by value. Values from
outside (float, tuple, other mappings) are converted by `native` when an expression first reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final, TypeAlias

from apify_camunda.feel.budget import NUMBER_BYTES, Budget
from apify_camunda.feel.doubles import java_double_text
from apify_camunda.feel.record import Record

Value: TypeAlias = Any
"""One of the kinds above; `kind_of` says which."""

Number: TypeAlias = int | Decimal
Context: TypeAlias = dict[str, Any]

NULL: Final = "null"
BOOLEAN: Final = "boolean"
NUMBER: Final = "number"
STRING: Final = "string"
LIST: Final = "list"
CONTEXT: Final = "context"
RANGE: Final = "range"
FUNCTION: Final = "function"
DATE: Final = "date"
TIME: Final = "time"
DATE_TIME: Final = "date and time"
DAYS_DURATION: Final = "days and time duration"
YEARS_DURATION: Final = "years and months duration"
ERROR: Final = "error"

TEMPORAL_KINDS: Final = frozenset({DATE, TIME, DATE_TIME, DAYS_DURATION, YEARS_DURATION})


class WrittenContext(dict[str, Any]):
    """A context that is written in an expression, `{a: 1, f: function(x) x}`.

    Camunda's engine keeps a context's functions apart from its entries: they can be called by name, but a
    path does not find them, and what is made of the context (JSON, text, a merged context) does not have
    them.

    Attributes:
        functions: By name; empty for most.
    """

    __slots__ = ("functions",)

    def __init__(self, entries: Context, functions: Mapping[str, Function]) -> None:
        super().__init__(entries)
        self.functions = functions


class Refilled(Decimal):
    """A number that was filled up or cut off: `decimal(1/3, 40)` has 40 digits, but a precision of 34.

    Attributes:
        precision: The digits that the result of an operation on it has.
    """

    __slots__ = ("precision",)

    precision: int


class Range(Record):
    """All values between two of one kind; `includes_...` says whether the end itself belongs to it."""

    start: Value
    end: Value
    includes_start: bool
    includes_end: bool


class ErrorItem(Record):
    """Takes the place of a list item that failed. It is an error again when it is taken out.

    Camunda's engine makes such items in the lists of `for` and of functions with any number of arguments.
    `count` counts them, for `all` they are not booleans, and as a variable they are null. They never leave an
    evaluation.

    Attributes:
        message: What failed.
        is_fatal: Whether it was a `?` without an input.
    """

    message: str
    is_fatal: bool = False

    def __str__(self) -> str:
        return f'{"fatal error" if self.is_fatal else "error"}("{self.message}")'


class Function:
    """A function that an expression can call.

    Attributes:
        name: The name it is called by; empty for one that is written in an expression.
        parameters: The names that named arguments use.
        invoke: Gets the evaluation (`scope.Evaluation`) and one value a parameter.
        variadic: Whether the last parameter takes all remaining arguments as one list.
    """

    __slots__ = ("invoke", "name", "parameters", "variadic")

    def __init__(
        self,
        name: str,
        parameters: Sequence[str],
        invoke: Callable[[Any, Sequence[Value]], Value],
        *,
        variadic: bool = False,
    ) -> None:
        self.name = name
        self.parameters = tuple(parameters)
        self.invoke = invoke
        self.variadic = variadic

    def accepts(self, count: int) -> bool:
        """Return whether it can be called with so many positional arguments."""
        return len(self.parameters) == count or (self.variadic and len(self.parameters) < count)

    def __repr__(self) -> str:
        return f"function({', '.join(self.parameters)})"


_KINDS: dict[type, str] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: NUMBER,
    Decimal: NUMBER,
    Refilled: NUMBER,
    str: STRING,
    list: LIST,
    dict: CONTEXT,
    WrittenContext: CONTEXT,
    Range: RANGE,
    Function: FUNCTION,
}

NATIVE: Final = set(_KINDS) - {Decimal}
"""The types whose values an expression uses unchanged; temporal ones are added when they are loaded."""


_TEMPORAL: Final = __name__.rpartition(".")[0] + ".temporal"


def load_temporal_kinds() -> None:
    """Register the temporal classes, which are loaded only when an expression or a context needs them."""
    from apify_camunda.feel import temporal  # noqa: PLC0415  most expressions have no dates: not at import

    kinds: dict[type, str] = {
        temporal.Date: DATE,
        temporal.LocalTime: TIME,
        temporal.ZonedTime: TIME,
        temporal.LocalDateTime: DATE_TIME,
        temporal.ZonedDateTime: DATE_TIME,
        temporal.DayTimeDuration: DAYS_DURATION,
        temporal.YearMonthDuration: YEARS_DURATION,
    }
    _KINDS.update(kinds)
    NATIVE.update(kinds)


def kind_of(value: Value) -> str:
    """Return the name of the value's type, as `instance of` uses it.

    The value may also be one from outside that was not converted yet.
    """
    kind = _KINDS.get(type(value))
    return kind if kind is not None else _KINDS.get(type(native(value)), ERROR)


def native(value: Any) -> Value:
    """Return the FEEL value of a value from outside; null if FEEL has no such value.

    Only the value itself is converted, not its content: large documents are converted where they are read.
    """
    kind = type(value)
    if kind in NATIVE:
        return value
    if kind is Decimal:
        return value if value.is_finite() else None
    if kind is float:
        return number_from_float(value)
    if kind.__module__.startswith(_TEMPORAL):
        load_temporal_kinds()
        return value
    if any(base.__module__ == "datetime" for base in kind.__mro__):
        return _of_datetime(value)
    return _of_foreign_type(value)


def taken(value: Any, budget: Budget) -> Value:
    """Return the same as `native`, and subtract the cost of the conversion from the budget.

    Raises:
        BudgetExceeded: Too little is left.
    """
    result = number_from_float(value) if type(value) is float else native(value)
    if result is value:
        return value
    budget.spend_memory(NUMBER_BYTES)
    if isinstance(result, list | dict):
        budget.spend_for(result)
    return result


def _of_datetime(value: object) -> Value:
    from apify_camunda.feel.temporal.python_values import from_python  # noqa: PLC0415  rare: not at import

    load_temporal_kinds()
    return from_python(value)


def _of_foreign_type(value: object) -> Value:
    match value:
        case int() | str() | float() | Decimal():  # of a subclass, such as an enum
            return native(next(base for base in (int, str, float, Decimal) if isinstance(value, base))(value))
        case Mapping():
            return {str(key): entry for key, entry in value.items()}
        case list() | tuple():
            return list(value)
        case ErrorItem():
            return value
        case _:
            return None


def number_from_float(value: float) -> Number | None:
    """Return the decimal number with the digits of the float's text; null for infinities and not-a-number."""
    return Decimal(java_double_text(value or 0.0)) if isfinite(value) else None  # Java has no negative zero
