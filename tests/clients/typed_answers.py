"""Decides whether an answer, as Camunda's Python client read it, holds what the client's types promise.

The client looks at keys, names of enumerations and what must be there. Other values it takes unlooked at:
they may be of another type than it declares, or go beyond what it knows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import attrs
from camunda_orchestration_sdk import models

_REST: Final = "additional_properties"


def faults(answer: object) -> list[str]:
    """Return each place of an answer that is not as declared, and why."""
    return list(_faults(answer, type(answer), type(answer).__name__))


def _faults(value: object, hint: Any, place: str) -> Iterator[str]:
    if hint is Any:
        return
    if get_origin(hint) in (Union, UnionType):
        branches = [list(_faults(value, each, place)) for each in get_args(hint)]
        if all(branches):
            yield from min(branches, key=len)
    elif get_origin(hint) is list and isinstance(value, list):
        [item] = get_args(hint)
        for number, each in enumerate(value):
            yield from _faults(each, item, f"{place}[{number}]")
    elif attrs.has(hint) and isinstance(value, hint):
        yield from _faults_of_object(value, hint, place)
    elif type(value) is not hint and (hint is int or not isinstance(value, get_origin(hint) or hint)):
        yield f"{place}: {value!r} is no {getattr(hint, '__name__', hint)}"


def _faults_of_object(value: Any, hint: type, place: str) -> Iterator[str]:
    types = {name: each for name, each in _types(hint).items() if name != _REST}
    for name, each in types.items():
        yield from _faults(getattr(value, name), each, f"{place}.{name}")
    if types:  # else it is an object of any properties, such as variables
        yield from (f"{place}: the client knows no {name}" for name in getattr(value, _REST, ()))


@cache
def _types(declared: type) -> dict[str, Any]:
    known = vars(models) | vars(sys.modules[declared.__module__])
    return {name: each for name, each in get_type_hints(declared, known).items() if name in _fields(declared)}


def _fields(declared: type) -> set[str]:
    return {field.name for field in attrs.fields(declared)}
