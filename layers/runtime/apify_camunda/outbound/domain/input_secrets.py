"""Finds which secrets each input of an outbound element names in its own XML, so that no data can name more.

What a process variable brings along is text, even where it looks like a reference to a secret: a name counts
only below the input whose source names it. It must not know the secrets themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from apify_camunda.camunda.bpmn_xml import BPMN, ZEEBE, Node, read_xml
from apify_camunda.expressions.secret_references import names_in, resolve
from apify_camunda.json_types import Json, JsonObject

InputPath: TypeAlias = tuple[str, ...]
InputSecrets: TypeAlias = Mapping[InputPath, frozenset[str]]
"""Names of secrets by the path of the input (`authentication.token`) whose source names them."""

NO_SECRETS: Final[InputSecrets] = {}


def secrets_of_elements(xml: str, *, job_type: str) -> dict[str, InputSecrets]:
    """Return what the elements with a job type name, by element id.

    Raises:
        InvalidInput: The document cannot be read.
    """
    return {
        node.attributes.get("id", ""): _secrets_of(node)
        for node in _descendants(read_xml(xml))
        if any(found.attributes.get("type") == job_type for found in _extensions(node, "taskDefinition"))
    }


def names_of(granted: InputSecrets) -> frozenset[str]:
    """Return all names, whichever input they belong to."""
    return frozenset[str]().union(*granted.values())


def resolve_inputs(variables: JsonObject, secrets: Mapping[str, str], granted: InputSecrets) -> JsonObject:
    """Return the variables with secrets put in, each only below the input that names it.

    Raises:
        InvalidInput: A secret that may be used does not exist; the code is SECRET_NOT_AVAILABLE.
    """

    def below(value: Json, path: InputPath, names: frozenset[str]) -> Json:
        names |= granted.get(path, frozenset())
        if isinstance(value, dict):
            return {name: below(item, (*path, name), names) for name, item in value.items()}
        return resolve(value, secrets, allowed=names)

    return {name: below(value, (name,), frozenset()) for name, value in variables.items()}


def _secrets_of(node: Node) -> InputSecrets:
    named: dict[InputPath, frozenset[str]] = {}
    for mapping in _extensions(node, "ioMapping", "input"):
        path = tuple(mapping.attributes.get("target", "").split("."))
        named[path] = named.get(path, frozenset()) | names_in(mapping.attributes.get("source", ""))
    return {path: names for path, names in named.items() if names}


def _extensions(node: Node, *path: str) -> Iterator[Node]:
    return (
        found
        for extensions in node.named(BPMN, "extensionElements")
        for found in extensions.within(ZEEBE, *path)
    )


def _descendants(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _descendants(child)
