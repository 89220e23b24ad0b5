"""Checks the expressions and names of an inbound element when its process is scanned.

An expression that cannot be parsed is a fault. So is a name that no event has, where the element could never
have its effect because of it: in the condition, the key, the message id and the time to live. In a result
such a name gives null, which may be meant: it is a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Final

from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import check_syntax
from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.expressions.secret_references import names_in
from apify_camunda.expressions.unknown_names import Scope, UnknownName, unknown_names
from apify_camunda.feel import parse
from apify_camunda.registration.domain.desired_webhook import CONTEXT
from apify_camunda.webhooks.event_types import wanted_event_types

DELIVERY_SCOPE: Final[Scope] = {
    "request": frozenset({"body", "headers", "params"}),
    "connectorData": frozenset(
        {
            "actorId",
            "createdAt",
            "defaultDatasetId",
            "defaultKeyValueStoreId",
            "eventData",
            "eventType",
            "resource",
            "runId",
            "status",
            "taskId",
            "userId",
        }
    ),
    "documents": None,
}
"""What the expressions of an inbound element see."""
RESULT_SCOPE: Final[Scope] = {**DELIVERY_SCOPE, "response": frozenset(DELIVERY_SCOPE)}
"""What its result expression sees."""
_DECIDING: Final = {
    "activationCondition": "activation condition",
    "correlationKeyExpression": "correlation key (payload)",
    "messageIdExpression": "message id",
}
_TIME_TO_LIVE: Final = "messageTtl"
_RESULT: Final = "resultExpression"
_LONGEST_TIME_TO_LIVE: Final = timedelta(days=36_500)
_STARTS_BY_MESSAGE: Final = (ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START)
_KNOWN_PROPERTIES: Final = frozenset(
    {
        *_DECIDING,
        _TIME_TO_LIVE,
        _RESULT,
        CONTEXT,
        "authentication.token",
        "connectorWebhookUrl",
        "consumeUnmatchedEvents",
        "correlationRequired",
        "deduplicationId",
        "deduplicationModeManualFlag",
        "eventChoice",
        "eventTypes",
        "inbound.type",
        "resourceId",
        "resourceType",
        "resultVariable",
    }
)
_OUR_PREFIXES: Final = ("inbound.", "authentication.")
_ALIKE: Final = 0.8


@dataclass(frozen=True, slots=True)
class ElementCheck:
    """What was found.

    Attributes:
        faults: Why the element cannot work as it is modelled.
        notes: What an operator should know of an element that works.
    """

    faults: tuple[str, ...]
    notes: tuple[str, ...]


def check_element(element: InboundElement) -> ElementCheck:
    """Return what is wrong with an element's properties, as far as it can be known without an event."""
    faults: list[str] = []
    notes = list(_unknown_properties(element))
    for name, label in {**_DECIDING, _RESULT: "result"}.items():
        text = element.property_or_none(name)
        if text is None:
            continue
        try:
            found = _unknown(name, label, text)
        except InvalidInput as error:
            faults.append(error.message)
            continue
        (faults if _decides(name, element) else notes).extend(found)
    faults += _faults_of_values(element)
    return ElementCheck(tuple(faults), tuple(notes))


def _decides(name: str, element: InboundElement) -> bool:
    """Say whether the element has no effect where this expression gives null."""
    if name == "correlationKeyExpression":
        return element.kind not in _STARTS_BY_MESSAGE
    return name in _DECIDING


def _unknown(name: str, label: str, text: str) -> Iterator[str]:
    """Return a sentence for each unknown name of an expression.

    Raises:
        InvalidInput: It is no expression.
    """
    check_syntax(label, text, code=ErrorCode.INVALID_INPUT)
    scope = RESULT_SCOPE if name == _RESULT else DELIVERY_SCOPE
    return (_sentence(name, each, scope) for each in unknown_names(parse(text), scope))


def _sentence(name: str, unknown: UnknownName, scope: Scope) -> str:
    if unknown.name.endswith("()"):
        return f"'{name}' calls '{unknown.name}', which FEEL does not have:\n{unknown.shown}"
    of, dot, _ = unknown.name.partition(".")
    known = ", ".join(sorted((scope.get(of) if dot else scope) or ()))
    said = f"'{name}' names '{unknown.name}', which no event has"
    owner = f"{of} has" if dot else "there are"
    return f"{said}; {owner} {known}:\n{unknown.shown}\n{_advice(unknown.name, scope)}".rstrip()


def _advice(name: str, scope: Scope) -> str:
    """Return what was probably meant, or nothing."""
    of, dot, entry = name.partition(".")
    entries = sorted((scope.get(of) if dot else scope["connectorData"]) or ())
    close = get_close_matches((entry if dot else name).lower(), [each.lower() for each in entries], 1, _ALIKE)
    if close:
        meant = next(each for each in entries if each.lower() == close[0])
        return f"Was `{of if dot else 'connectorData'}.{meant}` meant?"
    return "" if dot else "A text is written in double quotation marks."


def _faults_of_values(element: InboundElement) -> Iterator[str]:
    """Yield what is wrong with properties that are, or may be, no expressions."""
    for secret in sorted(names_in(element.property_or_none(CONTEXT) or "")):
        yield (
            f"'{CONTEXT}' names the secret '{secret}'. It is a part of a URL, which lists, logs and rows "
            "show in clear: write a name that is no secret. Deliveries are authenticated by their signature."
        )
    try:
        yield from _faults_of_time_to_live(element)
        wanted_event_types(element)
    except InvalidInput as error:
        yield error.message


def _faults_of_time_to_live(element: InboundElement) -> Iterator[str]:
    text = element.property_or_none(_TIME_TO_LIVE)
    if text is None:
        return
    if text.strip().startswith("="):
        yield from _unknown(_TIME_TO_LIVE, "message TTL", text)
        return
    duration = parse_iso_duration(text)
    if duration is None or duration > _LONGEST_TIME_TO_LIVE:
        yield f"'{_TIME_TO_LIVE}' is '{text[:100]}', which is no ISO-8601 duration such as PT10M or PT1H."


def _unknown_properties(element: InboundElement) -> Iterator[str]:
    """Yield a note for each property that is not known and seems to be meant for us."""
    for name in sorted(element.properties.keys() - _KNOWN_PROPERTIES):
        close = get_close_matches(name.lower(), [each.lower() for each in _KNOWN_PROPERTIES], 1, _ALIKE)
        if close or name.startswith(_OUR_PREFIXES):
            meant = next((each for each in _KNOWN_PROPERTIES if close and each.lower() == close[0]), None)
            yield f"The property '{name[:100]}' is not known and has no effect." + (
                f" Was '{meant}' meant?" if meant else ""
            )
