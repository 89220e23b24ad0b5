"""How the engine says no: one exception whose kind each face translates; it decides nothing itself."""

from enum import StrEnum


class RejectionKind(StrEnum):
    """Why a command was refused, in the engine's own words."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    INVALID_STATE = "INVALID_STATE"  # gRPC FAILED_PRECONDITION, REST 409
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"  # over the message size; gRPC RESOURCE_EXHAUSTED, REST 503
    PROCESSING_ERROR = "PROCESSING_ERROR"  # gRPC INTERNAL, REST 500


class Rejection(Exception):
    """A command was refused and has changed nothing."""

    def __init__(self, kind: RejectionKind, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
