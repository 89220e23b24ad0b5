"""Every exception that is raised on purpose: whose fault it is, whether a retry helps, and a stable code.

    ConnectorError                 never raised itself
    ├── ConfigurationError         our deployment is wrong; a person must act
    ├── PermanentError             a retry cannot help; the message is for the modeller
    │   ├── InvalidInput           the process gave us something unusable
    │   ├── ApifyRejected          Apify understood us and said no
    │   │   └── AnswerTooLarge     its answer has more bytes than we read
    │   ├── EngineRejected         Camunda understood us and said no
    │   └── StoreRejected          a store of ours refuses this very item; others may fit
    └── TransientError             a retry may help; `retry_after` if the other side said when
        ├── ApifyUnavailable       429, 5xx, "not now", or no answer from Apify
        ├── EngineUnavailable      back pressure, refused credentials, or no answer from Camunda
        └── StoreUnavailable       DynamoDB, SQS or the secret store did not answer
            └── StoreConflict      another process wrote the same row at the same moment

What is expected (a duplicate, a job that is gone, an event without listeners) is a value, not an exception.
`code` is one of `ErrorCode`: stable, because modellers write it into error expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Any, ClassVar, Self


class Handling(Enum):
    """What happens to a job that fails with a code, unless its error expression says otherwise."""

    INCIDENT = "an incident at once"
    """A retry cannot help before a person has changed something."""
    RETRY = "uses up a retry"
    """The job comes again after its back-off; with no retry left it is an incident."""
    WAIT = "waits, then tried again"
    """The same request succeeds later; the job waits without using up a retry, for an hour at most."""


class ErrorCode(StrEnum):
    """The stable codes of our errors: modellers write them into error expressions.

    Attributes:
        meaning: What happened, in one sentence, for a modeller or an operator.
        handling: What happens to a job that fails with it.
    """

    meaning: str
    handling: Handling

    def __new__(cls, code: str, meaning: str, handling: Handling) -> Self:
        """Return the member, which equals its code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.handling = handling
        return member

    # The process
    INVALID_INPUT = "INVALID_INPUT", "An input of the element is missing or unusable.", Handling.INCIDENT
    SECRET_NOT_AVAILABLE = (
        "SECRET_NOT_AVAILABLE",
        "A secret that the element names does not exist.",
        Handling.INCIDENT,
    )
    RESULT_EXPRESSION_FAILED = (
        "RESULT_EXPRESSION_FAILED",
        "The result expression failed or did not return a context.",
        Handling.INCIDENT,
    )
    ERROR_EXPRESSION_FAILED = (
        "ERROR_EXPRESSION_FAILED",
        "The error expression failed or returned something unusable.",
        Handling.INCIDENT,
    )
    EXPRESSION_TOO_LARGE = (
        "EXPRESSION_TOO_LARGE",
        "An expression needs more memory or more steps than it may use.",
        Handling.INCIDENT,
    )
    RESULT_TOO_LARGE = "RESULT_TOO_LARGE", "The variables are larger than Camunda accepts.", Handling.INCIDENT

    # Apify
    UNAUTHORIZED = "UNAUTHORIZED", "Apify does not accept the token.", Handling.INCIDENT
    FORBIDDEN = "FORBIDDEN", "The token may not do this.", Handling.INCIDENT
    PERMISSION_APPROVAL_REQUIRED = (
        "PERMISSION_APPROVAL_REQUIRED",
        "The Actor asks for permissions that were not approved yet.",
        Handling.INCIDENT,
    )
    ACTOR_NOT_FOUND = (
        "ACTOR_NOT_FOUND",
        "Apify does not know the Actor, or the token may not see it.",
        Handling.INCIDENT,
    )
    TASK_NOT_FOUND = (
        "TASK_NOT_FOUND",
        "Apify does not know the task, or the token may not see it.",
        Handling.INCIDENT,
    )
    BUILD_NOT_FOUND = "BUILD_NOT_FOUND", "The Actor has no such build.", Handling.INCIDENT
    RUN_NOT_FOUND = "RUN_NOT_FOUND", "Apify does not know the run any more.", Handling.INCIDENT
    DATASET_NOT_FOUND = "DATASET_NOT_FOUND", "Apify does not know the dataset.", Handling.INCIDENT
    STORE_NOT_FOUND = "STORE_NOT_FOUND", "Apify does not know the key-value store.", Handling.INCIDENT
    RECORD_NOT_FOUND = (
        "RECORD_NOT_FOUND",
        "The key-value store has no record with this key.",
        Handling.INCIDENT,
    )
    RESOURCE_NOT_FOUND = (
        "RESOURCE_NOT_FOUND",
        "Apify does not know what the path of an API call names.",
        Handling.INCIDENT,
    )
    WEBHOOK_NOT_FOUND = "WEBHOOK_NOT_FOUND", "Apify does not know the webhook any more.", Handling.INCIDENT
    WEBHOOK_REFUSED = (
        "WEBHOOK_REFUSED",
        "Apify refused a webhook, for example because of its limit of 100.",
        Handling.INCIDENT,
    )
    PAYMENT_REQUIRED = (
        "PAYMENT_REQUIRED",
        "The account's plan or credit does not allow it.",
        Handling.INCIDENT,
    )
    PAYLOAD_TOO_LARGE = (
        "PAYLOAD_TOO_LARGE",
        "A request or an answer is larger than allowed.",
        Handling.INCIDENT,
    )
    APIFY_REDIRECT_REFUSED = (
        "APIFY_REDIRECT_REFUSED",
        "Apify redirected to an address that we do not follow.",
        Handling.INCIDENT,
    )
    RATE_LIMITED = "RATE_LIMITED", "Apify received too many requests.", Handling.WAIT
    MEMORY_LIMIT_EXCEEDED = (
        "MEMORY_LIMIT_EXCEEDED",
        "The runs of the account use all of its memory.",
        Handling.WAIT,
    )
    CONCURRENT_RUNS_LIMIT_EXCEEDED = (
        "CONCURRENT_RUNS_LIMIT_EXCEEDED",
        "The account has as many runs at once as it may have.",
        Handling.WAIT,
    )
    APIFY_UNAVAILABLE = (
        "APIFY_UNAVAILABLE",
        "Apify did not answer, or answered that it failed.",
        Handling.RETRY,
    )

    # Runs
    RUN_FAILED = "RUN_FAILED", "The run ended as FAILED.", Handling.INCIDENT
    RUN_TIMED_OUT = "RUN_TIMED_OUT", "The run ended as TIMED-OUT.", Handling.INCIDENT
    RUN_ABORTED = "RUN_ABORTED", "The run ended as ABORTED.", Handling.INCIDENT
    NO_ITEMS_FOUND = "NO_ITEMS_FOUND", "The run succeeded, but its dataset holds no item.", Handling.INCIDENT
    START_UNCLEAR = (
        "START_UNCLEAR",
        "The answer of a start was lost, and whether a run exists cannot be proved.",
        Handling.INCIDENT,
    )
    ACTION_UNCLEAR = (
        "ACTION_UNCLEAR",
        "The answer of a change at Apify was lost, and whether it was made cannot be proved.",
        Handling.INCIDENT,
    )
    WORKER_KILLED = (
        "WORKER_KILLED",
        "The work on the job ended the worker's process again and again, probably for lack of memory.",
        Handling.INCIDENT,
    )
    JOB_TIMED_OUT = "JOB_TIMED_OUT", "The operation took longer than a job may take.", Handling.RETRY

    # Camunda
    ENGINE_REJECTED = "ENGINE_REJECTED", "Camunda understood the command and refused it.", Handling.INCIDENT
    ENGINE_UNAVAILABLE = "ENGINE_UNAVAILABLE", "Camunda did not answer.", Handling.RETRY
    ENGINE_DEADLINE = "ENGINE_DEADLINE", "Camunda did not answer in time.", Handling.RETRY
    ENGINE_BACK_PRESSURE = (
        "ENGINE_BACK_PRESSURE",
        "Camunda has too much to do and refused the command for now.",
        Handling.RETRY,
    )
    ENGINE_UNAUTHORIZED = (
        "ENGINE_UNAUTHORIZED",
        "Camunda does not accept our credentials, or they lack a permission.",
        Handling.RETRY,
    )
    ENGINE_UNIMPLEMENTED = "ENGINE_UNIMPLEMENTED", "The cluster does not offer this command.", Handling.RETRY
    ENGINE_PROCESSING_ERROR = (
        "ENGINE_PROCESSING_ERROR",
        "Camunda failed to process the command.",
        Handling.RETRY,
    )
    ENGINE_TOKEN_UNAVAILABLE = (
        "ENGINE_TOKEN_UNAVAILABLE",
        "The token endpoint did not answer.",
        Handling.RETRY,
    )
    ENGINE_CREDENTIALS_UNREADABLE = (
        "ENGINE_CREDENTIALS_UNREADABLE",
        "The secret with Camunda's credentials cannot be used.",
        Handling.RETRY,
    )

    DOCUMENT_STORE_MISSING = (
        "DOCUMENT_STORE_MISSING",
        "The cluster has no document store, and the element asks for a document.",
        Handling.INCIDENT,
    )
    DOCUMENT_REFUSED = (
        "DOCUMENT_REFUSED",
        "Camunda's document store refuses a document: for its size, or for want of a permission.",
        Handling.INCIDENT,
    )
    DOCUMENT_NOT_FOUND = (
        "DOCUMENT_NOT_FOUND",
        "Camunda does not know the document that an input refers to.",
        Handling.INCIDENT,
    )

    # This deployment
    CONFIGURATION = (
        "CONFIGURATION",
        "The deployment is wrong: a setting, a secret or a permission is missing.",
        Handling.INCIDENT,
    )
    STORE_UNAVAILABLE = (
        "STORE_UNAVAILABLE",
        "DynamoDB, SQS or the secret store did not answer.",
        Handling.RETRY,
    )
    STORE_CONFLICT = (
        "STORE_CONFLICT",
        "Another process wrote the same row at the same moment.",
        Handling.RETRY,
    )
    STORE_REJECTED = (
        "STORE_REJECTED",
        "A store of ours refuses this item for good, mostly for its size.",
        Handling.INCIDENT,
    )
    UNEXPECTED_ERROR = (
        "UNEXPECTED_ERROR",
        "A fault in this software; the log of the function has the details.",
        Handling.RETRY,
    )

    # Kinds without a code of their own
    CONNECTOR_ERROR = "CONNECTOR_ERROR", "An error without a more specific code.", Handling.INCIDENT
    PERMANENT = "PERMANENT", "An error that a retry cannot correct.", Handling.INCIDENT
    TRANSIENT = "TRANSIENT", "An error that a retry may correct.", Handling.RETRY


class ConnectorError(Exception):
    """The root of the tree; catch it only at a border.

    Attributes:
        variables: Facts for the modeller, shown as `error.variables`; JSON values, never a secret.
    """

    default_code: ClassVar[ErrorCode] = ErrorCode.CONNECTOR_ERROR

    def __init__(
        self, message: str, *, code: ErrorCode | None = None, variables: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.variables = dict(variables or {})


class ConfigurationError(ConnectorError):
    """The deployment is wrong: a setting, a secret or a permission is missing. A person must act."""

    default_code = ErrorCode.CONFIGURATION


class PermanentError(ConnectorError):
    """A retry cannot help; the message says to the modeller what to change."""

    default_code = ErrorCode.PERMANENT


class InvalidInput(PermanentError):
    """The process (or its model) gave us something unusable."""

    default_code = ErrorCode.INVALID_INPUT


class ApifyRejected(PermanentError):
    """Apify understood the request and refused it.

    Attributes:
        status: The HTTP status of the answer.
        error_type: Apify's own name of the error, for example `record-not-found`.
    """

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode,
        status: int,
        error_type: str | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, variables=variables)
        self.status = status
        self.error_type = error_type


class AnswerTooLarge(ApifyRejected):
    """Apify's answer has more bytes than we read; where there is room for it, it may be read again."""


class EngineRejected(PermanentError):
    """Camunda understood the command and refused it for good.

    Attributes:
        rejection: The engine's kind: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS or INVALID_STATE.
    """

    default_code = ErrorCode.ENGINE_REJECTED

    def __init__(self, message: str, *, rejection: str, code: ErrorCode | None = None) -> None:
        super().__init__(message, code=code)
        self.rejection = rejection


class TransientError(ConnectorError):
    """A retry may help.

    Attributes:
        retry_after: How long the other side asked us to wait, or None.
        outcome_unknown: True where the request may have taken effect although no answer came.
    """

    default_code = ErrorCode.TRANSIENT

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode | None = None,
        retry_after: timedelta | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class ApifyUnavailable(TransientError):
    """Apify did not answer, answered 5xx, or said "not now"."""

    default_code = ErrorCode.APIFY_UNAVAILABLE


class EngineUnavailable(TransientError):
    """Camunda did not answer, pushed back, or refused our credentials."""

    default_code = ErrorCode.ENGINE_UNAVAILABLE


class StoreUnavailable(TransientError):
    """A store of ours (DynamoDB, SQS, the secret store) did not answer."""

    default_code = ErrorCode.STORE_UNAVAILABLE


class StoreConflict(StoreUnavailable):
    """Another process wrote the same row at the same moment; the work is done again from what it wrote."""

    default_code = ErrorCode.STORE_CONFLICT


class StoreRejected(PermanentError):
    """A store of ours refuses this very item for good, mostly for its size; others may fit."""

    default_code = ErrorCode.STORE_REJECTED
