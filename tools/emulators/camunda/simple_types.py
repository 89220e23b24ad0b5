"""Decides whether a text is a value of one of XML Schema's simple types, as far as BPMN uses them."""

import re
from collections.abc import Mapping
from typing import Final

_NCNAME: Final = re.compile(r"[^\W\d][\w.\-\u00b7\u0300-\u036f]*")
_NUMBER: Final = r"[+-]?(\d+(\.\d*)?|\.\d+)"
_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "boolean": re.compile("true|false|1|0"),
    "integer": re.compile(r"[+-]?\d+"),
    "int": re.compile(r"[+-]?\d{1,10}"),
    "double": re.compile(rf"{_NUMBER}([eE][+-]?\d+)?|INF|-INF|NaN"),
}


def value_fault(type_name: str, text: str) -> str | None:
    """Return what is wrong with a value, in the words of Java's validator; None where nothing is.

    Args:
        type_name: The type without its prefix: ID, IDREF, QName, boolean, string and so on.
        text: The value, with the blanks at its ends.
    """
    value = " ".join(text.split())
    if type_name in {"ID", "IDREF"}:
        return None if _NCNAME.fullmatch(value) else _invalid(value, "NCName")
    if type_name == "QName":
        parts = value.split(":")
        well_formed = len(parts) <= 2 and all(_NCNAME.fullmatch(part) for part in parts)
        return None if well_formed else _invalid(value, "QName")
    pattern = _PATTERNS.get(type_name)
    if pattern is None or pattern.fullmatch(value):
        return None
    return _invalid(value, type_name)


def enumeration_fault(values: list[str], text: str) -> str | None:
    """Return what is wrong with a value that must be one of some, in the words of Java's validator."""
    if text in values:
        return None
    listed = ", ".join(values)
    what = f"Value '{text}' is not facet-valid with respect to enumeration '[{listed}]'."
    return f"cvc-enumeration-valid: {what} It must be a value from the enumeration."


def _invalid(value: str, type_name: str) -> str:
    return f"cvc-datatype-valid.1.2.1: '{value}' is not a valid value for '{type_name}'."
