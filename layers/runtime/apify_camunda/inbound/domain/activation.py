"""Decides whether an element takes part in an event: its event types and its activation condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import CONDITION_LIMITS, failure_of, share_of
from apify_camunda.feel import Budget, Evaluated, Failed, Failure, FailureKind, evaluate
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.event_types import (
    EVENT_TYPES,
    wanted_event_types,
)
from apify_camunda.webhooks.routes import is_context

_VARIABLE: Final = FailureKind.NO_VARIABLE_FOUND
_ENTRIES: Final = (FailureKind.NO_CONTEXT_ENTRY_FOUND, FailureKind.NO_PROPERTY_FOUND)


@dataclass(frozen=True, slots=True)
class Activated:
    """The element takes part."""


@dataclass(frozen=True, slots=True)
class NotActivated:
    """The element takes no part; that is no error.

    Attributes:
        trouble: Why its condition is probably not what the modeller meant: a name in it is not there. None:
            it is false, or another value.
    """

    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class ConditionFailed:
    """The condition itself cannot be evaluated."""

    reason: str
    code: str = ErrorCode.INVALID_INPUT


Activation: TypeAlias = Activated | NotActivated | ConditionFailed


def activation(
    element: InboundElement,
    *,
    route: str,
    event_type: str,
    context: JsonObject,
    budget: Budget | None = None,
) -> Activation:
    """Return whether the element takes part in an event that came through `route`.

    Only a condition that is exactly true activates; a blank one always does.
    """
    try:
        if not _wants(element, route, event_type):
            return NotActivated()
    except InvalidInput as error:
        return ConditionFailed(error.message)
    condition = element.property_or_none("activationCondition") or element.property_or_none(
        "inbound.activationCondition"
    )
    if condition is None:
        return Activated()
    return _decided(condition, context, budget)


def _decided(condition: str, context: JsonObject, budget: Budget | None) -> Activation:
    share = share_of(budget, CONDITION_LIMITS)
    match evaluate(condition, context, limits=CONDITION_LIMITS, budget=budget):
        case Failed() as failed:
            failure = failure_of("activation condition", condition, failed, code=None, share=share)
            return ConditionFailed(failure.message, failure.code)
        case Evaluated(value=True):
            return Activated()
        case Evaluated(value=value, failures=failures):
            return NotActivated(_unknown_name(failures, is_null=value is None))


def _unknown_name(failures: Sequence[Failure], *, is_null: bool) -> str | None:
    """Return what says that a name is not there, or None where that is no sign of a mistake.

    A missing variable is a mistake, even if the condition has a result. An entry that is not there
    is one where the condition is null for it; compared with a value it is an optional field.
    """
    unknown = (_VARIABLE, *_ENTRIES) if is_null else (_VARIABLE,)
    return next((failure.message for failure in failures if failure.kind in unknown), None)


def _wants(element: InboundElement, route: str, event_type: str) -> bool:
    """Say whether the element asked for this type; what a person points at it by hand needs no asking."""
    if is_context(route) and element.property_or_none(EVENT_TYPES) is None:
        return True
    return event_type in wanted_event_types(element)
