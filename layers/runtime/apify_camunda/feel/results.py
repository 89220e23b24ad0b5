"""The results of an evaluation, and the check that a value is not too large to be one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, TypeAlias

from apify_camunda.feel.budget import (
    CONTAINER_BYTES,
    ENTRY_BYTES,
    ITEM_BYTES,
    Budget,
    BudgetExceeded,
    Limits,
)
from apify_camunda.feel.failures import Failure
from apify_camunda.feel.record import Record
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import ErrorItem, Function, Range, Value

_VALUES_PER_STEP: Final = 4
_JSON_COPIES: Final = 2
"""Copies of the JSON that callers hold: as text and as bytes."""
_SCALAR_LENGTH: Final = 24
_CHARACTERS_PER_STEP: Final = 256
_CHUNK: Final = 65_536
_LONG_TEXT: Final = 256
_REMEMBERED_VALUES: Final = 8
"""Smaller lists and contexts are measured each time, which is cheaper than to remember their size."""
_REMEMBERED_BYTES: Final = 320


class FailedKind(StrEnum):
    """Why an expression has no value."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    """The caller gave something other than an expression and a context."""
    INVALID_SYNTAX = "INVALID_SYNTAX"
    """The text is not FEEL."""
    ASSERTION_FAILED = "ASSERTION_FAILED"
    """The condition of an `assert()` is not true."""
    EVALUATION_FAILED = "EVALUATION_FAILED"
    """A function or an operator failed in a way that does not become null, or the value is no result."""
    EXPRESSION_TOO_LARGE = "EXPRESSION_TOO_LARGE"
    """The expression, its work, its values or its result exceed the limits."""


class Evaluated(Record):
    """The expression has a value, which may be null.

    Attributes:
        value: None, bool, int, Decimal, str, list, dict, or a temporal value or function of this package.
        failures: The parts that became null, in order; the first 100 of them.
    """

    value: Value
    failures: tuple[Failure, ...] = ()

    def __init__(self, value: Value, failures: tuple[Failure, ...] = ()) -> None:
        # Made in every evaluation. Record's own `__init__` takes five times as long.
        fields = self.__dict__
        fields["value"] = value
        fields["failures"] = failures


class Failed(Record):
    """The expression has no value.

    Attributes:
        reason: One text for the modeller; it names the expression, and the place if that is known.
        failures: What became null before, in order.
        kind: Why there is no value.
        result_bytes: If the result is too large: about the bytes that its JSON would have.
    """

    reason: str
    failures: tuple[Failure, ...] = ()
    kind: FailedKind = FailedKind.EVALUATION_FAILED
    result_bytes: int | None = None


class NotAResult(Exception):
    """A value cannot be the result of an expression; the text says why."""


class ResultTooLarge(BudgetExceeded):
    """The result exceeds the limits."""

    def __init__(self, reason: str, json_bytes: int | None) -> None:
        super().__init__(reason)
        self.json_bytes = json_bytes


_Size: TypeAlias = tuple[int, int, int, int]
"""The size of a value: values in it, bytes of its JSON, bytes of a copy as plain JSON data, and depth."""


def pay_for_result(value: Value, limits: Limits, budget: Budget) -> None:
    """Subtract the cost of writing the value as JSON, before that is done.

    By repeating lists in lists, a small expression can make a value that is small in memory and huge as JSON.
    So each list is measured once, and counts as often as it occurs.

    Raises:
        NotAResult: It is or contains a range or an item that failed, which Camunda's engine does not return.
        ResultTooLarge: It exceeds the limits, or what is left of the budget.
        BudgetExceeded: The value is too large to be measured.
    """
    if type(value) is str and len(value) < _LONG_TEXT:
        return
    values, json_bytes, data_bytes, _ = _Measure(limits.result_depth, budget).of(value, 1)
    if values > limits.result_values:
        reason = f"the result has {values:,} values; at most {limits.result_values:,} are allowed"
        raise ResultTooLarge(reason, json_bytes)
    budget.steps -= values // _VALUES_PER_STEP
    budget.memory_bytes -= data_bytes + _JSON_COPIES * json_bytes
    if budget.steps < 0 or budget.memory_bytes < 0:
        reason = (
            f"the result has {values:,} values and about {json_bytes:,} bytes of JSON, "
            "more than one evaluation may return; return only what is needed"
        )
        raise ResultTooLarge(reason, json_bytes)


class _Measure:
    """Measures a value; a list or context that occurs again is not measured again."""

    __slots__ = ("_budget", "_deepest", "_known", "_names", "_texts")

    def __init__(self, deepest: int, budget: Budget) -> None:
        self._deepest = deepest
        self._budget = budget
        self._known: dict[int, _Size] = {}
        self._texts: dict[int, int] = {}
        self._names: dict[str, int] = {}

    def of(self, value: Value, depth: int) -> _Size:
        """Return the size of a value at this depth of the result."""
        kind = type(value)
        if isinstance(value, list | dict):
            size = self._known.get(id(value)) or self._container(value, depth)
            if depth + size[3] - 1 > self._deepest:
                raise self._too_deep()
            return size
        if kind is str:
            return 1, self._text(value), 0, 0
        if kind is Range:
            raise NotAResult(f"the range {shown(value)} is no result")
        if kind is ErrorItem:
            raise NotAResult(value.message)
        return _SCALAR

    def _container(  # noqa: C901, PLR0912  one branch a kind of value
        self, value: list[Value] | dict[str, Value], depth: int
    ) -> _Size:
        """Return the size of a list or context. Its loop is written out because it runs for each value."""
        if depth > self._deepest:
            raise self._too_deep()
        count = len(value)
        self._budget.steps -= count // _VALUES_PER_STEP
        if isinstance(value, dict):
            parts: Iterable[Value] = value.values()
            values, json_bytes, data_bytes = 1 + count, 2 + 2 * count, CONTAINER_BYTES + ENTRY_BYTES * count
            names = self._names
            for name in value:
                json_bytes += names.get(name) or self._name(name)
        else:
            parts = value
            values, json_bytes, data_bytes = 1 + count, 2 + count, CONTAINER_BYTES + ITEM_BYTES * count
        deepest = 0
        for part in parts:
            kind = type(part)
            if kind is str:
                is_plain = len(part) < _LONG_TEXT and part.isascii() and part.isprintable()
                if is_plain and '"' not in part and "\\" not in part:
                    json_bytes += len(part) + 2
                else:
                    json_bytes += self._text(part)
            elif kind is int:
                json_bytes += part.bit_length() // 3 + 2
            elif kind is bool or part is None:
                json_bytes += 5
            elif kind is Function:
                values -= 1
            else:
                size = self.of(part, depth + 1)
                values += size[0] - 1
                json_bytes += size[1]
                data_bytes += size[2]
                deepest = size[3] if size[3] > deepest else deepest  # noqa: FURB136  much faster than max()
        result = values, json_bytes, data_bytes, deepest + 1
        if values >= _REMEMBERED_VALUES:
            self._budget.spend_memory(_REMEMBERED_BYTES)
            self._known[id(value)] = result
        return result

    def _name(self, name: str) -> int:
        """Return the bytes of an entry's name; mostly many contexts have the same names."""
        is_plain = type(name) is str and len(name) < _LONG_TEXT and name.isidentifier() and name.isascii()
        size = self._names[name] = len(name) + 2 if is_plain else self._text(name)
        return size

    def _text(self, text: str) -> int:
        """Return the bytes of a text in JSON; those of a long one are remembered."""
        if len(text) < _LONG_TEXT:
            return _json_bytes(text)
        size = self._texts.get(id(text))
        if size is None:
            self._budget.spend(len(text) // _CHARACTERS_PER_STEP)
            size = self._texts[id(text)] = _json_bytes(text)
        return size

    def _too_deep(self) -> ResultTooLarge:
        return ResultTooLarge(f"the result is nested more than {self._deepest} deep", None)


def _json_bytes(text: str) -> int:
    """Return the bytes of the text in JSON; a long text is measured in pieces, so that it is never copied."""
    if type(text) is not str:
        return _SCALAR_LENGTH
    if text.isascii() and text.isprintable():
        return len(text) + 2 + text.count('"') + text.count("\\")
    from json.encoder import encode_basestring  # noqa: PLC0415  loads json, which not every caller needs

    pieces = (text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK))
    return 2 + sum(len(encode_basestring(piece).encode("utf-8", "surrogatepass")) - 2 for piece in pieces)


_SCALAR: Final = (1, _SCALAR_LENGTH, 32, 0)
