"""Fills payload and header templates as Apify does; it must not know where the values come from.

In a template, which is JSON, `{{variable}}` and `{{variable.property}}` are replaced. Outside strings a
variable is replaced by its JSON (a false, zero or empty one by `null`); inside strings only where strings are
interpolated, and there a string that is nothing but a variable keeps the type of its value.
Source: packages/utilities/src/webhook_payload_template.ts in https://github.com/apify/apify-shared-js
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

RUN_VARIABLES = frozenset({"userId", "createdAt", "eventType", "eventData", "resource", "globals"})

DEFAULT_PAYLOAD_TEMPLATE = """{
    "userId": {{userId}},
    "createdAt": {{createdAt}},
    "eventType": {{eventType}},
    "eventData": {{eventData}},
    "resource": {{resource}}
}"""

_VARIABLE_IN_STRING = re.compile(r"\{\{([a-zA-Z0-9.]+)\}\}")
_STRING_OR_VARIABLE = re.compile(r'"(?:\\.|[^"\\])*"|\{\{(?P<name>.*?)\}\}', re.DOTALL)


class InvalidTemplate(ValueError):
    """The template names a variable that there is not, or is not JSON once its variables have values."""


def fill_template(template: str, variables: Mapping[str, Any], *, interpolate_strings: bool) -> Any:
    """Return the JSON value that the template makes of the variables.

    Raises:
        InvalidTemplate: It names an unknown variable, or is not JSON.
    """
    text = _STRING_OR_VARIABLE.sub(lambda match: _outside_strings(match, variables), template)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidTemplate(f"the template is not JSON: {error}") from error
    return _inside_strings(value, variables) if interpolate_strings else value


def check_template(template: str, *, interpolate_strings: bool) -> Any:
    """Return what the template makes of variables that are all null, which is how Apify checks a new webhook.

    Raises:
        InvalidTemplate: It names an unknown variable, or is not JSON.
    """
    return fill_template(template, dict.fromkeys(RUN_VARIABLES), interpolate_strings=interpolate_strings)


def _outside_strings(match: re.Match[str], variables: Mapping[str, Any]) -> str:
    name = match["name"]
    if name is None:
        return match[0]
    value = _value(name, variables)
    return json.dumps(value, ensure_ascii=False) if value or value in ({}, []) else "null"


def _inside_strings(value: Any, variables: Mapping[str, Any]) -> Any:
    match value:
        case str():
            whole = _VARIABLE_IN_STRING.fullmatch(value)
            if whole:
                return _value(whole[1], variables)
            return _VARIABLE_IN_STRING.sub(lambda match: _as_text(_value(match[1], variables)), value)
        case list():
            return [_inside_strings(element, variables) for element in value]
        case dict():
            return {key: _inside_strings(element, variables) for key, element in value.items()}
        case _:
            return value


def _value(name: str, variables: Mapping[str, Any]) -> Any:
    first, *properties = name.split(".")
    if first not in variables:
        raise InvalidTemplate(f"Invalid payload template variable: {name}")
    value = variables[first]
    for key in properties:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _as_text(value: Any) -> str:
    match value:
        case str():
            return value
        case None | bool() | int() | float():
            return json.dumps(value)
        case _:
            return "[object Object]"
