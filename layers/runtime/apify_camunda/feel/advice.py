"""Advice for mistakes that come from the habits of other languages. It does not parse."""

from __future__ import annotations

import re
from typing import Final

_OPERAND: Final = r"[\w)\]}\"'`]\s*$"
_CURLY: Final = r"[\u2018-\u201f\u00ab\u00bb]"
_KEYWORDS: Final = (
    r"(?:if|then|else|for|in|return|some|every|satisfies|and|or|not|between|instance|of|function"
    r"|null|true|false)"
)
_NAME: Final = r"[^\W\d]\w*"

_ADVICE: Final = (
    (r"!=$", r"=", "FEEL compares with `!=`."),
    (r"=$", r"=", "FEEL compares with one `=`."),
    (r"<$", r">", "FEEL compares with `!=`."),
    (r"[-=]$", r">", "A function is written as `function(x) x > 1`."),
    (r"function\s*\([^()]*\)\s*$", r"[-=]>", "A function is written as `function(x) x > 1`."),
    (r"", r"&", "Conditions are joined with `and`."),
    (r"", r"\|", "Conditions are joined with `or`."),
    (r"", r"!", "A condition is negated with `not(..)`."),
    (r"", r"'", "A text needs double quotation marks."),
    (r"", rf"\"[^\"]*{_CURLY}", "A text ends with the straight quotation mark that it begins with."),
    (r"", _CURLY, "A text needs straight double quotation marks."),
    (r"", r"%", "The remainder of a division is `modulo(a, b)`."),
    (r"", r"\^", "A power is written with `**`."),
    (r"\"\s*$", r"\"", "Texts are joined with `+`."),
    (r"", r"\.\.", "A range is written in brackets, `[1..5]`, and only in a test or as an argument."),
    (r"", r":=", "An expression has no assignments: a context gives names to values, `{a: 1, b: a + 1}`."),
    (r"(?:^|[^\w)\]}\"'`\s])\s*$", r"\+", "A value has no plus sign before it."),
    (_OPERAND, r"\?", "A choice is written as `if a then b else c`."),
    (r"\bif\b.*$", r"\{", "A choice is written as `if a then b else c`."),
    (r"\{$", r"\{", "A placeholder of a secret is for plain texts, not for expressions."),
    (r"[$#]?$", r"#?\{", "An expression begins with `=`, and has no further braces around it."),
    (r"\d$", r"[eE][+-]?\d", "A number has no exponent: write its digits, or `10 ** 3`."),
    (_OPERAND, r"is\s+not\s+null\b", "Null is found with `!= null`."),
    (_OPERAND, r"is\s+null\b", "Null is found with `= null`."),
    (_OPERAND, r"is\s+defined\b", "Whether there is a value is asked with `is defined(a)`."),
    (_OPERAND, r"(?:like|contains|matches)\b", "Texts are searched with `contains` and `matches`."),
    (r"\bin\s.*$", r"to\b", "A loop counts with `1..5`."),
    (r"\bnot\s+$", r"", "A condition is negated with `not(..)`."),
    (r"\(.*,[\w\s]*$", r":", "Either all arguments have names, or none has."),
    (r"\(.*\w\s*:[^,(]*$", r",[^:]*\)", "Either all arguments have names, or none has."),
    (r"(?:[<>=]\s*[^\s<>=]+\s*)$", r"[<>!]?=|[<>]", "Comparisons do not chain: join them with `and`."),
    (
        r"(?:^|[^\w)\]}\"'`\s])\s*$",
        r"(?:null|true|false|function|in|return|then|else|satisfies|and|or)\b",
        "This is a word of the language: as a name it needs backticks.",
    ),
    (
        rf"(?<!\w)(?!{_KEYWORDS}\s){_NAME}\s+$",
        rf"(?!{_KEYWORDS}\b){_NAME}",
        "A name with blanks needs backticks, and the arguments of a function need brackets.",
    ),
)
"""The text before an error, the text at it, and the advice; the first row that matches counts."""


def advice_at(text: str, place: int) -> str | None:
    """Return what to write instead of the text at the place of an error; None if that is not known."""
    line = text[max(0, place - 200) : place]
    for before, at, advice in _ADVICE:
        if re.match(at, text[place:]) and re.search(before, line, re.DOTALL):
            return advice
    return None
