"""Every exception that is raised on purpose: whose fault it is, whether a retry helps, and a stable code.

    ConnectorError                 never raised itself
    ├── ConfigurationError         our deployment is wrong; a person must act
    ├── PermanentError             a retry cannot help; the message is for the modeller
    │   ├── InvalidInput           the process gave us something unusable
    │   ├── ApifyRejected          Apify understood us and said no
    │   └── EngineRejected         Camunda understood us and said no
    └── TransientError             a retry may help; `retry_after` if the other side said when
        ├── ApifyUnavailable       429, 5xx, "not now", or no answer from Apify
        ├── EngineUnavailable      back pressure, refused credentials, or no answer from Camunda
        └── StoreUnavailable       DynamoDB, SQS or the secret store did not answer
            └── StoreRejected      the store refuses this very item; others may fit

What is expected (a duplicate, a job that is gone, an event that nobody wants) is a value, not an exception.
`code` is stable: modellers write it into error expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar


class ConnectorError(Exception):
    """The root of the tree; catch it only at a border.

    Attributes:
        variables: Facts for the modeller, shown as `error.variables`; JSON values, never a secret.
    """

    default_code: ClassVar[str] = "CONNECTOR_ERROR"

    def __init__(
        self, message: str, *, code: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.variables = dict(variables or {})


class ConfigurationError(ConnectorError):
    """The deployment is wrong: a setting, a secret or a permission is missing. A person must act."""

    default_code = "CONFIGURATION"


class PermanentError(ConnectorError):
    """A retry cannot help; the message says to the modeller what to change."""

    default_code = "PERMANENT"


class InvalidInput(PermanentError):
    """The process (or its model) gave us something unusable."""

    default_code = "INVALID_INPUT"


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
        code: str,
        status: int,
        error_type: str | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, variables=variables)
        self.status = status
        self.error_type = error_type


class EngineRejected(PermanentError):
    """Camunda understood the command and refused it for good.

    Attributes:
        rejection: The engine's kind: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS or INVALID_STATE.
    """

    default_code = "ENGINE_REJECTED"

    def __init__(self, message: str, *, rejection: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.rejection = rejection


class TransientError(ConnectorError):
    """A retry may help.

    Attributes:
        retry_after: How long the other side asked us to wait, or None.
        outcome_unknown: True where the request may have taken effect although no answer came.
    """

    default_code = "TRANSIENT"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry_after: timedelta | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class ApifyUnavailable(TransientError):
    """Apify did not answer, answered 5xx, or said "not now"."""

    default_code = "APIFY_UNAVAILABLE"


class EngineUnavailable(TransientError):
    """Camunda did not answer, pushed back, or refused our credentials."""

    default_code = "ENGINE_UNAVAILABLE"


class StoreUnavailable(TransientError):
    """A store of ours (DynamoDB, SQS, the secret store) did not answer."""

    default_code = "STORE_UNAVAILABLE"


class StoreRejected(StoreUnavailable):
    """A store of ours refuses this very item, mostly for its size.

    A retry helps once somebody has made the item smaller. Who has one item at hand treats it as any trouble
    of the store, so that nothing is lost; who has many goes on with the others.
    """

    default_code = "STORE_REJECTED"
