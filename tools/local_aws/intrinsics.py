"""The language of a CloudFormation template: its YAML tags and intrinsic functions, evaluated to plain data.

It knows nothing of what a resource means; what `Ref` and `Fn::GetAtt` give for one is asked of the caller.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import yaml

NO_VALUE = object()
"""What `AWS::NoValue` evaluates to: the property that holds it is absent."""

_SUB_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


class TemplateError(Exception):
    """The template cannot be run; the message says where and why."""


class PhysicalResources(Protocol):
    """What the resources of a template are called once they exist."""

    def ref(self, logical_id: str) -> Any: ...

    def attribute(self, logical_id: str, name: str) -> Any: ...


class _TemplateLoader(yaml.SafeLoader):
    """YAML whose `!Tag value` becomes `{"Fn::Tag": value}`."""


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _construct_tag)


def load_document(path: Path) -> dict[str, Any]:
    """Return the template of the file, its tags in long form.

    Raises:
        TemplateError: It is not YAML, or not a mapping.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # a SafeLoader
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{path} is not a template: its top level is not a mapping.")
    return document


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each declared parameter: the given one, else its default.

    Raises:
        TemplateError: A value is missing, unknown or not an allowed one.
    """
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"The template has no parameters {', '.join(unknown)}.")
    if missing := sorted(n for n, d in declared.items() if n not in given and "Default" not in d):
        raise TemplateError(f"Parameters without a default need a value: {', '.join(missing)}.")
    return {name: _parameter_value(name, spec, given) for name, spec in declared.items()}


def _parameter_value(name: str, spec: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    text = as_text(given.get(name, spec.get("Default", "")))
    allowed = [as_text(value) for value in spec.get("AllowedValues", [])]
    if allowed and text not in allowed:
        raise TemplateError(f"Parameter {name} is {text!r}; allowed are {', '.join(allowed)}.")
    pattern = spec.get("AllowedPattern")
    if pattern is not None and re.fullmatch(pattern, text) is None:
        raise TemplateError(f"Parameter {name} is {text!r}, which does not match {pattern}.")
    if spec.get("Type") in {"CommaDelimitedList", "List<Number>"}:
        return [item.strip() for item in text.split(",")] if text else []
    return text


def as_text(value: Any) -> str:
    """Return a scalar as CloudFormation writes it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Evaluator:
    """Evaluates the intrinsic functions of one template, with given parameters and physical names."""

    def __init__(
        self,
        document: Mapping[str, Any],
        parameters: Mapping[str, Any],
        pseudo_parameters: Mapping[str, str],
        resources: PhysicalResources,
    ) -> None:
        self._conditions: Mapping[str, Any] = document.get("Conditions", {})
        self._mappings: Mapping[str, Any] = document.get("Mappings", {})
        self._values: dict[str, Any] = {**pseudo_parameters, **parameters, "AWS::NoValue": NO_VALUE}
        self._resources = resources
        self._decided: dict[str, bool | None] = {}  # None: being decided, so that a circle is seen

    def evaluate(self, node: Any) -> Any:
        """Return the node with every intrinsic function replaced by its value.

        Raises:
            TemplateError: A function or name is unknown here, or refers to what does not exist.
        """
        if isinstance(node, list):
            return [value for item in node if (value := self.evaluate(item)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                return self._call(name, argument)
        pairs = ((key, self.evaluate(item)) for key, item in node.items())
        return {key: value for key, value in pairs if value is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Return whether the named condition of the template holds."""
        if condition not in self._conditions:
            raise TemplateError(f"There is no condition {condition}.")
        if condition not in self._decided:
            self._decided[condition] = None
            self._decided[condition] = bool(self.evaluate(self._conditions[condition]))
        decision = self._decided[condition]
        if decision is None:
            raise TemplateError(f"Condition {condition} depends on itself.")
        return decision

    def _call(self, name: str, argument: Any) -> Any:
        function = self._functions.get(name)
        if function is None:
            raise TemplateError(f"{name} is not supported when the template runs locally.")
        return function(self, argument)

    def _ref(self, name: str) -> Any:
        return self._values[name] if name in self._values else self._resources.ref(name)

    def _get_att(self, argument: Any) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._resources.attribute(logical_id, self.evaluate(attribute))

    def _sub(self, argument: Any) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2)
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return as_text(self.evaluate(variables[name]))
            return as_text(self._get_att(name) if "." in name else self._ref(name))

        return _SUB_VARIABLE.sub(replacement, text)

    def _if(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.evaluate(then if self.holds(condition) else otherwise)

    def _equals(self, argument: Any) -> bool:
        left, right = self.evaluate(argument)
        return as_text(left) == as_text(right)

    def _join(self, argument: Any) -> str:
        delimiter, items = argument
        return str(delimiter).join(as_text(item) for item in self.evaluate(items))

    def _select(self, argument: Any) -> Any:
        index, items = self.evaluate(argument)
        return items[int(index)]

    def _split(self, argument: Any) -> list[str]:
        delimiter, text = self.evaluate(argument)
        return str(text).split(delimiter)

    def _find_in_map(self, argument: Any) -> Any:
        name, *keys = self.evaluate(argument)
        try:
            value: Any = self._mappings[name]
            for key in keys:
                value = value[as_text(key)]
        except KeyError as error:
            raise TemplateError(f"Fn::FindInMap found no {error} in {argument}.") from error
        return value

    def _not(self, argument: Any) -> bool:
        return not self.evaluate(argument)[0]

    def _and(self, argument: Any) -> bool:
        return all(self.evaluate(item) for item in argument)

    def _or(self, argument: Any) -> bool:
        return any(self.evaluate(item) for item in argument)

    _functions: ClassVar[Mapping[str, Callable[[Evaluator, Any], Any]]] = {
        "Ref": _ref,
        "Condition": holds,
        "Fn::GetAtt": _get_att,
        "Fn::Sub": _sub,
        "Fn::If": _if,
        "Fn::Equals": _equals,
        "Fn::Not": _not,
        "Fn::And": _and,
        "Fn::Or": _or,
        "Fn::Join": _join,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::FindInMap": _find_in_map,
    }
