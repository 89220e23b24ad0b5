"""Writes nodes as text that parses to the same nodes. It does not format, and comments are lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from apify_camunda.feel import syntax
from apify_camunda.feel.lexer import Scanner
from apify_camunda.feel.parser.calls import NAMES_WITH_RESERVED_WORDS
from apify_camunda.feel.parser.operators import BINDING_POWER
from apify_camunda.feel.syntax import Argument, Node

_ESCAPED: Final = re.compile(r'(\\*)(["\n\r\t])|\\+')
_ESCAPES: Final = {'"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_BEGIN_FUNCTION_NAMES: Final = frozenset(name.split(" ")[0] for name in NAMES_WITH_RESERVED_WORDS)
"""Before `and` or `or` and a call, these names would be read as the beginning of a function's name."""

# The binding strength of a node: it decides whether an operand needs brackets.
_EXPRESSION: Final = 0
_CONJUNCTION: Final = 1
_COMPARISON: Final = 2
_ARITHMETIC: Final = 3
_SIGNED: Final = 6
_VALUE: Final = 7
_LOOSE: Final[dict[type[Node], int]] = {
    syntax.If: _EXPRESSION,
    syntax.For: _EXPRESSION,
    syntax.Quantified: _EXPRESSION,
    syntax.FunctionDefinition: _EXPRESSION,  # its body is an expression, which would continue after it
    syntax.Disjunction: _EXPRESSION,
    syntax.Conjunction: _CONJUNCTION,
    syntax.Comparison: _COMPARISON,
    syntax.Between: _COMPARISON,
    syntax.InstanceOf: _COMPARISON,
    syntax.In: _COMPARISON,
    syntax.InputComparison: _COMPARISON,
    syntax.InputInRange: _COMPARISON,
    syntax.Negation: _SIGNED,
}


def to_text(node: Node) -> str:
    """Return the node as FEEL."""
    return _WRITERS[type(node)](node)


def _operand(node: Node, tightness: int) -> str:
    """Return the node, in brackets if it binds less tightly than its place needs."""
    text = to_text(node)
    return text if _tightness(node) >= tightness else f"({text})"


def _tightness(node: Node) -> int:
    if isinstance(node, syntax.Arithmetic):
        return _ARITHMETIC + BINDING_POWER[node.operator] - 1
    return _LOOSE.get(type(node), _VALUE)


def _string(text: str) -> str:
    return f'"{_ESCAPED.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    """Return the text with each backslash doubled; the only other escape is that of a quotation mark."""
    backslashes, sign = match[1] or "", match[2]
    if sign is None:
        return match[0] * 2
    if not backslashes:
        return _ESCAPES[sign]
    return backslashes * 2 + sign if sign != '"' else (backslashes * 2)[1:] + sign


def _number(node: syntax.Number) -> str:
    return format(Decimal(node.value), "f")


def _name(name: str) -> str:
    is_plain = Scanner(name).name() == name and name not in _BEGIN_FUNCTION_NAMES
    return name if is_plain else f"`{name}`"


def _temporal(node: syntax.TemporalLiteral) -> str:
    return f'@"{node.text}"' if node.constructor == "@" else f'{node.constructor}("{node.text}")'


def _list(node: syntax.ListLiteral) -> str:
    return f"[{', '.join(map(to_text, node.items))}]"


def _context(node: syntax.ContextLiteral) -> str:
    return "{" + ", ".join(f"{_key(key)}: {to_text(value)}" for key, value in node.entries) + "}"


def _key(key: str) -> str:
    """Return the key as it was written: quoted keys have no escapes, so others are in backticks."""
    return f"`{key}`" if '"' in key or "\\" in key else f'"{key}"'


def _range(node: syntax.RangeLiteral | syntax.InputInRange) -> str:
    start, end = "[" if node.includes_start else "(", "]" if node.includes_end else ")"
    return f"{start}{_operand(node.start, _ARITHMETIC)}..{_operand(node.end, _ARITHMETIC)}{end}"


def _path(node: syntax.Path) -> str:
    name = node.name if node.name == "time offset" else _name(node.name)
    return f"{_operand(node.source, _VALUE)}.{name}"


def _filter(node: syntax.Filter) -> str:
    return f"{_operand(node.source, _VALUE)}[{to_text(node.condition)}]"


def _negation(node: syntax.Negation) -> str:
    if isinstance(node.operand, syntax.Number):
        return f"-{_number(node.operand)}"  # no brackets: in them a sign would be a second negation
    return f"-({to_text(node.operand)})"


def _arithmetic(node: syntax.Arithmetic) -> str:
    power = _ARITHMETIC + BINDING_POWER[node.operator] - 1
    return f"{_operand(node.left, power)} {node.operator} {_operand(node.right, power + 1)}"


def _comparison(node: syntax.Comparison) -> str:
    return f"{_operand(node.left, _ARITHMETIC)} {node.operator} {_operand(node.right, _ARITHMETIC)}"


def _between(node: syntax.Between) -> str:
    value, low, high = (_operand(part, _ARITHMETIC) for part in (node.value, node.low, node.high))
    return f"({value}) between {low} and {high}"  # `a between b(1)` would be a call of `a between b`


def _conjunction(node: syntax.Conjunction) -> str:
    return f"{_operand(node.left, _CONJUNCTION)} and {_operand(node.right, _COMPARISON)}"


def _disjunction(node: syntax.Disjunction) -> str:
    left = (
        to_text(node.left) if isinstance(node.left, syntax.Disjunction) else _operand(node.left, _CONJUNCTION)
    )
    return f"{left} or {_operand(node.right, _CONJUNCTION)}"


def _instance_of(node: syntax.InstanceOf) -> str:
    return f"({to_text(node.value)}) instance of {node.type_name}"


def _in(node: syntax.In) -> str:
    return f"{_operand(node.value, _ARITHMETIC)} in ({to_text(node.test)})"


def _if(node: syntax.If) -> str:
    condition, consequence = to_text(node.condition), to_text(node.consequence)
    return f"if {condition} then {consequence} else {to_text(node.alternative)}"


def _loops(loops: Sequence[syntax.Loop]) -> str:
    return ", ".join(f"{_name(loop.name)} in {_source(loop.source)}" for loop in loops)


def _source(node: Node) -> str:
    if isinstance(node, syntax.Progression):
        return f"{_operand(node.start, _ARITHMETIC)}..{_operand(node.end, _ARITHMETIC)}"
    return _operand(node, _VALUE)


def _for(node: syntax.For) -> str:
    return f"for {_loops(node.loops)} return {to_text(node.body)}"


def _quantified(node: syntax.Quantified) -> str:
    return f"{node.quantifier} {_loops(node.loops)} satisfies {to_text(node.condition)}"


def _function(node: syntax.FunctionDefinition) -> str:
    return f"function({', '.join(map(_parameter, node.parameters))}) {to_text(node.body)}"


def _parameter(name: str) -> str:
    scanner = Scanner(name)
    return name if (scanner.spaced_name() or scanner.name()) == name else f"`{name}`"


def _arguments(arguments: Sequence[Argument]) -> str:
    return ", ".join(
        to_text(argument.value)
        if argument.name is None
        else f"{_parameter(argument.name)}: {to_text(argument.value)}"
        for argument in arguments
    )


def _invocation(node: syntax.Invocation) -> str:
    return f"{_function_name(node.name)}({_arguments(node.arguments)})"


def _function_name(name: str) -> str:
    return name if " " in name or name in {"and", "or"} else _name(name)


def _method(node: syntax.MethodInvocation) -> str:
    return f"{to_text(node.source)}.{_name(node.name)}({_arguments(node.arguments)})"


def _input_comparison(node: syntax.InputComparison) -> str:
    sign = "" if node.operator == "=" else f"{node.operator} "
    return f"{sign}{_operand(node.operand, _ARITHMETIC)}"


_WRITERS: Final[dict[type[Node], Callable[[Any], str]]] = {
    syntax.Null: lambda _node: "null",
    syntax.Boolean: lambda node: "true" if node.value else "false",
    syntax.Number: _number,
    syntax.String: lambda node: _string(node.value),
    syntax.TemporalLiteral: _temporal,
    syntax.ListLiteral: _list,
    syntax.ContextLiteral: _context,
    syntax.RangeLiteral: _range,
    syntax.Variable: lambda node: _name(node.name),
    syntax.Path: _path,
    syntax.Filter: _filter,
    syntax.Negation: _negation,
    syntax.Arithmetic: _arithmetic,
    syntax.Comparison: _comparison,
    syntax.Between: _between,
    syntax.Conjunction: _conjunction,
    syntax.Disjunction: _disjunction,
    syntax.InstanceOf: _instance_of,
    syntax.In: _in,
    syntax.If: _if,
    syntax.Progression: _source,
    syntax.For: _for,
    syntax.Quantified: _quantified,
    syntax.FunctionDefinition: _function,
    syntax.Invocation: _invocation,
    syntax.MethodInvocation: _method,
    syntax.Input: lambda _node: "?",
    syntax.InputComparison: _input_comparison,
    syntax.InputInRange: _range,
    syntax.Test: lambda node: to_text(node.expression),
    syntax.AnyOf: lambda node: ", ".join(map(to_text, node.tests)),
    syntax.NoneOf: lambda node: f"not({to_text(node.test)})",
    syntax.AnyInput: lambda _node: "-",
}
