"""Finds which secrets each input of an outbound element names in its own XML, so that no data can name more.

What a process variable brings along is text, even where it looks like a reference to a secret: a name counts
only below the input whose source names it.

An input whose whole source is `=secrets.NAME` is null for Camunda, which has no variable of that name; it
gets the secret. Apify's own document shows that form.

Source: https://docs.apify.com/platform/integrations/camunda
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from apify_camunda.camunda.bpmn_xml import BPMN, ZEEBE, Node, read_xml
from apify_camunda.expressions.secret_references import names_in, resolve
from apify_camunda.json_types import Json, JsonObject

InputPath: TypeAlias = tuple[str, ...]
_WHOLE_SOURCE: Final = re.compile(r"=\s*secrets\.([A-Za-z_]\w*)\s*")


@dataclass(frozen=True, slots=True)
class InputSecrets:
    """What the inputs of one element name.

    Attributes:
        named: Names of secrets by the path of the input (`authentication.token`) whose source mentions them.
        whole: The name by the path of an input whose whole source is `=secrets.NAME`.
    """

    named: Mapping[InputPath, frozenset[str]] = field(default_factory=dict)
    whole: Mapping[InputPath, str] = field(default_factory=dict)


NO_SECRETS: Final = InputSecrets()


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
    """Return all names, of all inputs."""
    return frozenset[str]().union(*granted.named.values())


def resolve_inputs(variables: JsonObject, secrets: Mapping[str, str], granted: InputSecrets) -> JsonObject:
    """Return the variables with secrets put in, each only below the input that names it.

    Raises:
        InvalidInput: A secret that may be used does not exist; the code is SECRET_NOT_AVAILABLE.
    """

    def below(value: Json, path: InputPath, names: frozenset[str]) -> Json:
        names |= granted.named.get(path, frozenset())
        if isinstance(value, dict):
            return {name: below(item, (*path, name), names) for name, item in value.items()}
        return resolve(value, secrets, allowed=names)

    resolved = {name: below(value, (name,), frozenset()) for name, value in variables.items()}
    for path, name in granted.whole.items():
        _fill(resolved, path, resolve(f"{{{{secrets.{name}}}}}", secrets))
    return resolved


def may_be_whole(variables: JsonObject) -> bool:
    """Say whether an input may have the whole source `=secrets.NAME`: Camunda gives null for it."""
    return any(_holds_null(value) for value in variables.values())


def _holds_null(value: Json) -> bool:
    return value is None or (isinstance(value, dict) and any(map(_holds_null, value.values())))


def _fill(variables: JsonObject, path: InputPath, secret: Json) -> None:
    """Put a secret where Camunda left null."""
    *parents, last = path
    here = variables
    for name in parents:
        inner = here.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        here = inner
    if here.get(last) is None:
        here[last] = secret


def _secrets_of(node: Node) -> InputSecrets:
    named: dict[InputPath, frozenset[str]] = {}
    whole: dict[InputPath, str] = {}
    for mapping in _extensions(node, "ioMapping", "input"):
        path = tuple(mapping.attributes.get("target", "").split("."))
        source = mapping.attributes.get("source", "")
        named[path] = named.get(path, frozenset()) | names_in(source)
        if match := _WHOLE_SOURCE.fullmatch(source.strip()):
            whole[path] = match[1]
    return InputSecrets({path: names for path, names in named.items() if names}, whole)


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
