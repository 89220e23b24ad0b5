"""Turns text into nodes; it does not know what a node evaluates to.

A recursive descent over the grammar of Camunda's engine, which is the DMN grammar without names of several words
(but for functions, keys and parameters) and with ordered choice: the first rule that matches is taken. The docstring of each
method is its rule. A method returns None, and stays where it is, when its rule does not match.

Places that several rules try one after the other are read once and remembered, so that parsing takes time in
proportion to the text, however it is nested.

Source: FeelParser.scala of camunda/feel-scala 1.22.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final, TypeAlias, TypeVar

from apify_camunda.feel import syntax
from apify_camunda.feel.failures import FeelSyntaxError
from apify_camunda.feel.lexer import Scanner, unescape
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Argument, Node

# Operators bind as tightly as their number says; all of them group to the left.
BINDING_POWER: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
COMPARISONS: Final = ("<=", ">=", "<", ">", "!=", "=")
INPUT_COMPARISONS: Final = ("<=", ">=", "<", ">")

MAX_DEPTH: Final = 60
"""Brackets within brackets; deeper ones would need more of Python's stack than a caller leaves us."""

FUNCTION_NAMES_WITH_RESERVED_WORDS: Final = (
    "and",
    "or",
    "date and time",
    "years and months duration",
    "get or else",
)
TYPE_NAMES_WITH_BLANKS: Final = (
    "years and months duration",
    "days and time duration",
    "date and time",
    "function",
)
TEMPORAL_CONSTRUCTORS: Final = ("duration", "date and time", "date", "time")

T = TypeVar("T")
Memo: TypeAlias = dict[int, tuple[Node | None, tuple[int, int]]]


def parse_expression(text: str) -> Node:
    """Return the root of an expression.

    Raises:
        FeelSyntaxError: The text is none.
    """
    return _parse(text, Parser.expression)


def parse_tests(text: str) -> Node:
    """Return the root of unary tests, as a cell of a decision table has them.

    Raises:
        FeelSyntaxError: The text is none.
    """
    return _parse(text, Parser.unary_tests)


def _parse(text: str, rule: Callable[[Parser], Node | None]) -> Node:
    parser = Parser(text)
    try:
        root = rule(parser)
    except RecursionError:
        raise FeelSyntaxError(text, Span(0, 0), "an expression that is less deeply nested") from None
    if root is None or not parser.scanner.at_end():
        if parser.scanner.position >= parser.scanner.furthest:
            parser.scanner.miss("an operator" if root else "an expression")
        raise parser.scanner.error()
    return root


class Parser:
    """One text being parsed."""

    __slots__ = ("_arithmetics", "_depth", "_expressions", "scanner")

    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self._expressions: Memo = {}
        self._arithmetics: Memo = {}
        self._depth = 0

    def _once(self, memo: Memo, rule: Callable[[], Node | None]) -> Node | None:
        """Apply the rule here, or return what it gave here before."""
        start = self.scanner.position
        known = memo.get(start)
        if known is None:
            known = memo[start] = (rule(), self.scanner.mark())
        self.scanner.back(known[1])
        return known[0]

    # Expressions

    def expression(self) -> Node | None:
        """Expression = if | for | quantified | disjunction."""
        return self._once(self._expressions, self._expression)

    def _expression(self) -> Node | None:
        scanner = self.scanner
        self._depth += 1
        if self._depth > MAX_DEPTH:
            place = Span(scanner.position, scanner.position + 1)
            raise FeelSyntaxError(
                scanner.text, place, f"an expression that is nested less than {MAX_DEPTH} deep"
            )
        node = self._if() or self._for() or self._quantified() or self._disjunction()
        self._depth -= 1
        return node

    def _if(self) -> Node | None:
        """If = "if" expression "then" expression "else" expression."""
        scanner, before = self.scanner, self.scanner.mark()
        branches: list[tuple[int, Node, Node]] = []
        while True:  # a chain of `else if` is a loop here: it may be long without being deep
            start = scanner.mark()
            if not scanner.literal("if"):
                break
            if (
                (condition := self.expression()) is None
                or not scanner.expect("then")
                or (consequence := self.expression()) is None
                or not scanner.expect("else")
            ):
                scanner.back(start)
                break
            branches.append((start[0], condition, consequence))
        if not branches:
            return None
        node = self.expression()
        if node is None:
            scanner.back(before)
            return None
        for start_of_branch, condition, consequence in reversed(branches):
            node = syntax.If(scanner.span(start_of_branch), condition, consequence, node)
        return node

    def _for(self) -> Node | None:
        """For = "for" loop {"," loop} "return" expression."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("for"):
            loops = self._loops()
            if loops and scanner.expect("return") and (body := self.expression()) is not None:
                return syntax.For(scanner.span(start[0]), loops, body)
            scanner.back(start)
        return None

    def _quantified(self) -> Node | None:
        """Quantified = ("some" | "every") loop {"," loop} "satisfies" expression."""
        start, scanner = self.scanner.mark(), self.scanner
        quantifier = next((word for word in ("some", "every") if scanner.literal(word)), None)
        if quantifier is not None:
            loops = self._loops()
            if loops and scanner.expect("satisfies") and (condition := self.expression()) is not None:
                return syntax.Quantified(scanner.span(start[0]), quantifier, loops, condition)
            scanner.back(start)
        return None

    def _loops(self) -> tuple[syntax.Loop, ...]:
        """Loops = loop {"," loop}."""
        return tuple(self._separated(self._loop))

    def _loop(self) -> syntax.Loop | None:
        """Loop = name "in" (arithmetic ".." arithmetic | value)."""
        start, scanner = self.scanner.mark(), self.scanner
        name = self._name()
        if name is not None and scanner.expect("in"):
            source = self._progression() or self._value()
            if source is not None:
                return syntax.Loop(scanner.span(start[0]), name, source)
        scanner.back(start)
        return None

    def _progression(self) -> Node | None:
        """Progression = arithmetic ".." arithmetic."""
        start, scanner = self.scanner.mark(), self.scanner
        first = self._arithmetic()
        if first is not None and scanner.literal("..") and (last := self._arithmetic()) is not None:
            return syntax.Progression(scanner.span(start[0]), first, last)
        scanner.back(start)
        return None

    def _disjunction(self) -> Node | None:
        """Disjunction = conjunction {"or" conjunction}."""
        return self._chain("or", self._conjunction, syntax.Disjunction)

    def _conjunction(self) -> Node | None:
        """Conjunction = comparison {"and" comparison}."""
        return self._chain("and", self._comparison, syntax.Conjunction)

    def _chain(
        self,
        word: str,
        operand: Callable[[], Node | None],
        node_type: type[syntax.Disjunction | syntax.Conjunction],
    ) -> Node | None:
        scanner, start = self.scanner, self.scanner.position
        left = operand()
        while left is not None:
            before = scanner.mark()
            if not scanner.literal(word) or (right := operand()) is None:
                scanner.back(before)
                break
            left = node_type(scanner.span(start), left, right)
        return left

    def _comparison(self) -> Node | None:
        """Comparison = arithmetic [compared | between | instance of | in] | input comparison | input range."""
        start = self.scanner.position
        left = self._arithmetic()
        if left is None:
            return self._simple_test()
        if self.scanner.at_end():
            return left
        return (
            self._compared(left, start)
            or self._between(left, start)
            or self._instance_of(left, start)
            or (self._in(left, start) or left)
        )

    def _compared(self, left: Node, start: int) -> Node | None:
        """Compared = ("<=" | ">=" | "<" | ">" | "!=" | "=") arithmetic."""
        before, scanner = self.scanner.mark(), self.scanner
        if scanner.peek() in "<>!=":
            operator = next((sign for sign in COMPARISONS if scanner.literal(sign)), None)
            if operator is not None and (right := self._arithmetic()) is not None:
                return syntax.Comparison(scanner.span(start), operator, left, right)
            scanner.back(before)
        return None

    def _between(self, value: Node, start: int) -> Node | None:
        """Between = "between" arithmetic "and" arithmetic."""
        before, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("between"):
            low = self._arithmetic()
            if low is not None and scanner.expect("and") and (high := self._arithmetic()) is not None:
                return syntax.Between(scanner.span(start), value, low, high)
            scanner.back(before)
        return None

    def _instance_of(self, value: Node, start: int) -> Node | None:
        """Instance of = "instance" "of" (type name with blanks | name {"." name})."""
        before, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("instance") and scanner.expect("of"):
            special = next((word for word in TYPE_NAMES_WITH_BLANKS if scanner.literal(word)), None)
            type_name = special or ".".join(self._separated(self._name, "."))
            if type_name:
                return syntax.InstanceOf(scanner.span(start), value, type_name)
            scanner.miss("the name of a type")
        scanner.back(before)
        return None

    def _in(self, value: Node, start: int) -> Node | None:
        """In = "in" ("(" positive tests ")" | positive test)."""
        before, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("in"):
            tests = self._bracketed_tests() or self._positive_test()
            if tests is not None:
                return syntax.In(scanner.span(start), value, tests)
            scanner.back(before)
        return None

    def _bracketed_tests(self) -> Node | None:
        before, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("("):
            tests = self._positive_tests()
            if tests is not None and scanner.expect(")"):
                return tests
            scanner.back(before)
        return None

    # Arithmetic

    def _arithmetic(self) -> Node | None:
        """Arithmetic = operands joined by + - * / ** as BINDING_POWER says."""
        return self._once(self._arithmetics, partial(self._operation, 1))

    def _operation(self, power: int) -> Node | None:
        scanner, start = self.scanner, self.scanner.position
        left = self._negation()
        while left is not None:
            before = scanner.mark()
            operator = self._operator(power)
            if operator is None:
                break
            right = self._operation(BINDING_POWER[operator] + 1)
            if right is None:
                scanner.back(before)
                break
            left = syntax.Arithmetic(scanner.span(start), operator, left, right)
        return left

    def _operator(self, power: int) -> str | None:
        scanner = self.scanner
        sign = scanner.peek()
        if not sign or sign not in "+-*/":
            return None
        operator = "**" if scanner.text.startswith("**", scanner.position) else sign
        return operator if BINDING_POWER[operator] >= power and scanner.literal(operator) else None

    def _negation(self) -> Node | None:
        """Negation = ["-"] value."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.peek() == "-" and scanner.literal("-"):
            operand = self._value()
            if operand is not None:
                return syntax.Negation(scanner.span(start[0]), operand)
            scanner.back(start)
            return None
        return self._value()

    # Values

    def _value(self) -> Node | None:
        """Value = primary {"." property | "[" expression "]"}."""
        scanner, start = self.scanner, self.scanner.position
        node = self._primary()
        while node is not None:
            before = scanner.mark()
            sign = scanner.peek()
            if sign == "." and scanner.literal(".") and (name := self._property()) is not None:
                node = syntax.Path(scanner.span(start), node, name)
            elif (
                sign == "["
                and scanner.literal("[")
                and (condition := self.expression()) is not None
                and scanner.expect("]")
            ):
                node = syntax.Filter(scanner.span(start), node, condition)
            else:
                scanner.back(before)
                break
        return node

    def _primary(self) -> Node | None:
        """Primary = temporal | call | name | literal | "?" | function definition | "(" expression ")"."""
        match self.scanner.peek():
            case '"':
                node = self._string()
            case "[":
                node = self._list()
            case "{":
                node = self._context()
            case "(":
                node = self._group()
            case "?":
                node = self._input()
            case "@":
                node = self._at_literal()
            case digit if digit in "-.0123456789" and digit:
                node = self._number()
            case _:
                node = self._temporal() or self._call() or self._variable() or self._word()
        if node is None:
            self.scanner.miss("a value")
        return node

    def _group(self) -> Node | None:
        """Group = "(" expression ")"."""
        start, scanner = self.scanner.mark(), self.scanner
        scanner.literal("(")
        node = self.expression()
        if node is not None and scanner.expect(")"):
            return node
        scanner.back(start)
        return None

    def _input(self) -> Node:
        start = self.scanner.position
        self.scanner.literal("?")
        return syntax.Input(self.scanner.span(start))

    def _variable(self) -> Node | None:
        """Variable = name."""
        start = self.scanner.position
        name = self._name()
        return None if name is None else syntax.Variable(self.scanner.span(start), name)

    def _word(self) -> Node | None:
        """Word = "null" | "true" | "false" | function definition."""
        scanner, start = self.scanner, self.scanner.position
        if scanner.literal("null"):
            return syntax.Null(scanner.span(start))
        if scanner.literal("true"):
            return syntax.Boolean(scanner.span(start), True)
        if scanner.literal("false"):
            return syntax.Boolean(scanner.span(start), False)
        return self._function_definition()

    def _string(self) -> Node | None:
        start = self.scanner.position
        text = self.scanner.string()
        if text is None:
            self.scanner.miss("a text that ends with a quotation mark")
            return None
        return syntax.String(self.scanner.span(start), unescape(text))

    def _number(self) -> Node | None:
        """Number = ["-"] digits ["." digits] | ["-"] "." digits, without blanks."""
        start, scanner = self.scanner.mark(), self.scanner
        negative = scanner.literal("-")
        if negative and scanner.position != start[0] + 1:
            scanner.back(start)
            return None
        digits = scanner.number()
        if digits is None:
            scanner.back(start)
            return None
        value = Decimal(digits)
        if value.as_tuple().exponent == 0 and len(digits) < 40:
            value = int(digits)  # type: ignore[assignment]  # whole numbers are int
        return syntax.Number(scanner.span(start[0]), -value if negative else value)

    def _at_literal(self) -> Node | None:
        """At literal = "@" string."""
        start, scanner = self.scanner.mark(), self.scanner
        scanner.literal("@")
        text = scanner.string()
        if text is None:
            scanner.miss("a date, time or duration in quotation marks")
            scanner.back(start)
            return None
        return syntax.TemporalLiteral(scanner.span(start[0]), "@", text)

    def _temporal(self) -> Node | None:
        """Temporal = ("duration" | "date and time" | "date" | "time") "(" string ")"."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.peek() not in {"d", "t"}:
            return None
        constructor = next((word for word in TEMPORAL_CONSTRUCTORS if scanner.literal(word)), None)
        if (
            constructor
            and scanner.literal("(")
            and (text := scanner.string()) is not None
            and scanner.literal(")")
        ):
            return syntax.TemporalLiteral(scanner.span(start[0]), constructor, text)
        scanner.back(start)
        return None

    def _list(self) -> Node | None:
        """List = "[" [expression {"," expression}] "]"."""
        start, scanner = self.scanner.mark(), self.scanner
        scanner.literal("[")
        items = self._separated(self.expression)
        if scanner.expect("]"):
            return syntax.ListLiteral(scanner.span(start[0]), tuple(items))
        scanner.back(start)
        return None

    def _context(self) -> Node | None:
        """Context = "{" [entry {"," entry}] "}"."""
        start, scanner = self.scanner.mark(), self.scanner
        scanner.literal("{")
        entries = self._separated(self._entry)
        if scanner.expect("}"):
            return syntax.ContextLiteral(scanner.span(start[0]), tuple(entries))
        scanner.back(start)
        return None

    def _entry(self) -> tuple[str, Node] | None:
        """Entry = (string | escaped name | any text without signs of the grammar) ":" expression."""
        start, scanner = self.scanner.mark(), self.scanner
        key = scanner.string()
        if key is None:
            key = scanner.escaped_name()
        if key is None:
            key = scanner.plain_key()
        if key is None:
            scanner.miss("a key")
        elif scanner.expect(":") and (value := self.expression()) is not None:
            return key, value
        scanner.back(start)
        return None

    # Functions

    def _call(self) -> Node | None:
        """Call = (spaced name | name {"." name}) "(" [arguments] ")"."""
        start, scanner = self.scanner.mark(), self.scanner
        name = self._special_name() or scanner.spaced_name()
        if name is not None and scanner.literal("("):
            arguments = self._arguments()
            if scanner.expect(")"):
                return syntax.Invocation(scanner.span(start[0]), name, arguments)
        scanner.back(start)
        return self._qualified_call()

    def _special_name(self) -> str | None:
        start, scanner = self.scanner.mark(), self.scanner
        for name in FUNCTION_NAMES_WITH_RESERVED_WORDS:
            if scanner.literal(name):
                if scanner.peek() == "(":
                    return name
                scanner.back(start)
        return None

    def _qualified_call(self) -> Node | None:
        start, scanner = self.scanner.mark(), self.scanner
        names: list[tuple[str, Span]] = []
        while (name := self._name() if not names else self._property()) is not None:
            names.append((name, scanner.span(start[0])))
            before = scanner.mark()
            if not scanner.literal("."):
                break
        else:
            if names:
                scanner.back(before)
        if not names or scanner.peek() != "(":
            scanner.back(start)
            return None
        scanner.literal("(")
        arguments = self._arguments()
        if not scanner.expect(")"):
            scanner.back(start)
            return None
        (first, first_span), *others = names
        if not others:
            return syntax.Invocation(scanner.span(start[0]), first, arguments)
        source: Node = syntax.Variable(first_span, first)
        for name, span in others[:-1]:
            source = syntax.Path(span, source, name)
        return syntax.MethodInvocation(scanner.span(start[0]), source, others[-1][0], arguments)

    def _arguments(self) -> tuple[Argument, ...]:
        """Arguments = named argument {"," named argument} | argument {"," argument}."""
        return tuple(self._separated(self._named_argument) or self._separated(self._argument))

    def _named_argument(self) -> Argument | None:
        """Named argument = (spaced name | name) ":" argument."""
        start, scanner = self.scanner.mark(), self.scanner
        name = self._parameter()
        if name is not None and scanner.literal(":") and (argument := self._argument()) is not None:
            return Argument(scanner.span(start[0]), name, argument.value)
        scanner.back(start)
        return None

    def _argument(self) -> Argument | None:
        """Argument = range | expression."""
        start = self.scanner.position
        value = self._range(syntax.RangeLiteral) or self.expression()
        return None if value is None else Argument(self.scanner.span(start), None, value)

    def _function_definition(self) -> Node | None:
        """Function definition = "function" "(" [parameter {"," parameter}] ")" (external | expression)."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("function") and scanner.expect("("):
            parameters = tuple(self._separated(self._parameter))
            if scanner.expect(")"):
                self._refuse_external()
                body = self.expression()
                if body is not None:
                    return syntax.FunctionDefinition(scanner.span(start[0]), parameters, body)
        scanner.back(start)
        return None

    def _refuse_external(self) -> None:
        """External = "external" "{" "java" ":" "{" .. "}" "}", which Camunda's engine reads, and does not allow."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.literal("external") and scanner.literal("{") and scanner.literal("java"):
            raise FeelSyntaxError(
                scanner.text,
                scanner.span(start[0]),
                "a body written in FEEL (external functions are disabled)",
            )
        scanner.back(start)

    def _parameter(self) -> str | None:
        """Parameter = spaced name | name."""
        return self.scanner.spaced_name() or self._name()

    def _name(self) -> str | None:
        """Name = Java identifier that is not reserved | "`" any text "`"."""
        name = self.scanner.name()
        return name if name is not None else self.scanner.escaped_name()

    def _property(self) -> str | None:
        """Property = "time offset" | name."""
        return "time offset" if self.scanner.literal("time offset") else self._name()

    # Unary tests

    def unary_tests(self) -> Node | None:
        """Unary tests = "not" "(" positive tests ")" | positive tests | "-"."""
        scanner, start = self.scanner, self.scanner.mark()
        if scanner.literal("not"):
            tests = self._bracketed_tests()
            if tests is not None:
                return syntax.NoneOf(scanner.span(start[0]), tests)
            scanner.back(start)
        tests = self._positive_tests()
        if tests is None and scanner.literal("-"):
            return syntax.AnyInput(scanner.span(start[0]))
        return tests

    def _positive_tests(self) -> Node | None:
        """Positive tests = positive test {"," positive test}."""
        start = self.scanner.position
        tests = self._separated(self._positive_test)
        if len(tests) < 2:
            return tests[0] if tests else None
        return syntax.AnyOf(self.scanner.span(start), tuple(tests))

    def _positive_test(self) -> Node | None:
        """Positive test = simple test | boolean | expression."""
        simple = self._simple_test() or self._boolean_test()
        if simple is not None:
            return simple
        start = self.scanner.position
        expression = self.expression()
        return None if expression is None else syntax.Test(self.scanner.span(start), expression)

    def _boolean_test(self) -> Node | None:
        start, scanner = self.scanner.mark(), self.scanner
        word = self._word() if scanner.peek() in {"t", "f"} else None
        if isinstance(word, syntax.Boolean) and scanner.peek() in {"", ",", ")"}:
            return syntax.InputComparison(word.span, "=", word)
        scanner.back(start)
        return None

    def _simple_test(self) -> Node | None:
        """Simple test = ("<=" | ">=" | "<" | ">") arithmetic | range."""
        start, scanner = self.scanner.mark(), self.scanner
        if scanner.peek() in {"<", ">"}:
            operator = next(sign for sign in INPUT_COMPARISONS if scanner.literal(sign))
            operand = self._arithmetic()
            if operand is not None:
                return syntax.InputComparison(scanner.span(start[0]), operator, operand)
            scanner.back(start)
            return None
        return self._range(syntax.InputInRange)

    def _range(self, node_type: type[syntax.RangeLiteral | syntax.InputInRange]) -> Node | None:
        """Range = ("(" | "]" | "[") arithmetic ".." arithmetic (")" | "[" | "]")."""
        start, scanner = self.scanner.mark(), self.scanner
        opening = scanner.peek()
        if opening in {"(", "]", "["} and scanner.literal(opening):
            low = self._arithmetic()
            if low is not None and scanner.literal("..") and (high := self._arithmetic()) is not None:
                closing = scanner.peek()
                if closing in {")", "[", "]"} and scanner.literal(closing):
                    span = scanner.span(start[0])
                    return node_type(span, low, high, opening == "[", closing == "]")
            scanner.back(start)
        return None

    def _separated(self, rule: Callable[[], T | None], separator: str = ",") -> list[T]:
        """Return what the rule gives, as often as it matches with the separator between; it may be nothing."""
        found: list[T] = []
        before = self.scanner.mark()
        while (item := rule()) is not None:
            found.append(item)
            before = self.scanner.mark()
            if not self.scanner.literal(separator):
                return found
        self.scanner.back(before)
        return found
