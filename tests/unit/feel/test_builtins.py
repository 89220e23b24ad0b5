"""Which built-in functions there are, and how they are called."""

from __future__ import annotations

import pytest
from apify_camunda.feel import Evaluated, evaluate
from apify_camunda.feel.builtins import BUILTINS

# Camunda's documentation, by type; in brackets the parameters by which they can be called.
DOCUMENTED = """
not(negand) is defined(value) get or else(value, default) assert(value, condition)
assert(value, condition, cause) get value(context, key) get value(context, keys) get entries(context)
context put(context, keys, value) context put(context, key, value) context merge(contexts)
context(entries) put(context, key, value) put all(contexts) string(from) number(from)
number(from, grouping separator) number(from, grouping separator, decimal separator) date(from)
date(year, month, day) time(from) time(hour, minute, second) time(hour, minute, second, offset)
date and time(from) date and time(date, time) duration(from)
from json(json) to json(value) years and months duration(from, to) list contains(list, element)
count(list) min(list) max(list) sum(list) product(list) mean(list) median(list) stddev(list) mode(list)
all(list) any(list) and(list) or(list) sublist(list, start) sublist(list, start, length)
append(list, items) concatenate(lists) remove(list, position) insert before(list, position, newItem)
reverse(list) index of(list, match) union(lists) distinct values(list) duplicate values(list)
flatten(list) sort(list, precedes) string join(list) string join(list, delimiter)
string join(list, delimiter, prefix, suffix) is empty(list) partition(list, size) decimal(n, scale)
decimal(n, scale, mode) floor(n) floor(n, scala) ceiling(n) ceiling(n, scale) round up(n, scale)
round down(n, scale) round half up(n, scale) round half down(n, scala) abs(number) abs(n)
modulo(dividend, divisor) sqrt(number) log(number) exp(number) odd(number) even(number) random number()
before(point1, point2) before(range, point) before(point, range) before(range1, range2)
after(point1, point2) after(range, point) after(point, range) after(range1, range2) meets(range1, range2)
met by(range1, range2) overlaps(range1, range2) overlaps before(range1, range2)
overlaps after(range1, range2) finishes(point, range) finishes(range1, range2) finished by(point, range)
finished by(range1, range2) includes(range, point) includes(range1, range2) during(point, range)
during(range1, range2) starts(point, range) starts(range1, range2) started by(range, point)
started by(range1, range2) coincides(point1, point2) coincides(range1, range2)
substring(string, start position) substring(string, start position, length) string length(string)
upper case(string) lower case(string) substring before(string, match) substring after(string, match)
contains(string, match) starts with(string, match) ends with(string, match) matches(input, pattern)
matches(input, pattern, flags) replace(input, pattern, replacement)
replace(input, pattern, replacement, flags) split(string, delimiter) extract(input, pattern) trim(string)
uuid() to base64(value) from base64(value) is blank(string) now() today() day of week(date)
day of year(date) week of year(date) month of year(date) last day of month(date)
"""
SIGNATURES = [part.strip() + ")" for part in DOCUMENTED.replace("\n", " ").split(")") if part.strip()]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_documented(signature: str) -> None:
    """Each documented function exists, with the names of its parameters in the engine."""
    name, _, rest = signature.partition("(")
    parameters = tuple(part.strip() for part in rest.rstrip(")").split(",") if part.strip())

    assert parameters in [function.parameters for function in BUILTINS[name]]


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_wrong_arguments(name: str) -> None:
    """With any arguments a function answers, or the evaluation fails; it never raises."""
    for function in BUILTINS[name]:
        for argument in ("null", "1", '"a"', "[null]", "{a: 1}", '@"P1D"', "function(x) x", "[1..2]"):
            arguments = ", ".join([argument] * len(function.parameters))
            result = evaluate(f"[{name}({arguments})]", {})

            assert isinstance(result, Evaluated) or "Error: " not in result.reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("min(1, 2)", 1),
        ("min([1, 2])", 1),
        ("min(list: [1, 2])", 1),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("append(list: [1], items: [2])", [1, 2]),
        ("concatenate([1], 2)", [1, 2]),
        ("min()", None),
        ("all(true, false)", False),
        ('string join(list: ["a"], delimiter: ",")', "a"),
    ],
)
def test_variadic(text: str, value: object) -> None:
    """Some functions take their list as it is, or as several arguments."""
    result = evaluate(text, {})

    assert isinstance(result, Evaluated)
    assert result.value == value
