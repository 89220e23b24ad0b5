"""How the engine says no, to a client and to a process; both are only carried from here, never handled."""

from enum import StrEnum
from typing import Self

from emulators.camunda.state import IncidentKind


class RejectionKind(StrEnum):
    """Why a command was refused, in the engine's own words."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    INVALID_STATE = "INVALID_STATE"  # gRPC FAILED_PRECONDITION, REST 409
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"  # over the message size; gRPC RESOURCE_EXHAUSTED, REST 503
    EXCEEDED_BATCH_RECORD_SIZE = "EXCEEDED_BATCH_RECORD_SIZE"  # gRPC UNKNOWN, REST 500
    PROCESSING_ERROR = "PROCESSING_ERROR"  # gRPC INTERNAL, REST 500


class Rejection(Exception):
    """A command was refused and has changed nothing."""

    def __init__(self, kind: RejectionKind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message

    @classmethod
    def of_command(cls, command: str, kind: RejectionKind, reason: str) -> Self:
        """Return a rejection as the broker words it; those of the gateway have the reason alone."""
        return cls(kind, f"Command '{command}' rejected with code '{kind}': {reason}")


class Stuck(Exception):
    """An element cannot go on until a person corrects something: it becomes an incident."""

    def __init__(self, kind: IncidentKind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
