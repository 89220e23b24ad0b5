"""The kinds of operations, and what each of them declares.

An operation is one class in one module: its fields are the inputs that the element template binds, its
methods are its calls and its result. `registry` lists them all.

Field names are camelCase in the job's variables and snake_case here; unknown inputs are ignored.

Source: github.com/apify/apify-camunda-integration, element-templates/apify-outbound-connector.json
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final, Self, TypeAlias

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from apify_camunda.apify.model import LARGE_BYTES, ApifyRun, ResourceKind, StartRun
from apify_camunda.apify.port import Apify
from apify_camunda.camunda.model import DocumentReference
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientChoice, LenientFlag, LenientInt, LenientText

FETCHED_VARIABLES: Final = ("authentication", "operation", "apifyRequestInput")
"""The job variables that a worker asks the engine for."""

Violation: TypeAlias = tuple[str, str]
"""The name of an input, and what is wrong with its value."""
NOT_EMPTY: Final = "must not be empty"


class OperationModel(BaseModel):
    """A part of the job's variables."""

    model_config = ConfigDict(
        frozen=True, defer_build=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class Operation(OperationModel, ABC):
    """What a job can ask for.

    Attributes:
        type: The value of `operation.type` that selects it.
    """

    type: ClassVar[str]

    @classmethod
    def section(cls) -> str:
        """Return the part of `apifyRequestInput` that holds its inputs."""
        return f"{cls.type}Input"

    @abstractmethod
    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs, before anything is asked of Apify."""


class ReadOperation(Operation):
    """An operation that only reads, so that it can be repeated freely."""

    @abstractmethod
    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return what it reads.

        Raises:
            PermanentError: The result has more than `most_bytes`; the code is PAYLOAD_TOO_LARGE.
            ApifyRejected: It does not exist, or the token may not read it.
            ApifyUnavailable: Apify does not answer.
        """


class ActOperation(Operation):
    """An operation that changes something at Apify, and starts no run."""

    @property
    @abstractmethod
    def is_repeatable(self) -> bool:
        """Say whether it can be repeated safely when its answer was lost."""

    @property
    def document(self) -> DocumentReference | None:
        """Return the document of Camunda's store that an input refers to, if one does."""
        return None

    def given(self, content: bytes, content_type: str | None) -> Self:
        """Return the operation with the content of that document in the input's place."""
        del content, content_type
        return self

    @abstractmethod
    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Do it, and return what the process gets.

        Raises:
            ApifyRejected: Apify refuses it.
            ApifyUnavailable: Apify does not answer; `outcome_unknown` where it may have been done.
        """


class RunOperation(Operation):
    """An operation whose job may wait for a run.

    Attributes:
        fail_on_unsuccessful_run: A run that does not succeed fails the job instead of completing it.
        cancel_run_when_job_is_gone: Abort the run where the job turns out to have been cancelled.
    """

    fail_on_unsuccessful_run: LenientFlag = False
    cancel_run_when_job_is_gone: LenientFlag = False

    @property
    @abstractmethod
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""

    async def result(self, run: ApifyRun, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return what the process gets of a run that has ended, or that is not waited for.

        Raises:
            PermanentError: The run left nothing that could be returned.
            TransientError: Another try may leave more.
            ApifyRejected: Apify does not give the result.
            ApifyUnavailable: Apify does not answer.
        """
        del apify, most_bytes
        return OperationResult({"data": run.raw})


class StartOperation(RunOperation):
    """An operation that starts a run, with the options that all of them share.

    Attributes:
        timeout: The run's own time limit in seconds, or None for the Actor's default.
        memory: In megabytes, or None for the default.
        build_tag: A tag or a number of a build, or None for the default.
        max_items: At most so many items are charged for (pay per result).
        max_total_charge_usd: At most so much is charged for.
        restart_on_error: Apify restarts the run where it fails; None: as the Actor says.
        webhooks: Ad-hoc webhooks for the run: a list of Apify's webhook objects, or a text that holds one.
    """

    timeout: LenientInt = None
    memory: LenientInt = None
    build_tag: LenientText = None
    max_items: LenientInt = None
    max_total_charge_usd: LenientText = None
    restart_on_error: LenientChoice = None
    webhooks: Any = None

    @abstractmethod
    def start_request(self) -> StartRun:
        """Return what to start, without webhooks.

        Raises:
            InvalidInput: The input of the run is not a JSON object.
        """

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the shared options."""
        yield from negative(timeout=self.timeout, memory=self.memory, maxItems=self.max_items)
        charge = (self.max_total_charge_usd or "").strip()
        if charge and not _is_amount(charge):
            yield "maxTotalChargeUsd", "must be an amount in US dollars, for example 2.5"
        if read_webhooks(self.webhooks) is None:
            yield "webhooks", "must be a list of objects with eventTypes and requestUrl"

    def start_of(
        self,
        kind: ResourceKind,
        resource: str | None,
        run_input: Json,
        *,
        permission_level: str | None = None,
    ) -> StartRun:
        """Return the start request of a resource with the shared options."""
        return StartRun(
            kind=kind,
            resource_id=resource_id(resource),
            input=run_input,
            timeout=None if self.timeout is None else timedelta(seconds=self.timeout),
            memory_mbytes=self.memory,
            build=text_or_none(self.build_tag),
            max_items=self.max_items,
            max_total_charge_usd=text_or_none(self.max_total_charge_usd),
            restart_on_error=self.restart_on_error,
            force_permission_level=permission_level,
            own_webhooks=read_webhooks(self.webhooks) or (),
        )


def missing(**values: str | None) -> Iterator[Violation]:
    """Return a violation for each input that is absent or blank."""
    return ((name, NOT_EMPTY) for name, value in values.items() if not (value or "").strip())


def negative(**values: int | None) -> Iterator[Violation]:
    """Return a violation for each number below zero."""
    return (
        (name, f"{name} can't be negative")
        for name, value in values.items()
        if value is not None and value < 0
    )


def resource_id(text: str | None) -> str:
    """Return an id or `username/name` as Apify's paths take it."""
    return (text or "").strip().replace("/", "~")


def text_or_none(text: str | None) -> str | None:
    """Return the text without blanks around it, or None where nothing is left."""
    return (text or "").strip() or None


def read_webhooks(value: Any) -> tuple[JsonObject, ...] | None:
    """Return ad-hoc webhooks as Apify's API takes them; None where the value is something else."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ()
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return None
    if not isinstance(value, list):
        return None
    is_usable = all(
        isinstance(item, dict) and isinstance(item.get("eventTypes"), list) and item.get("requestUrl")
        for item in value
    )
    return tuple(value) if is_usable else None


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0
