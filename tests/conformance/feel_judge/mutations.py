"""Changes expressions that others have written: into ones that no author of a generator thinks of.

It must not know what they answer. The material (templates to nest an expression in, hostile numbers, texts,
dates) is data: mutations.json.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from apify_camunda.feel import syntax
from apify_camunda.feel.builtins import BUILTINS
from apify_camunda.feel.builtins.registry import Types
from apify_camunda.feel.syntax import Node
from apify_camunda.feel.values import Function, WrittenContext

from tests.conformance.feel_judge.corpora import Recorded, is_of_time_or_chance, nodes_of
from tests.conformance.feel_judge.questions import Question
from tests.conformance.feel_judge.trees import TOKEN, tree_of

_DATA: Final[dict[str, list[Any]]] = json.loads(
    Path(__file__).with_name("mutations.json").read_text(encoding="utf-8")
)
_LONGEST: Final = 700
_BRACKETS: Final = "[](){}"
_DONORS: Final = ("record", "record", "record", "literals", "literals", "temporals", "numbers", "texts")


class Mutator:
    """An endless source of changed expressions; the same seed and records give the same ones."""

    def __init__(self, seed: int, records: Sequence[Recorded]) -> None:
        self._random = random.Random(seed)
        self._records = records
        self._context: dict[str, Any] = {}

    def question(self) -> Question:
        """Return an expression, or tests, after one to three changes."""
        while True:
            record = self._random.choice(self._records)
            self._context = dict(record.context)
            text, is_tests = record.text, record.is_tests
            for _ in range(self._random.randint(1, 3)):
                text = self._changed(text, is_tests=is_tests)
            if is_tests or self._random.random() < 0.05:
                text, is_tests = self._in_tests(text), True
            if len(text) <= _LONGEST and not is_of_time_or_chance(text):
                break
        given = self._random.choice([*_DATA["values"], record.input_value]) if is_tests else None
        return Question(tree_of(text, is_tests=is_tests), self._changed_context(), is_tests, given)

    def _changed(self, text: str, *, is_tests: bool) -> str:
        nodes = nodes_of(text, is_tests=is_tests)
        change = self._random.choice(_CHANGES if nodes else _CHANGES_OF_TOKENS)
        return change(self._random, text, nodes, self._donor)

    def _donor(self) -> str:
        """Return an expression to put into another one: a literal, or a piece of another record."""
        kind = self._random.choice(_DONORS)
        if kind == "texts":
            return f'"{self._random.choice(_DATA[kind])}"'
        if kind != "record":
            return str(self._random.choice(_DATA[kind]))
        record = self._random.choice(self._records)
        nodes = [] if record.is_tests else record.nodes()
        if not nodes:
            return str(self._random.choice(_DATA["literals"]))
        self._context = {**record.context, **self._context}
        return _text_of(self._random.choice(nodes), record.text)

    def _in_tests(self, text: str) -> str:
        template = self._random.choice(_DATA["tests_around"])
        return _filled(self._random, template, {"<t>": lambda: text, "<d>": self._donor})

    def _changed_context(self) -> Mapping[str, Any]:
        if self._context and self._random.random() < 0.15:
            name = self._random.choice(list(self._context))
            return {**self._context, name: self._random.choice(_DATA["values"])}
        return self._context


Donor: TypeAlias = Callable[[], str]
Change: TypeAlias = Callable[[random.Random, str, Sequence[Node], Donor], str]


def _nested(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Put a part, or the whole, into another expression."""
    node = nodes[0] if source.random() < 0.5 else source.choice(nodes)
    template = source.choice(_DATA["around"])
    return _with(text, node, _filled(source, template, {"<e>": lambda: _text_of(node, text), "<d>": donor}))


def _replaced(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Put an expression of any type in the place of a part."""
    return _with(text, source.choice(nodes), donor())


def _temporal(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Put another date, time or duration in the place of one."""
    found = [node for node in nodes if isinstance(node, syntax.TemporalLiteral)]
    if not found:
        return _replaced(source, text, nodes, donor)
    return _with(text, source.choice(found), source.choice(_DATA["temporals"]))


def _called_otherwise(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Call a function by name instead of by position or the other way round, or with other arguments."""
    calls = [node for node in nodes if isinstance(node, syntax.Invocation)]
    if not calls:
        return _nested(source, text, nodes, donor)
    call = source.choice(calls)
    arguments = [(argument.name, _text_of(argument.value, text)) for argument in call.arguments]
    known = BUILTINS.get(call.name, [])
    parameters = list(source.choice(known).parameters if known else ("x", "y"))
    match source.randrange(6):
        case 0:
            named = [(parameter, value) for parameter, (_, value) in zip(parameters, arguments, strict=False)]
            arguments = source.sample(named, len(named))
        case 1:
            arguments = [(None, value) for _, value in arguments]
        case 2:
            arguments = arguments[: source.randint(0, len(arguments))]
        case 3:
            arguments.insert(source.randint(0, len(arguments)), (None, donor()))
        case 4:
            source.shuffle(arguments)
        case _:
            arguments = [(name, donor() if source.random() < 0.5 else value) for name, value in arguments]
    listed = ", ".join(f"{name}: {value}" if name else value for name, value in arguments)
    return _with(text, call, f"{call.name}({listed})")


def _of_another_function(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Call another function with the same arguments."""
    calls = [node for node in nodes if isinstance(node, syntax.Invocation)]
    if not calls:
        return _replaced(source, text, nodes, donor)
    call = source.choice(calls)
    name = source.choice(sorted(BUILTINS))
    return _with(text, call, name + _text_of(call, text).removeprefix(call.name))


def _called_instead(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Put a call of any function, with hostile arguments of its types, in the place of a part."""
    name = source.choice(sorted(BUILTINS))
    function = source.choice(BUILTINS[name])
    count = source.randint(1, 3) if function.variadic else len(function.types)
    types = function.types * count if function.variadic else function.types
    arguments = [_argument(source, kind, donor) for kind in types[:count]]
    return _with(text, source.choice(nodes), f"{name}({', '.join(arguments)})")


def _argument(source: random.Random, types: Types, donor: Donor) -> str:
    """Return an argument of one of the types; now and then of another."""
    wanted = None if types is None or source.random() < 0.05 else source.choice(sorted(types, key=str))
    if wanted is str:
        return f'"{source.choice(_DATA["texts"])}"'
    if wanted in (int, Decimal):
        return str(source.choice(_DATA["numbers"]))
    if wanted is list:
        return f"[{', '.join(_argument(source, None, donor) for _ in range(source.randrange(4)))}]"
    if wanted in (dict, WrittenContext):
        return f"{{a: {donor()}, b: {donor()}}}"
    if wanted is Function:
        return source.choice(("function(x, y) x < y", "function(x) x", f"function(x, y) {donor()}"))
    return str(source.choice(_DATA["temporals"])) if source.random() < 0.5 else donor()


def _exchanged(source: random.Random, text: str, nodes: Sequence[Node], donor: Donor) -> str:
    """Exchange two parts of the expression."""
    one, other = source.choice(nodes), source.choice(nodes)
    first, second = sorted((one, other), key=lambda node: node.span)
    if first.span.end > second.span.start:
        return _replaced(source, text, nodes, donor)
    text = _with(text, second, (moved := _text_of(second, text), _text_of(first, text))[1])
    return _with(text, first, moved)


def _token(source: random.Random, text: str, _nodes: Sequence[Node], _donor: Donor) -> str:
    """Write another token of the same kind: an operator, a number, a text, a name, a bracket."""
    tokens = TOKEN.findall(text)
    places = [(at, choices) for at, token in enumerate(tokens) if (choices := _alike(token))]
    if places:
        at, choices = source.choice(places)
        tokens[at] = source.choice(choices)
    return "".join(tokens)


def _alike(token: str) -> Sequence[str]:
    if token[0] == '"':
        return [f'"{text}"' for text in _DATA["texts"]]
    if token.isdecimal():
        return _DATA["numbers"]
    if token in _DATA["operators"]:
        return _DATA["operators"]
    if token in _BRACKETS:
        return _BRACKETS
    return _DATA["names"] if token.isidentifier() else []


def _blank(source: random.Random, text: str, _nodes: Sequence[Node], _donor: Donor) -> str:
    """Put white space or a comment between two tokens, or take what is there away."""
    tokens = TOKEN.findall(text)
    at = source.randrange(len(tokens) + 1)
    is_blank = at < len(tokens) and tokens[at].isspace()
    tokens[at : at + is_blank] = [source.choice(_DATA["blanks"])]
    return "".join(tokens)


def _misspelt(source: random.Random, text: str, _nodes: Sequence[Node], _donor: Donor) -> str:
    """Leave a token out, double it, or exchange it with its neighbour."""
    tokens = TOKEN.findall(text)
    at = source.randrange(len(tokens) + 1)
    match source.randrange(3):
        case 0:
            tokens[at : at + 1] = []
        case 1:
            tokens[at:at] = tokens[at : at + 1]
        case _:
            tokens[at : at + 2] = reversed(tokens[at : at + 2])
    return "".join(tokens)


def _character(source: random.Random, text: str, _nodes: Sequence[Node], _donor: Donor) -> str:
    """Change one character, a digit into a digit: other dates, numbers, patterns, indexes."""
    at = source.randrange(len(text)) if text else 0
    digits = [place for place, character in enumerate(text) if character.isdecimal()]
    if digits and source.random() < 0.7:
        at = source.choice(digits)
        return f"{text[:at]}{source.choice('0123456789')}{text[at + 1 :]}"
    return f"{text[:at]}{source.choice('+-:.,TZP[]()^$*?|0 ')}{text[at + source.randint(0, 1) :]}"


_CHANGES_OF_TOKENS: Final[Sequence[Change]] = (_token, _token, _blank, _misspelt, _character)
_CHANGES: Final[Sequence[Change]] = (
    *(_nested, _nested, _nested, _nested),
    *(_replaced, _replaced, _temporal, _exchanged),
    *(_called_otherwise, _called_otherwise, _of_another_function, _called_instead, _called_instead),
    *(_token, _token, _token, _blank, _misspelt, _character),
)


def _text_of(node: Node, text: str) -> str:
    return text[node.span.start : node.span.end]


def _with(text: str, node: Node, replacement: str) -> str:
    return text[: node.span.start] + replacement + text[node.span.end :]


def _filled(source: random.Random, template: str, holes: Mapping[str, Donor]) -> str:
    """Return the template with each of its holes filled again."""
    for hole, fill in holes.items():
        while hole in template:
            template = template.replace(hole, fill().replace("<", "\0"), 1)
    for hole, choices in (("<type>", "types"), ("<name>", "names")):
        while hole in template:
            template = template.replace(hole, source.choice(_DATA[choices]).replace("<", "\0"), 1)
    return template.replace("\0", "<")
