"""How much work one evaluation may do; it counts, others say what costs how much.

Expressions come from process authors: one careless loop must end as a clear failure, not as a Lambda that
hangs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from apify_camunda.feel.record import Record

DEFAULT_STEPS: Final = 3_000_000
"""One to three seconds of work, and at most some 50 MB of text or 1.5 million list items."""

CHARACTERS_PER_STEP: Final = 16
"""Text that is produced costs one step for so many characters."""

PASS_STEPS: Final = 1
"""A pass through a loop costs so many steps more than the nodes of its body."""

CALL_STEPS: Final = 8
"""A call of a function of the expression's own costs so many steps more than the nodes of its body."""

_SMALL_NUMBER_BYTES: Final = 200
_NUMBER_BYTES_PER_STEP: Final = 2


class BudgetExceeded(Exception):
    """An evaluation has used up what it was given; the evaluation ends as failed."""


class Limits(Record):
    """What one evaluation may use at most.

    Attributes:
        steps: Nodes evaluated in loops, items and characters produced, moves of the pattern matcher.
        text_length: Characters of an expression.
        result_values: Values in the result: itself, and all items and entries in it.
        result_depth: Lists and contexts in one another, in the result.
    """

    steps: int = DEFAULT_STEPS
    text_length: int = 65_536
    result_values: int = 1_000_000
    result_depth: int = 200


class Budget:
    """The steps that are left of one evaluation; shared by all that works for it."""

    __slots__ = ("steps",)

    def __init__(self, steps: int = DEFAULT_STEPS) -> None:
        self.steps = steps

    def spend(self, n: int = 1) -> None:
        """Take *n* steps off.

        Raises:
            BudgetExceeded: Fewer than *n* steps are left.
        """
        self.steps -= n
        if self.steps < 0:
            raise BudgetExceeded(
                "The expression does more work than one evaluation may do; make its loops smaller."
            )

    def spend_for(self, value: object) -> None:
        """Take off what it costs a function to look at the value once, or to make it.

        Raises:
            BudgetExceeded: There are not so many steps left.
        """
        kind = type(value)
        if kind is str:
            self.spend(len(value) // CHARACTERS_PER_STEP)  # type: ignore[arg-type]  # a str
        elif kind is Decimal:
            size = value.__sizeof__()
            if size > _SMALL_NUMBER_BYTES:  # thousands of digits
                self.spend(size // _NUMBER_BYTES_PER_STEP)
        elif isinstance(value, list | dict):
            self.spend(len(value))
