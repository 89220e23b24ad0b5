"""Values as text, for `string()` and for the messages of failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from apify_camunda.feel.budget import CHARACTERS_PER_STEP, ITEM_BYTES, Budget
from apify_camunda.feel.values import Range, Value, native

_SHOWN: Final = 1_000


def text_of(value: Value, budget: Budget) -> str:
    """Return the text of `string()` for values other than null and text; texts inside are quoted.

    Raises:
        BudgetExceeded: The text is too long.
    """
    return joined(_pieces(value), budget)


def joined(pieces: Iterable[str], budget: Budget, steps: int = 2) -> str:
    """Return the joined pieces of a text; each costs so many steps, and a long one more.

    Raises:
        BudgetExceeded: The text is too long.
    """
    kept, length, is_ascii = [], 0, True
    for piece in pieces:
        budget.spend_pass(steps + len(piece) // CHARACTERS_PER_STEP, ITEM_BYTES + piece.__sizeof__())
        kept.append(piece)
        length += len(piece)
        is_ascii = is_ascii and piece.isascii()
    budget.spend_for_text(length, is_ascii=is_ascii)
    return "".join(kept)


def shown(value: Value) -> str:
    """Return the value for the message of a failure, cut if it is long."""
    text = ""
    for piece in _pieces(value):
        text += piece[:_SHOWN]
        if len(text) >= _SHOWN:
            return text[:_SHOWN] + "..."
    return text


def _pieces(value: Value) -> Iterator[str]:
    value = native(value)
    match value:
        case list():
            yield "["
            for index, item in enumerate(value):
                if index:
                    yield ", "
                yield from _pieces(item)
            yield "]"
        case dict():
            yield "{"
            for index, (key, entry) in enumerate(value.items()):
                yield f", {key}:" if index else f"{key}:"
                yield from _pieces(entry)
            yield "}"
        case Range():
            yield "[" if value.includes_start else "("
            yield from _pieces(value.start)
            yield ".."
            yield from _pieces(value.end)
            yield "]" if value.includes_end else ")"
        case _:
            yield _scalar_text(value)


def _scalar_text(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(Decimal(value))  # str() of an int refuses thousands of digits
        case str():
            return f'"{value}"'
        case _:
            return str(value)
