"""Decides how an error of ours is shown to a process: the `error` of its expressions and variables.

Texts are whole here; they are cut to what the engine takes only after secrets have been masked in them.

Source: camunda/connectors, OutboundConnectorExceptionHandler
"""

from __future__ import annotations

from typing import Final

from apify_camunda.errors import ConnectorError, TransientError
from apify_camunda.json_types import Json, JsonObject

MAX_MESSAGE: Final = 6000
"""Characters that a message to the engine may have."""

# Processes compare `error.type` with the reference's own names, so ours say the same.
_INPUT_TYPE: Final = "io.camunda.connector.api.error.ConnectorInputException"
_OTHER_TYPE: Final = "java.lang.RuntimeException"


def error_context(error: ConnectorError) -> JsonObject:
    """Return what `error` is in an error expression, and in the variables of a failed job."""
    return {
        "type": _OTHER_TYPE if isinstance(error, TransientError) else _INPUT_TYPE,
        "message": error.message,
        "code": error.code,
        **({"variables": error.variables} if error.variables else {}),
    }


def failure_message(message: str, variables: JsonObject) -> str:
    """Return the message of a failed job as Operate shows it."""
    return f"{message} | Error variables: {java_text(variables)}" if variables else message


def java_text(value: Json) -> str:
    """Return the value as Java's `Map.toString` shows it, which is how people know these messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{name}={java_text(item)}" for name, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(java_text(item) for item in value) + "]"
        case _:
            return str(value)
