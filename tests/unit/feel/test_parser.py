"""Rules of the grammar: what a text is parsed to, and what is said of a text that is none."""

from __future__ import annotations

import pytest
from apify_camunda.feel import FeelSyntaxError, parse, parse_unary_tests, syntax
from apify_camunda.feel.parser.reading import MAX_DEPTH
from apify_camunda.feel.source import Span

NOWHERE = Span(0, 0)


def number(value: int) -> syntax.Number:
    return syntax.Number(NOWHERE, value)


def name(text: str) -> syntax.Variable:
    return syntax.Variable(NOWHERE, text)


def operation(sign: str, left: syntax.Node, right: syntax.Node) -> syntax.Arithmetic:
    return syntax.Arithmetic(NOWHERE, sign, left, right)


PRECEDENCE = [
    ("1 + 2 * 3", operation("+", number(1), operation("*", number(2), number(3)))),
    ("1 - 2 - 3", operation("-", operation("-", number(1), number(2)), number(3))),
    ("2 ** 3 ** 2", operation("**", operation("**", number(2), number(3)), number(2))),
    ("-2 ** 2", operation("**", syntax.Negation(NOWHERE, number(2)), number(2))),
    (
        "a or b and c",
        syntax.Disjunction(NOWHERE, name("a"), syntax.Conjunction(NOWHERE, name("b"), name("c"))),
    ),
    ("a = b", syntax.Comparison(NOWHERE, "=", name("a"), name("b"))),
    ("a.b[c]", syntax.Filter(NOWHERE, syntax.Path(NOWHERE, name("a"), "b"), name("c"))),
    (
        "a.b.f(1)",
        syntax.MethodInvocation(
            NOWHERE,
            syntax.Path(NOWHERE, name("a"), "b"),
            "f",
            (syntax.Argument(NOWHERE, None, number(1)),),
        ),
    ),
]


@pytest.mark.parametrize(("text", "root"), PRECEDENCE, ids=[text for text, _ in PRECEDENCE])
def test_precedence(text: str, root: syntax.Node) -> None:
    """Operators bind as the grammar's levels say, and group to the left."""
    assert parse(text).root == root


def test_words_with_one_blank_between_are_a_function_name() -> None:
    """`x between b(1)` is the call of a function of three words, as in Camunda's engine."""
    with pytest.raises(FeelSyntaxError):
        parse("x between b(1) and")
    call = parse("x between b(1)").root

    assert isinstance(call, syntax.Invocation)
    assert call.name == "x between b"


@pytest.mark.parametrize("text", ["= 1 + 2", "=1+2", "  =  1 + 2  ", "1 + 2", "\x00=\x1f1 + 2\x1f"])
def test_leading_equals_sign(text: str) -> None:
    """The `=` with which BPMN marks an expression is not part of it, nor is what Java would trim."""
    assert parse(text).root == operation("+", number(1), number(2))


def test_parsed_once() -> None:
    """The same text is parsed once, and then remembered."""
    assert parse("a + b + c") is parse("a + b + c")


@pytest.mark.parametrize(
    "text",
    ["1/* two */+ 2 // three", "1\u00a0+\u20032", "1\ufeff+\u200b2", "// first\n1 + 2", "1 +\u180e2"],
)
def test_white_space_and_comments(text: str) -> None:
    """White space is what DMN lists, and comments count as white space."""
    assert parse(text).root == operation("+", number(1), number(2))


@pytest.mark.parametrize("word", ["android", "order", "nullable", "in1", "trueish", "functional", "thenx"])
def test_names_may_begin_with_reserved_words(word: str) -> None:
    """Only a whole word is reserved."""
    assert parse(word).root == name(word)


@pytest.mark.parametrize(
    "word", ["in", "then", "else", "return", "and", "or", "satisfies", "function", "", "   ", "a.in", "`"]
)
def test_reserved_words_are_not_names(word: str) -> None:
    """A reserved word stands for no variable, also behind a dot."""
    with pytest.raises(FeelSyntaxError):
        parse(word)


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("1 +", 1, 4, "a value"),
        ("if a then b", 1, 12, "`else`"),
        ("[1, 2", 1, 6, "`]`"),
        ("{a 1}", 1, 5, "`:`"),
        ("count(", 1, 7, "a value"),
        ("a =\n  b b", 2, 5, "an operator"),
        ("for x on xs return x", 1, 7, "`in`"),
        ("1 ==  2", 1, 4, "a value"),
        ("a && b", 1, 3, "an operator"),
        ('"abc', 1, 1, "a quotation mark at the end of this text"),
        ("1 /* 2", 1, 3, "the end `*/` of this comment"),
        ('function() external {java: {class: "x"}}', 1, 12, "external functions are disabled"),
    ],
)
def test_syntax_error(text: str, line: int, column: int, expected: str) -> None:
    """An error says in which line and column the text stops making sense, and what could have stood there."""
    with pytest.raises(FeelSyntaxError) as error:
        parse(text)

    assert (error.value.line, error.value.column) == (line, column)
    assert expected in error.value.expected


def test_syntax_error_shows_the_place() -> None:
    """The message draws a caret under the word that does not fit."""
    with pytest.raises(FeelSyntaxError) as error:
        parse("a +\n b * then")

    assert str(error.value) == (
        "Expected a value but found 'then' in line 2, column 6:\n b * then\n     ^~~~\n"
        "This is a word of the language: as a name it needs backticks."
    )


def test_syntax_error_in_a_long_line() -> None:
    """Of a long line only the surroundings of the error are shown."""
    with pytest.raises(FeelSyntaxError) as error:
        parse("1 + " * 1000 + ")")

    assert len(str(error.value)) < 300


@pytest.mark.parametrize("pair", ["()", "[]", ("{a:", "}"), ("count([", "])"), ("f(a: ", ")"), ("-(", ")")])
def test_nesting(pair: str) -> None:
    """Brackets nest up to a limit, in time that grows with the text; deeper ones are a syntax error."""
    opening, closing = pair[0], pair[1]

    parse(opening * (MAX_DEPTH // 2) + "1" + closing * (MAX_DEPTH // 2))
    with pytest.raises(FeelSyntaxError, match="nested"):
        parse(opening * 3000 + "1" + closing * 3000)


@pytest.mark.parametrize("text", ["1" + " + 1" * 5000, "true" + " and true" * 5000, "1" + " * 1" * 5000])
def test_long_chains(text: str) -> None:
    """A chain of operators may be as long as a text may be: it does not nest."""
    parse(text)


def test_long_chain_of_else_if() -> None:
    """A chain of `else if` may be long, too."""
    parse("if a then 1 else " * 1000 + "2")


@pytest.mark.parametrize(
    ("text", "node_type"),
    [
        ("< 5", syntax.InputComparison),
        ("true", syntax.InputComparison),
        ("true and x", syntax.Test),
        ("[1..5)", syntax.InputInRange),
        ("1, 2", syntax.AnyOf),
        ("not(1, 2)", syntax.NoneOf),
        ("-", syntax.AnyInput),
        ("-5", syntax.Test),
        ("x + 1", syntax.Test),
    ],
)
def test_unary_tests(text: str, node_type: type[syntax.Node]) -> None:
    """A cell is a comparison, a range, several tests, their negation, `-`, or an expression."""
    assert type(parse_unary_tests(text).root) is node_type


def test_spans() -> None:
    """A node knows the piece of the text that it was written as."""
    text = "a + count( [1,\n 2] ) * 3"
    root = parse(text).root
    assert isinstance(root, syntax.Arithmetic)
    product = root.right
    assert isinstance(product, syntax.Arithmetic)

    assert text[slice(*product.left.span)] == "count( [1,\n 2] )"
    assert text[slice(*product.span)] == "count( [1,\n 2] ) * 3"
