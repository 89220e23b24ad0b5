"""Built-in functions on texts; positions and lengths count UTF-16 units, as Java does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from apify_camunda.feel.arithmetic import java_int
from apify_camunda.feel.builtins.registry import NUMBER, TEXT, builtin, builtin_of_evaluation
from apify_camunda.feel.failures import Fatal, FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.values import Number

if TYPE_CHECKING:
    from apify_camunda.feel.regex import JavaPattern

T = TypeVar("T")

# Parts


@builtin("substring", ("string", TEXT), ("start position", NUMBER), copies=4)
def substring(string: str, start: Number) -> str:
    length = string_length(string)
    return _slice(string, _index(length, start), length)


@builtin("substring", ("string", TEXT), ("start position", NUMBER), ("length", NUMBER), copies=4)
def substring_of_length(string: str, start: Number, length: Number) -> str:
    first = _index(string_length(string), start)
    end = java_int(first + java_int(length))  # Java's sum, too, has 32 bits
    return _slice(string, first, min(end, string_length(string)))


def _index(length: int, position: Number) -> int:
    """Return the index of a position: from 1, or from the end for 0 and less."""
    number = java_int(position)
    return number - 1 if number > 0 else length + number


def _slice(string: str, start: int, end: int) -> str:
    """Return the units from start to end.

    Raises:
        Fatal: They are not within the text, which ends an evaluation of Camunda's engine.
    """
    length = string_length(string)
    if not 0 <= start <= end <= length:
        raise Fatal(f"begin {start}, end {end}, length {length}")
    if length == len(string):
        return string[start:end]
    units = string.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


@builtin("string length", ("string", TEXT), copies=4)
def string_length(string: str) -> int:
    return len(string) if string.isascii() else len(string.encode("utf-16-le", "surrogatepass")) // 2


@builtin("substring before", ("string", TEXT), ("match", TEXT))
def substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", ("string", TEXT), ("match", TEXT))
def substring_after(string: str, match: str) -> str:
    if not match:
        return string
    return string.partition(match)[2]


# Whole texts


@builtin("upper case", ("string", TEXT), copies=4)
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case", ("string", TEXT), copies=4)
def lower_case(string: str) -> str:
    return string.lower()


@builtin("trim", ("string", TEXT), since="8.6")
def trim(string: str) -> str:
    return string.strip("".join(map(chr, range(33))))


@builtin("is blank", ("string", TEXT), since="8.7")
def is_blank(string: str) -> bool:
    no_break = "\u00a0\u2007\u202f\u0085"  # space for Unicode, but not for Java's Character.isWhitespace
    return not string or (string.isspace() and not any(character in no_break for character in string))


@builtin_of_evaluation("uuid", since="8.6")
def uuid(evaluation: Evaluation) -> str:
    return evaluation.clock.uuid()


@builtin("to base64", ("value", TEXT), copies=4, since="8.6")
def to_base64(value: str) -> str:
    from base64 import b64encode  # noqa: PLC0415  rare: not at import

    return b64encode(value.encode("utf-8", "replace")).decode("ascii")


@builtin("from base64", ("value", TEXT), copies=4, since="8.10")
def from_base64(value: str) -> str:
    from base64 import b64decode  # noqa: PLC0415  rare: not at import

    try:
        padded = value + "=" * (-len(value) % 4) if "=" not in value else value
        return b64decode(padded, validate=True).decode("utf-8", "replace")
    except ValueError:
        raise FunctionFailure(f"Failed to decode Base64 string '{value}'") from None


# Search


@builtin("contains", ("string", TEXT), ("match", TEXT))
def contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with", ("string", TEXT), ("match", TEXT))
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", ("string", TEXT), ("match", TEXT))
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


# Patterns: the regular expressions of java.util.regex


@builtin_of_evaluation("matches", ("input", TEXT), ("pattern", TEXT))
def matches(evaluation: Evaluation, text: str, pattern: str) -> bool:
    return matches_with_flags(evaluation, text, pattern, "")


@builtin_of_evaluation("matches", ("input", TEXT), ("pattern", TEXT), ("flags", TEXT))
def matches_with_flags(evaluation: Evaluation, text: str, pattern: str, flags: str) -> bool:
    return _with_pattern(
        evaluation, pattern, flags, lambda compiled: compiled.find(text, 0, evaluation) is not None
    )


@builtin_of_evaluation("replace", ("input", TEXT), ("pattern", TEXT), ("replacement", TEXT))
def replace(evaluation: Evaluation, text: str, pattern: str, replacement: str) -> str:
    return replace_with_flags(evaluation, text, pattern, replacement, "")


@builtin_of_evaluation("replace", ("input", TEXT), ("pattern", TEXT), ("replacement", TEXT), ("flags", TEXT))
def replace_with_flags(evaluation: Evaluation, text: str, pattern: str, replacement: str, flags: str) -> str:
    return _with_pattern(
        evaluation, pattern, flags, lambda compiled: compiled.replace_all(text, replacement, evaluation)
    )


@builtin_of_evaluation("split", ("string", TEXT), ("delimiter", TEXT))
def split(evaluation: Evaluation, text: str, delimiter: str) -> list[str]:
    return _with_pattern(
        evaluation, delimiter, "", lambda compiled: compiled.split(text, evaluation), "for delimiter "
    )


@builtin_of_evaluation("extract", ("input", TEXT), ("pattern", TEXT), since="1.3")
def extract(evaluation: Evaluation, text: str, pattern: str) -> list[str]:
    return _with_pattern(evaluation, pattern, "", lambda compiled: compiled.extract_all(text, evaluation))


def _with_pattern(
    evaluation: Evaluation, pattern: str, flags: str, use: Callable[[JavaPattern], T], purpose: str = ""
) -> T:
    from apify_camunda.feel.regex import PatternError, compile_java, pay_for_pattern  # noqa: PLC0415  only patterns load the matcher

    if evaluation.patterns is None:
        evaluation.patterns = set()
    pay_for_pattern(pattern, evaluation.patterns, evaluation)
    try:
        return use(compile_java(pattern, flags))
    except PatternError:
        raise FunctionFailure(f"Invalid pattern {purpose}'{pattern}'") from None
