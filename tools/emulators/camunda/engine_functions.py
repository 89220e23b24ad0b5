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


def from_ai_parameters(text: str) -> Iterator[dict[str, Any]]:
    """Yield what each `fromAi(...)` in an expression says of the parameter: name, description, type, schema.

    Raises:
        feel.FeelSyntaxError: The text is no expression.
    """
    for call in _calls(feel.parse(text).root):
        given = {
            argument.name or _PARAMETERS[number]: argument.value
            for number, argument in enumerate(call.arguments[: len(_PARAMETERS)])
        }
        said = {"name": _reference(given.get("value"))}
        for parameter in _PARAMETERS[1:]:
            value = _literal(given.get(parameter))
            if value not in (None, {}):
                said[parameter] = value
        if said["name"]:
            yield said


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
        case _:
            return None
