"""FEEL functions that Camunda's engine adds to the language: `fromAi` marks what an agent is to fill in."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from apify_camunda import feel
from apify_camunda.feel import syntax

FROM_AI: Final = "fromAi"
_PARAMETERS: Final = ("value", "description", "type", "schema", "options")


def _from_ai(_evaluation: Any, arguments: Sequence[feel.Value]) -> feel.Value:
    """Return the value; what else is said of it is for the agent."""
    return arguments[0]


ENGINE_FUNCTIONS: Final = tuple(
    feel.Function(FROM_AI, _PARAMETERS[:count], _from_ai) for count in range(1, len(_PARAMETERS) + 1)
)
"""To be given to `feel.evaluate`: one function for each number of arguments."""


class FromAiFault(Exception):
    """`fromAi(...)` has a parameter that no agent can be given; worded as the engine words it."""


def from_ai_parameters(text: str) -> Iterator[dict[str, Any]]:
    """Yield what each `fromAi(...)` in an expression says of the parameter: name, description, type, schema.

    Raises:
        feel.FeelSyntaxError: The text is no expression.
        FromAiFault: The value is no reference, or something said of it is no literal of its type.
    """
    for call in _calls(feel.parse(text).root):
        given = {
            argument.name or _PARAMETERS[number]: argument.value
            for number, argument in enumerate(call.arguments[: len(_PARAMETERS)])
        }
        said: dict[str, Any] = {"name": _name(given.get("value"), text)}
        for parameter in _PARAMETERS[1:]:
            if parameter in given and (value := _said(parameter, given[parameter], text)):
                said[parameter] = value
        yield said


def _name(node: syntax.Node | None, text: str) -> str:
    name = _reference(node)
    if name is None:
        expected = "to be a reference (e.g. 'toolCall.customParameter')"
        raise FromAiFault(
            f"Expected fromAi() parameter 'value' {expected}, but received {_shown(node, text)}."
        )
    return name


def _said(parameter: str, node: syntax.Node, text: str) -> Any:
    is_text = parameter in {"description", "type"}
    if not isinstance(node, syntax.String if is_text else syntax.ContextLiteral):
        expected = "a string" if is_text else "a context (map)"
        shown = _shown(node, text)
        raise FromAiFault(
            f"Expected fromAi() parameter '{parameter}' to be {expected}, but received '{shown}'."
        )
    return _literal(node)


def _shown(node: syntax.Node | None, text: str) -> str:
    """Return an argument as it is written."""
    return "nothing" if node is None else text[node.span.start : node.span.end]


def _calls(node: object) -> Iterator[syntax.Invocation]:
    match node:
        case syntax.Invocation(name=name) if name == FROM_AI:
            yield node
        case syntax.Node():
            for field in vars(node).values():
                yield from _calls(field)
        case tuple():
            for item in node:
                yield from _calls(item)
        case _:
            return


def _reference(node: object) -> str | None:
    """Return a path as it is written: toolCall.url."""
    match node:
        case syntax.Variable(name=name):
            return name
        case syntax.Path(source=source, name=name):
            outer = _reference(source)
            return None if outer is None else f"{outer}.{name}"
        case _:
            return None


def _literal(node: object) -> Any:
    match node:
        case syntax.String(value=value) | syntax.Boolean(value=value) | syntax.Number(value=value):
            return value
        case syntax.ListLiteral(items=items):
            return [_literal(item) for item in items]
        case syntax.ContextLiteral(entries=entries):
            return {name: _literal(entry) for name, entry in entries}
        case syntax.Null():
            return None
        case _:
            kind = type(node).__name__
            raise FromAiFault(f"Unsupported expression value in fromAi() function invocation: {kind}")
