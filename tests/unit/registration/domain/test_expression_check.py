"""What is wrong with the expressions and names of an element, as a scan tells it."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.camunda.elements import ElementKind
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.registration.domain.expression_check import DELIVERY_SCOPE, ElementCheck, check_element

from tests import builders

KEY = "=connectorData.runId"


def checked(kind: ElementKind = ElementKind.INTERMEDIATE_CATCH, **properties: Any) -> ElementCheck:
    keyed = {"correlationKeyExpression": KEY} | properties
    return check_element(builders.element(kind, properties=builders.properties(**keyed)))


def test_the_scope_is_that_of_a_delivery() -> None:
    """The names that are known are those that the expressions of a delivery see, no more and no fewer."""
    run = builders.run(actorTaskId="task1")
    context = delivery_context(builders.received(builders.body(resource=run)))

    assert set(context) == set(DELIVERY_SCOPE)
    for name in ("request", "connectorData"):
        entries = context[name]
        assert isinstance(entries, dict)
        assert frozenset(entries) == DELIVERY_SCOPE[name]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"activationCondition": '=connectorData.status = "SUCCEEDED"'},
        {"activationCondition": '=request.body.resource.options.build = "latest"'},
        {"messageTtl": "PT10M"},
        {"messageTtl": '=if connectorData.status = "FAILED" then "PT1M" else "PT1H"'},
        {"messageIdExpression": "=connectorData.runId + connectorData.status"},
        {"resultExpression": "={a: response.connectorData.runId, b: request.headers}"},
        {"eventTypes": '=["SUCCEEDED", "FAILED"]'},
        {"documentation": "a property of another connector"},
    ],
    ids=str,
)
def test_sound_element_has_neither_faults_nor_notes(properties: dict[str, Any]) -> None:
    """What works is not talked about."""
    assert checked(**properties) == ElementCheck((), ())


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        pytest.param(
            {"activationCondition": "=connectorData.status = "}, "activation condition", id="syntax"
        ),
        pytest.param({"activationCondition": '=connectorData.status == "x"'}, "one `=`", id="habit"),
        pytest.param({"correlationKeyExpression": "=connectorData."}, "correlation key (payload)", id="key"),
        pytest.param({"messageIdExpression": "=a b"}, "message id", id="message id"),
        pytest.param({"resultExpression": "={a: }"}, "result", id="result"),
        pytest.param({"messageTtl": "=PT10M M"}, "message TTL", id="ttl expression"),
        pytest.param({"messageTtl": "10 minutes"}, "'10 minutes', which is no ISO-8601 duration", id="ttl"),
        pytest.param({"messageTtl": "P200000D"}, "no ISO-8601 duration", id="ttl of 500 years"),
        pytest.param({"eventTypes": "SOMETIMES"}, "'eventTypes' names", id="event type"),
        pytest.param({"eventTypes": '=["SOMETIMES"]'}, "'eventTypes' names", id="event type expression"),
        pytest.param(
            {"activationCondition": "=connectorData.status = SUCCEEDED"},
            "A text is written in double quotation marks",
            id="text without quotation marks",
        ),
        pytest.param(
            {"correlationKeyExpression": "=connectorData.runid"},
            "Was `connectorData.runId` meant?",
            id="misspelt entry",
        ),
        pytest.param(
            {"activationCondition": '=status = "SUCCEEDED"'},
            "Was `connectorData.status` meant?",
            id="bare entry",
        ),
        pytest.param({"messageIdExpression": "=orderId"}, "'orderId', which no event has", id="variable"),
        pytest.param({"messageTtl": "=ttl"}, "'ttl', which no event has", id="variable as ttl"),
        pytest.param({"messageTtl": "=uper case(connectorData.runId)"}, "calls 'uper case()'", id="function"),
        pytest.param({"inbound_context": "{{secrets.PATH}}"}, "names the secret 'PATH'", id="secret path"),
        pytest.param({"inbound_context": "=secrets.PATH"}, "names the secret 'PATH'", id="secret by FEEL"),
    ],
)
def test_what_cannot_work_is_a_fault(properties: dict[str, Any], said: str) -> None:
    """A fault names the property, and shows what is wrong with it."""
    [fault] = checked(**properties).faults
    assert said in fault


def test_place_is_marked() -> None:
    """The line is shown with a mark below the name, and what there is instead."""
    [fault] = checked(activationCondition="=connectorData.status = SUCCEEDED").faults
    assert fault.splitlines() == [
        (
            "'activationCondition' names 'SUCCEEDED', which no event has; "
            "there are connectorData, documents, request:"
        ),
        "connectorData.status = SUCCEEDED",
        "                       ^~~~~~~~~",
        "A text is written in double quotation marks.",
    ]


def test_all_faults_are_reported() -> None:
    """An element with several faults gets one report of all of them."""
    found = checked(activationCondition="=a b", messageTtl="soon", resultExpression="={")
    assert len(found.faults) == 3


@pytest.mark.parametrize("kind", [ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START])
def test_start_does_without_a_key(kind: ElementKind) -> None:
    """A message start whose key is null starts with an empty one: an unknown name in it is a note."""
    found = checked(kind, correlationKeyExpression="=orderId")
    assert (len(found.faults), len(found.notes)) == (0, 1)


def test_unknown_name_in_a_result_is_a_note() -> None:
    """A result may hold null; the note says where it comes from."""
    found = checked(resultExpression="={a: connectorData.runId, b: orderId}")
    assert found.faults == ()
    [note] = found.notes
    assert "'orderId', which no event has" in note


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("eventType", "Was 'eventTypes' meant?"),
        ("messageTTL", "Was 'messageTtl' meant?"),
        ("inbound.path", "has no effect."),
        ("authentication.tokn", "Was 'authentication.token' meant?"),
    ],
)
def test_unknown_property_of_ours_is_a_note(name: str, meant: str) -> None:
    """A property that seems to be meant for us and is not known is named, with what was probably meant."""
    element = builders.catch(properties=builders.properties(correlationKeyExpression=KEY) | {name: "x"})
    [note] = check_element(element).notes
    assert f"The property '{name}' is not known" in note
    assert meant in note
