"""Decides whether a job's variables are a request that can be carried out, and reads them.

It must not look at the world: whether the Actor exists is Apify's to say. Messages are those of the official
connector, so that what people have learnt to read stays readable.

Source: github.com/apify/apify-camunda-integration, `outbound/dto`; camunda/connectors, its object mapper
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.operation_models import (
    Authentication,
    GetDatasetItemsInput,
    GetKeyValueStoreRecordInput,
    OperationInput,
    OperationModel,
    OperationType,
    RunActorInput,
    RunLimits,
    RunTaskInput,
    ScrapeSingleUrlInput,
)

_REQUEST: Final = "apifyRequestInput"
_MODELS: Final[Mapping[OperationType, tuple[str, type[OperationInput]]]] = {
    OperationType.RUN_ACTOR: ("runActorInput", RunActorInput),
    OperationType.RUN_TASK: ("runTaskInput", RunTaskInput),
    OperationType.SCRAPE_SINGLE_URL: ("scrapeSingleUrlInput", ScrapeSingleUrlInput),
    OperationType.GET_DATASET_ITEMS: ("getDatasetItemsInput", GetDatasetItemsInput),
    OperationType.GET_KEY_VALUE_STORE_RECORD: ("getKeyValueStoreRecordInput", GetKeyValueStoreRecordInput),
}
_CRAWLERS: Final = ("cheerio", "playwright:adaptive", "playwright:firefox")
_NOT_EMPTY: Final = "must not be empty"
_VIOLATED: Final = (
    "jakarta.validation.ValidationException: Found constraints violated while validating input: "
)
_Model = TypeVar("_Model", bound=OperationModel)
_Violation = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a job asks for, and in whose name."""

    token: str = field(repr=False)
    type: OperationType
    input: OperationInput


def read_request(variables: JsonObject) -> OperationRequest:
    """Return the request that a job's variables make; secrets have been put in already.

    Raises:
        InvalidInput: Something is missing, has the wrong type, or cannot be meant.
    """
    authentication = _read(Authentication, variables, ("authentication",))
    operation = _operation_type(variables)
    section, model = _MODELS[operation]
    path = (_REQUEST, section)
    if _at(variables, path) is None:
        raise InvalidInput(f"Error: {section} is null")
    operation_input = _read(model, variables, path)
    violations = [*_token_violations(authentication)]
    prefix = ".".join(path)
    violations += [(f"{prefix}.{name}", reason) for name, reason in _violations(operation_input)]
    if violations:
        raise InvalidInput(_violation_message(violations))
    return OperationRequest(token=(authentication.token or "").strip(), type=operation, input=operation_input)


def _operation_type(variables: JsonObject) -> OperationType:
    value = _at(variables, ("operation", "type"))
    if value is None or value == "":
        raise InvalidInput(_violation_message([("operation.type", _NOT_EMPTY)]))
    try:
        return OperationType(value)
    except ValueError:
        raise InvalidInput(f"Unsupported operation type: {value}") from None


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


def _violation_message(violations: list[_Violation]) -> str:
    lines = (
        f" - Property: {name}: Validation failed. Original message: {reason}" for name, reason in violations
    )
    return "\n".join([_VIOLATED, *lines])


def _token_violations(authentication: Authentication) -> Iterator[_Violation]:
    token = (authentication.token or "").strip()
    if not token:
        yield "authentication.token", _NOT_EMPTY
    elif not (token.isascii() and token.isprintable()):
        yield "authentication.token", "must be an API token: printable ASCII characters"


def _violations(operation: OperationInput) -> Iterator[_Violation]:
    match operation:
        case RunActorInput():
            yield from _missing(actorId=operation.actor_id)
        case RunTaskInput():
            yield from _missing(taskId=operation.task_id)
        case ScrapeSingleUrlInput():
            yield from _scrape_violations(operation)
        case GetDatasetItemsInput():
            yield from _missing(datasetId=operation.dataset_id)
            yield from _negative(offset=operation.offset, limit=operation.limit)
        case GetKeyValueStoreRecordInput():
            yield from _missing(storeId=operation.store_id, recordKey=operation.record_key)
    if isinstance(operation, RunLimits):
        yield from _limit_violations(operation)


def _missing(**values: str | None) -> Iterator[_Violation]:
    return ((name, _NOT_EMPTY) for name, value in values.items() if not (value or "").strip())


def _negative(**values: int | None) -> Iterator[_Violation]:
    return (
        (name, f"{name} can't be negative")
        for name, value in values.items()
        if value is not None and value < 0
    )


def _limit_violations(limits: RunLimits) -> Iterator[_Violation]:
    yield from _negative(timeout=limits.timeout, memory=limits.memory, maxItems=limits.max_items)
    charge = (limits.max_total_charge_usd or "").strip()
    if charge and not _is_amount(charge):
        yield "maxTotalChargeUsd", "must be an amount in US dollars, for example 2.5"


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0


def _scrape_violations(scrape: ScrapeSingleUrlInput) -> Iterator[_Violation]:
    url = (scrape.url or "").strip()
    if not url:
        yield "url", _NOT_EMPTY
    elif not re.match(r"https?://", url):
        yield "url", "URL must start with http:// or https://"
    elif not _has_host(url):
        yield "url", "URL must have a valid host"
    if scrape.crawler_type and scrape.crawler_type not in _CRAWLERS:
        yield "crawlerType", f"Crawler type must be one of: {', '.join(_CRAWLERS)}"


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
