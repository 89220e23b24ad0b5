"""Reads the operations and their fields from the models that validate a job's inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from apify_camunda.outbound.operations.model import OperationModel
from apify_camunda.outbound.operations.registry import OPERATIONS


class FieldKind(Enum):
    """What a model reads a field as."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    NAMES = "names"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ModelField:
    """One input of an operation.

    Attributes:
        name: As the variable is called, for example `maxItems`.
        default: What the model takes where the input is absent.
    """

    name: str
    kind: FieldKind
    default: object


@dataclass(frozen=True, slots=True)
class ModelOperation:
    """One operation.

    Attributes:
        type: The value of `operation.type`.
        section: The part of `apifyRequestInput` that holds its inputs.
    """

    type: str
    section: str
    fields: tuple[ModelField, ...]


def operations() -> tuple[ModelOperation, ...]:
    """Return all operations, in the order of the menu."""
    return tuple(
        ModelOperation(type=name, section=model.section(), fields=tuple(_fields(model)))
        for name, model in OPERATIONS.items()
    )


def _fields(model: type[OperationModel]) -> Iterator[ModelField]:
    for name, info in model.model_fields.items():
        yield ModelField(info.alias or name, _kind(info.annotation), info.default)


def _kind(annotation: Any) -> FieldKind:
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not NoneType)
    if annotation is Any:
        return FieldKind.JSON
    if get_origin(annotation) is tuple:
        return FieldKind.NAMES
    return {str: FieldKind.TEXT, int: FieldKind.NUMBER, bool: FieldKind.FLAG}[annotation]
