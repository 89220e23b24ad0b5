"""Bounds the work and the memory of evaluations, so that a careless expression ends as a clear failure.

An evaluation counts two things. *Steps* stand for time. *Memory* is counted in bytes of what is made: texts,
lists, contexts, numbers, and the result with its JSON. Both are subtracted before the work is done or the
value is made. An evaluation gets no memory back, so it cannot use more than the count.

`Limits` is what one evaluation may use. `Budget` is what several evaluations may use together:

    budget = Budget(steps=250_000, memory_bytes=32_000_000)  # for all conditions of one event
    for place, element in enumerate(elements):
        part = budget.part(len(elements) - place)  # a fair part; the others can use what it leaves
        evaluate(element.condition, context, limits=Limits(steps=100_000), budget=part)
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NoReturn

from apify_camunda.feel.record import Record

DEFAULT_STEPS: Final = 3_000_000
"""One to three seconds of work."""

DEFAULT_MEMORY_BYTES: Final = 256_000_000
"""Room for a list of some million numbers."""

CHARACTERS_PER_STEP: Final = 16
"""Characters of a text that cost one step, when it is read or made."""

PASS_STEPS: Final = 1
"""Steps that a pass through a loop costs, beside the nodes of its body."""

CALL_STEPS: Final = 8
"""Steps that a call of the expression's own functions costs, beside the nodes of the body."""

ITEM_BYTES: Final = 16
"""Bytes of a place in a list, with the spare room of Python's lists."""

PASS_BYTES: Final = 128
"""Bytes of a place in a list, and of a number made for it."""

NUMBER_BYTES: Final = 128
"""Bytes of a decimal number of usual length."""

ENTRY_BYTES: Final = 112
"""Bytes of an entry of a context, without its value."""

TEXT_BYTES: Final = 80
"""Bytes of an empty text with the widest characters."""

FUNCTION_BYTES: Final = 512
"""A function of the expression itself, with the scope that it captures."""

CONTAINER_BYTES: Final = 96
"""An empty list or context."""

_SMALL_NUMBER_BYTES: Final = 200
_NUMBER_BYTES_PER_STEP: Final = 2
_WIDEST_CHARACTER_BYTES: Final = 4


class BudgetExceeded(Exception):
    """An evaluation has used up its steps or its memory; it ends as failed.

    Attributes:
        json_bytes: If the result is too large: about the bytes that its JSON would have, if known.
    """

    json_bytes: int | None = None


class Limits(Record):
    """What one evaluation may use at most.

    Attributes:
        steps: Nodes evaluated in loops, items and characters read or made, moves of the pattern matcher.
        text_length: Characters of an expression.
        result_values: Values in the result: the result itself, and all items and entries in it.
        result_depth: Lists and contexts in one another, in the result.
        memory_bytes: Bytes of the values that the evaluation makes, of its result, and of the result's JSON.
            A value that occurs several times in the result counts each time.
    """

    steps: int = DEFAULT_STEPS
    text_length: int = 65_536
    result_values: int = 1_000_000
    result_depth: int = 200
    memory_bytes: int = DEFAULT_MEMORY_BYTES


class Budget:
    """The steps and the bytes that are left, of one evaluation or of several that share them.

    Attributes:
        steps: Steps that are left.
        memory_bytes: Bytes that are left.
    """

    __slots__ = ("_whole", "memory_bytes", "steps")

    def __init__(self, steps: int = DEFAULT_STEPS, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> None:
        self.steps = steps
        self.memory_bytes = memory_bytes
        self._whole: Budget | None = None

    def part(self, sharers: int) -> Budget:
        """Return a budget with a fair part of what is left; its use is subtracted from this one, too.

        Args:
            sharers: How many parts are still to be made, this one included.
        """
        sharers = max(sharers, 1)
        part = Budget(max(self.steps, 0) // sharers, max(self.memory_bytes, 0) // sharers)
        part._whole = self
        return part

    def take(self, steps: int, memory_bytes: int) -> None:
        """Subtract what an evaluation has used, here and from the budget that this one is a part of."""
        budget: Budget | None = self
        while budget is not None:
            budget.steps -= steps
            budget.memory_bytes -= memory_bytes
            budget = budget._whole  # noqa: SLF001  of the same class

    def spend(self, n: int = 1) -> None:
        """Subtract *n* steps.

        Raises:
            BudgetExceeded: Fewer than *n* steps are left.
        """
        self.steps -= n
        if self.steps < 0:
            self._refuse()

    def spend_memory(self, size_bytes: int) -> None:
        """Subtract the bytes of a value before it is made.

        Raises:
            BudgetExceeded: Fewer bytes are left.
        """
        self.memory_bytes -= size_bytes
        if self.memory_bytes < 0:
            self._refuse()

    def spend_pass(self, steps: int, size_bytes: int) -> None:
        """Subtract steps and bytes.

        Raises:
            BudgetExceeded: Not enough is left.
        """
        self.steps -= steps
        self.memory_bytes -= size_bytes
        if self.steps < 0 or self.memory_bytes < 0:
            self._refuse()

    def spend_for_text(self, length: int, *, is_ascii: bool) -> None:
        """Subtract the cost of making a text of so many characters.

        Raises:
            BudgetExceeded: Not enough is left.
        """
        self.spend_pass(
            length // CHARACTERS_PER_STEP,
            TEXT_BYTES + (length if is_ascii else _WIDEST_CHARACTER_BYTES * length),
        )

    def spend_for(self, value: object, copies: int = 1) -> None:
        """Subtract the cost of a function that reads the value once and makes copies of it.

        Of a list or a context, only its own items and entries count, not what these contain.

        Raises:
            BudgetExceeded: Not enough is left.
        """
        kind = type(value)
        if kind is str:
            self.steps -= len(value) // CHARACTERS_PER_STEP  # type: ignore[arg-type]  # a str
            self.memory_bytes -= copies * value.__sizeof__()
        elif kind is list:
            self.steps -= len(value)  # type: ignore[arg-type]  # a list
            self.memory_bytes -= CONTAINER_BYTES + copies * ITEM_BYTES * len(value)  # type: ignore[arg-type]
        elif isinstance(value, dict):
            self.steps -= len(value)
            self.memory_bytes -= CONTAINER_BYTES + copies * ENTRY_BYTES * len(value)
        elif isinstance(value, Decimal):
            size = value.__sizeof__()
            self.memory_bytes -= size
            if size > _SMALL_NUMBER_BYTES:  # thousands of digits
                self.steps -= size // _NUMBER_BYTES_PER_STEP
        if self.steps < 0 or self.memory_bytes < 0:
            self._refuse()

    def _refuse(self) -> NoReturn:
        if self.steps < 0:
            raise BudgetExceeded(
                "The expression does more work than one evaluation may do; make its loops smaller."
            )
        raise BudgetExceeded(
            "The expression makes more or larger values than one evaluation may hold in memory; "
            "return only what is needed, and do not repeat large values."
        )
