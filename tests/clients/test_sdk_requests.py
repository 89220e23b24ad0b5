"""The stand-in's REST API takes every property that Camunda's Python client can send, and no other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, assert_never, get_args, get_origin, get_type_hints

import attrs
import pytest
from camunda_orchestration_sdk import CamundaClient, models, semantic_types
from camunda_orchestration_sdk.types import Unset
from emulators.camunda.rest import Gateway, GatewayVersion
from emulators.camunda.rest.endpoint import Endpoint
from emulators.camunda.rest.endpoints import ENDPOINTS, USER_TASK_ENDPOINTS
from emulators.camunda.rest.instance_searches import INSTANCE_FILTERS_NOT_SERVED
from emulators.camunda.rest.shapes import Condition, ListOf, OneOf, Record, Scalar, Shape

NOW: Final = GatewayVersion.V8_10
REFUSED: Final = re.compile(
    rf"filter\.(\$or\[\]\.)?({'|'.join(INSTANCE_FILTERS_NOT_SERVED)})\b"
    r"|(startInstructions|runtimeInstructions)\[\]"  # with all that is in them
    r"|result\b"
)
"""What the client can send and the API refuses with 501, so that silence is not taken for success."""


@pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if each.body is not None and each not in USER_TASK_ENDPOINTS],
    ids=lambda each: each.operation_id,
)
def test_what_may_be_said_is_what_the_client_can_say(endpoint: Endpoint) -> None:
    """Properties, operators of filters and names of enumerations are the client's, at every depth."""
    body = endpoint.body_as(Gateway(NOW))
    assert body is not None
    sendable = {place for place in sent(request_of(endpoint), "") if not REFUSED.match(place)}
    assert {place for place in taken(body, "") if not REFUSED.match(place)} == sendable


def request_of(endpoint: Endpoint) -> Any:
    """Return the type of the client's request for an endpoint."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", endpoint.operation_id).lower()
    method = getattr(CamundaClient, words)
    known = vars(models) | vars(semantic_types) | vars(sys.modules[CamundaClient.__module__])
    return get_type_hints(method, known)["data"]


def sent(hint: Any, place: str) -> Iterator[str]:
    """Yield each place that a request of the client can fill."""
    if get_origin(hint) in (Union, UnionType):
        for each in get_args(hint):
            if each not in (Unset, NoneType):
                yield from sent(each, place)
    elif get_origin(hint) is list:
        yield from sent(get_args(hint)[0], f"{place}[]")
    elif attrs.has(hint):
        yield from sent_properties(hint, place)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from (f"{place}={each.value}" for each in hint)
    else:
        yield place


def sent_properties(declared: type, place: str) -> Iterator[str]:
    known = vars(models) | vars(sys.modules[declared.__module__])
    types = {each.name: get_type_hints(declared, known)[each.name] for each in attrs.fields(declared)}
    rest = types.pop("additional_properties", None)
    if rest is not None and not types:
        yield place  # an object of any properties
    for name, hint in types.items():
        wire = re.sub(r"_(\w)", lambda letter: letter[1].upper(), name.rstrip("_"))
        if declared.__name__.startswith(("Advanced", "Basic")):  # a condition: its operators
            yield f"{place}.${wire}"
        else:
            yield from sent(hint, f"{place}.{wire}".lstrip(".") if wire != "or" else f"{place}.$or")


def taken(shape: Shape, place: str) -> Iterator[str]:
    """Yield each place of a request that the API reads."""
    match shape:
        case Scalar():
            yield place
        case OneOf():
            yield from (f"{place}={name}" for name in shape.known_to(NOW))
        case Condition(operand, operators):
            yield from taken(operand, place)
            yield from (f"{place}.{operator}" for operator in operators)
        case ListOf(item):
            yield from taken(item, f"{place}[]")
        case Record():
            for name in shape.known_to(NOW):
                yield from taken(shape.properties[name].shape_in(NOW), f"{place}.{name}".lstrip("."))
        case _:
            assert_never(shape)
