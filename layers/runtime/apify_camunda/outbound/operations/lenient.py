"""Types of fields that accept what Camunda's own connectors do: "60" for 60, "true" for true, "" for none.

They say what a value is read as and decide nothing. A value that cannot be read raises ValueError, with the
name of the wanted type in the reference's words.

Source: camunda/connectors, ConnectorsObjectMapperSupplier (Jackson's coercion of scalars).
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator


def _sole(value: object) -> object:
    """Return the only item of a list; another value is returned unchanged."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _integer(value: object) -> int | None:
    match _sole(value):
        case None | "":
            return None
        case bool():
            pass
        case int() as number:
            return _in_range(number)
        case float() as number if math.isfinite(number):
            return _in_range(int(number))
        case str() as text:
            return _integer_in(text.strip())
        case _:
            pass
    raise ValueError("Integer")


def _integer_in(text: str) -> int | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("Integer") from None
    # A huge exponent would make a huge integer before its range is looked at.
    if not number.is_finite() or number.adjusted() > 18:
        raise ValueError("Integer")
    return _in_range(int(number))


def _in_range(number: int) -> int:
    """Return a number that fits into Java's Integer, as the reference's fields are."""
    if not -(2**31) <= number < 2**31:
        raise ValueError("Integer")
    return number


def _boolean(value: object) -> bool | None:
    match _sole(value):
        case None:
            return None
        case bool() as flag:
            return flag
        case int() as number:
            return number != 0
        case str() as text:
            return _boolean_in(text.strip())
        case _:
            raise ValueError("Boolean")


def _boolean_in(text: str) -> bool | None:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case "":
            return None
        case _:
            raise ValueError("Boolean")


def _text(value: object) -> str | None:
    match _sole(value):
        case None:
            return None
        case str() as text:
            return text
        case bool() as flag:
            return "true" if flag else "false"
        case int() | float() as number:
            return str(number)
        case _:
            raise ValueError("String")


def _flag(value: object) -> bool:
    return _boolean(value) or False


def _names(value: Any) -> tuple[str, ...]:
    """Read names that are separated by commas, or a list of them."""
    match value:
        case None:
            return ()
        case list():
            return tuple(name for item in value for name in _names(item))
        case _:
            text = _text(value) or ""
            return tuple(name.strip() for name in text.split(",") if name.strip())


LenientInt = Annotated[int | None, BeforeValidator(_integer)]
"""A whole number, or None where it is absent or blank."""
LenientText = Annotated[str | None, BeforeValidator(_text)]
"""A text; a number or a truth value becomes its text."""
LenientFlag = Annotated[bool, BeforeValidator(_flag)]
"""A truth value; absent and blank are false."""
LenientNames = Annotated[tuple[str, ...], BeforeValidator(_names)]
"""Names, given as a list or as a text with commas."""
LenientChoice = Annotated[bool | None, BeforeValidator(_boolean)]
"""A truth value, or None where it is absent or blank."""
