"""What the message of a syntax error says: where, what was expected, and what to write instead."""

from __future__ import annotations

import pytest
from apify_camunda.feel import FeelSyntaxError, parse


def mistake(text: str) -> FeelSyntaxError:
    with pytest.raises(FeelSyntaxError) as raised:
        parse(text)
    return raised.value


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "a value"),
        ('"abc', 1, "a quotation mark at the end of this text"),
        ('request.body.name = "x', 21, "a quotation mark at the end of this text"),
        ('@"2020-01-01', 2, "a quotation mark at the end of this text"),
        ("@2020-01-01", 2, "a date, time or duration in quotation marks"),
        ("(1 + 2", 7, "`)`"),
        ("[1, 2", 6, "`,` or `]`"),
        ("[1 2]", 4, "`,` or `]`"),
        ("[1, 2,]", 7, "a value"),
        ("list[]", 6, "a value"),
        ("[1..3", 6, "`]`"),
        ("{a: 1", 6, "`,` or `}`"),
        ("{a: 1, }", 8, "a key"),
        ("{a 1}", 5, "`:`"),
        ("f(1,)", 5, "a value"),
        ("f(1", 4, "`,` or `)`"),
        ("a.b.", 5, "a name"),
        ("1 +", 4, "a value"),
        ("if a then 1", 12, "`else`"),
        ("if a 1 else 2", 6, "`then`"),
        ("for x of [1] return x", 7, "`in`"),
        ("for x in [1] x", 14, "`,` or `return`"),
        ("every x in [1] return x", 16, "`,` or `satisfies`"),
        ("x between 1, 2", 12, "`and`"),
        ("x instance of", 14, "the name of a type"),
        ("/* comment", 1, "the end `*/` of this comment"),
    ],
)
def test_place(text: str, column: int, expected: str) -> None:
    """An error points to the first sign that is not allowed in its place, and names all that are."""
    error = mistake(text)
    assert (error.column, error.expected) == (column, expected)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a == 1", "FEEL compares with one `=`."),
        ("a !== 1", "FEEL compares with `!=`."),
        ("a <> 1", "FEEL compares with `!=`."),
        ("a && b", "Conditions are joined with `and`."),
        ("a || b", "Conditions are joined with `or`."),
        ("!a", "A condition is negated with `not(..)`."),
        ("not a", "A condition is negated with `not(..)`."),
        ("'a'", "A text needs double quotation marks."),
        ("“a” = b", "A text needs straight double quotation marks."),
        ('"a” = b', "A text ends with the straight quotation mark that it begins with."),
        ('"a" "b"', "Texts are joined with `+`."),
        ("a % 2", "The remainder of a division is `modulo(a, b)`."),
        ("2 ^ 3", "A power is written with `**`."),
        ("a ? 1 : 2", "A choice is written as `if a then b else c`."),
        ("if (a) { 1 } else { 2 }", "A choice is written as `if a then b else c`."),
        ("${a}", "An expression begins with `=`, and has no further braces around it."),
        ("{{secrets.KEY}}", "A placeholder of a secret is for plain texts, not for expressions."),
        ("1e3", "A number has no exponent: write its digits, or `10 ** 3`."),
        ("+1", "A value has no plus sign before it."),
        ("a is null", "Null is found with `= null`."),
        ("a is not null", "Null is found with `!= null`."),
        ("a is defined", "Whether there is a value is asked with `is defined(a)`."),
        ('a like "x"', "Texts are searched with `contains` and `matches`."),
        ("for i in 1 to 5 return i", "A loop counts with `1..5`."),
        ("1..5", "A range is written in brackets, `[1..5]`, and only in a test or as an argument."),
        ("sort(a, x -> x)", "A function is written as `function(x) x > 1`."),
        ("sort(a, function(x, y) => x < y)", "A function is written as `function(x) x > 1`."),
        ("a = 1 = 2", "Comparisons do not chain: join them with `and`."),
        ("a := 1", "An expression has no assignments: a context gives names to values, `{a: 1, b: a + 1}`."),
        ("response.in", "This is a word of the language: as a name it needs backticks."),
        ("and = 1", "This is a word of the language: as a name it needs backticks."),
        (
            "first name = 1",
            "A name with blanks needs backticks, and the arguments of a function need brackets.",
        ),
        ("f(a: 1, 2)", "Either all arguments have names, or none has."),
        ("f(1, a: 2)", "Either all arguments have names, or none has."),
    ],
)
def test_advice(text: str, advice: str) -> None:
    """Where a mistake is a habit from another language, the message says what FEEL has instead."""
    error = mistake(text)
    assert error.advice == advice
    assert str(error).endswith(f"~\n{advice}") or str(error).endswith(f"^\n{advice}")


@pytest.mark.parametrize(
    "text", ["(1 + 2", "[1, 2", "{a: 1, }", "every x in [1] return x", "x instance number", ")"]
)
def test_no_advice(text: str) -> None:
    """Where the place and what was expected say it all, nothing is added."""
    error = mistake(text)
    assert error.advice is None
    assert str(error).endswith(("^", "~"))
