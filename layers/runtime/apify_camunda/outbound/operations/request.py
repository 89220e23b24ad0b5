"""Reads what a job asks for: its token, its operation and the inputs of that operation.

It does not look at the world: whether the Actor exists is for Apify to say. Messages are those of the
official connector, so that users recognise them.

Source: github.com/apify/apify-camunda-integration, `outbound/dto`; camunda/connectors, its object mapper
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import Field, ValidationError

from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import NOT_EMPTY, Operation, OperationModel, Violation
from apify_camunda.outbound.operations.registry import OPERATIONS

_REQUEST: Final = "apifyRequestInput"
_MOST_NAMED: Final = 10
_VIOLATED: Final = (
    "jakarta.validation.ValidationException: Found constraints violated while validating input: "
)
_Model = TypeVar("_Model", bound=OperationModel)


class Authentication(OperationModel):
    """`authentication`: a token is the only way."""

    token: LenientText = Field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a job asks for, and in whose name.

    Attributes:
        unknown_inputs: Names of inputs that the operation does not have, for a warning; misspelt ones mostly.
    """

    token: str = field(repr=False)
    operation: Operation
    unknown_inputs: tuple[str, ...] = ()


def read_request(variables: JsonObject) -> OperationRequest:
    """Return the request that a job's variables make; references to secrets are resolved already.

    Raises:
        InvalidInput: An input is missing, has the wrong type, or has a value that cannot be meant.
    """
    authentication = _read(Authentication, variables, ("authentication",))
    model = _operation_model(variables)
    path = (_REQUEST, model.section())
    if _at(variables, path) is None:
        raise InvalidInput(f"Error: {model.section()} is null")
    operation = _read(model, variables, path)
    violations = [*_token_violations(authentication)]
    prefix = ".".join(path)
    violations += [(f"{prefix}.{name}", reason) for name, reason in operation.violations()]
    if violations:
        raise InvalidInput(_violation_message(violations))
    return OperationRequest(
        token=(authentication.token or "").strip(),
        operation=operation,
        unknown_inputs=_unknown_inputs(model, _at(variables, path)),
    )


def _unknown_inputs(model: type[Operation], given: object) -> tuple[str, ...]:
    """Return the names that the model does not have, a bounded number of them, cut where they are long."""
    if not isinstance(given, dict):
        return ()
    known = {info.alias or name for name, info in model.model_fields.items()}
    return tuple(excerpt(str(name), 40) for name in given if name not in known)[:_MOST_NAMED]


def _operation_model(variables: JsonObject) -> type[Operation]:
    value = _at(variables, ("operation", "type"))
    if value is None or value == "":
        raise InvalidInput(_violation_message([("operation.type", NOT_EMPTY)]))
    model = OPERATIONS.get(value) if isinstance(value, str) else None
    if model is None:
        raise InvalidInput(f"Unsupported operation type: {value}; known are {', '.join(OPERATIONS)}.")
    return model


def _at(variables: JsonObject, path: tuple[str, ...]) -> object:
    value: object = variables
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _read(model: type[_Model], variables: JsonObject, path: tuple[str, ...]) -> _Model:
    value = _at(variables, path)
    try:
        return model.model_validate({} if value is None else value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ", ".join([*path, *(str(part) for part in problem["loc"])])
        cause = problem.get("ctx", {}).get("error")
        wanted = str(cause) if isinstance(cause, ValueError) else "Object"
        raise InvalidInput(f"Json object contains an invalid field: {place}. It Must be `{wanted}`") from None


def _violation_message(violations: list[Violation]) -> str:
    lines = (
        f" - Property: {name}: Validation failed. Original message: {reason}" for name, reason in violations
    )
    return "\n".join([_VIOLATED, *lines])


def _token_violations(authentication: Authentication) -> Iterator[Violation]:
    token = (authentication.token or "").strip()
    if not token:
        yield "authentication.token", NOT_EMPTY
    elif not (token.isascii() and token.isprintable()):
        yield "authentication.token", "must be an API token: printable ASCII characters"
