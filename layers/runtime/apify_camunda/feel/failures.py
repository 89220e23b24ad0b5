"""The failures of an expression, as data and as exceptions. One of the exceptions leaves this package.

FeelSyntaxError     the text is not FEEL; `parse` raises it, `evaluate` returns it as Failed
ErrorValue          an error on its way to the next operator, which makes it null
FunctionFailure     a built-in function cannot answer these arguments; the call becomes null
Fatal               nothing can make it null: the evaluation ends as Failed
├── InputMissing            `?` outside a unary test
├── AssertionUnfulfilled    `assert()` did not hold
└── TemporalFailure         a date, time or duration that java.time cannot hold (in feel.temporal)
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from apify_camunda.feel.source import Span, position_at, with_caret

MESSAGE_LENGTH = 2_000
"""The most characters of a message; the rest is cut off."""


class FailureKind(StrEnum):
    """Why a part of an expression became null; the names are those of Camunda's engine."""

    NO_VARIABLE_FOUND = "NO_VARIABLE_FOUND"
    NO_CONTEXT_ENTRY_FOUND = "NO_CONTEXT_ENTRY_FOUND"
    NO_PROPERTY_FOUND = "NO_PROPERTY_FOUND"
    NOT_COMPARABLE = "NOT_COMPARABLE"
    INVALID_TYPE = "INVALID_TYPE"
    NO_FUNCTION_FOUND = "NO_FUNCTION_FOUND"
    FUNCTION_INVOCATION_FAILURE = "FUNCTION_INVOCATION_FAILURE"
    ASSERT_FAILURE = "ASSERT_FAILURE"


class Failure(NamedTuple):
    """A part of an expression that failed and became null.

    Attributes:
        kind: What kind of failure it is, as Camunda's engine names it.
        message: What happened, with the values, in Camunda's words; a long message is cut.
        span: The part of the expression that failed; None where it is not known.
    """

    kind: FailureKind
    message: str
    span: Span | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class FeelSyntaxError(Exception):
    """The text is not an expression.

    Attributes:
        text: The whole expression.
        span: The place of the error.
        expected: What would be valid there.
    """

    def __init__(self, text: str, span: Span, expected: str) -> None:
        super().__init__(text, span, expected)
        self.text = text
        self.span = span
        self.expected = expected

    @property
    def line(self) -> int:
        """The line of the error, from 1."""
        return position_at(self.text, self.span.start).line

    @property
    def column(self) -> int:
        """The column of the error, from 1."""
        return position_at(self.text, self.span.start).column

    @property
    def advice(self) -> str | None:
        """What to write instead, if the mistake is a known one."""
        from apify_camunda.feel.advice import advice_at  # noqa: PLC0415  only who makes mistakes loads it

        return advice_at(self.text, self.span.start)

    def __str__(self) -> str:
        found = self.text[self.span.start : self.span.end][:40]
        place = f"'{found}'" if found else "the end"
        advice = self.advice
        return (
            f"Expected {self.expected} but found {place} in line {self.line}, column {self.column}:\n"
            f"{with_caret(self.text, self.span)}" + (f"\n{advice}" if advice else "")
        )


class _Described(Exception):
    """An error whose message is made when it is read: a loop may cause thousands that are never read."""

    def __init__(self, message: str | Callable[[], str]) -> None:
        super().__init__(message)
        self._message = message

    def __str__(self) -> str:
        return self._message if isinstance(self._message, str) else self._message()


class ErrorValue(_Described):
    """An error that an operator will turn into null; its failure is recorded already."""


class FunctionFailure(_Described):
    """A function has no result for these arguments; the text says why."""


class Fatal(Exception):
    """The evaluation cannot go on; the text says why."""


class InputMissing(Fatal):
    """`?` was read where no input is bound."""

    def __init__(self) -> None:
        super().__init__("No input value available. '?' can only be used inside an unary-test expression.")


class AssertionUnfulfilled(Fatal):
    """The condition of `assert()` is not true."""


def cut(text: str) -> str:
    """Return the text of a message, shortened where it is long: it may quote a large value."""
    return text if len(text) <= MESSAGE_LENGTH else text[:MESSAGE_LENGTH] + "..."
