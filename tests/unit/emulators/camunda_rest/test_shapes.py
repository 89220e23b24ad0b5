"""Reading request bodies by their declarations."""

from datetime import UTC, datetime
from typing import Any

import pytest
from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.shapes import (
    DATE_TIME_CONDITION,
    INTEGER_CONDITION,
    KEY_CONDITION,
    STRING_CONDITION,
    ListOf,
    Property,
    Record,
    Scalar,
    condition_on,
    one_of,
    read,
)
from emulators.camunda.rest.versions import GatewayVersion

V8_8, V8_9, V8_10 = GatewayVersion

FILTER = Record(
    {
        "name": Property(STRING_CONDITION),
        "state": Property(one_of("ACTIVE", "DELETED"), V8_10),
        "jobState": Property(condition_on(one_of("CREATED", later={"TIMEOUT_UPDATED": V8_10}))),
        "elementId": Property(STRING_CONDITION, condition_since=V8_10),
        "startDate": Property(DATE_TIME_CONDITION),
        "key": Property(KEY_CONDITION),
        "version": Property(INTEGER_CONDITION),
    }
)
BODY = Record(
    {
        "filter": Property(FILTER),
        "name": Property(Scalar.STRING, required=True),
        "timeout": Property(Scalar.INT64),
        "retries": Property(Scalar.INT32),
        "local": Property(Scalar.BOOLEAN),
        "variables": Property(Scalar.JSON_OBJECT),
        "tags": Property(ListOf(Scalar.STRING)),
        "steps": Property(ListOf(Record({"elementId": Property(Scalar.STRING, required=True)}))),
    }
)


def refusal(body: object, version: GatewayVersion = V8_10) -> str:
    with pytest.raises(Problem) as raised:
        read(BODY, body, version)
    assert raised.value.status == 400
    return raised.value.detail


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "m", "nmae": "m"}, "nmae"),
        ({"name": 5}, "name"),
        ({"name": "m", "timeout": "5"}, "timeout"),
        ({"name": "m", "timeout": True}, "timeout"),
        ({"name": "m", "timeout": 2**63}, "timeout"),
        ({"name": "m", "retries": 2**31}, "retries"),
        ({"name": "m", "retries": 1.5}, "retries"),
        ({"name": "m", "local": 1}, "local"),
        ({"name": "m", "variables": []}, "variables"),
        ({"name": "m", "tags": "t"}, "tags"),
        ({"name": "m", "tags": ["t", 1]}, "tags[1]"),
        ({"name": "m", "steps": [{"elementId": "a"}, {"element": "a"}]}, "steps[1].element"),
        ({"name": "m", "filter": {"x": 1}}, "filter.x"),
        ({"name": "m", "filter": {"name": {"$liek": "a*"}}}, "filter.name.$liek"),
        ({"name": "m", "filter": {"name": {"$in": "a"}}}, "filter.name.$in"),
        ({"name": "m", "filter": {"name": {"$exists": "yes"}}}, "filter.name.$exists"),
        ({"name": "m", "filter": {"key": 7}}, "filter.key"),
        ({"name": "m", "filter": {"key": "seven"}}, "filter.key"),
        ({"name": "m", "filter": {"startDate": "yesterday"}}, "filter.startDate"),
        ({"name": "m", "filter": {"startDate": "2026-01-01T00:00:00"}}, "filter.startDate"),
        ({"name": "m", "filter": {"state": "GONE"}}, "filter.state"),
        ([], "body"),
    ],
)
def test_what_is_not_declared_is_refused_with_its_place(body: object, place: str) -> None:
    """An unknown property, and a value of another kind, are answered 400 with the property's path."""
    assert refusal(body) == f"Request property [{place}] cannot be parsed"


def test_a_required_property_may_not_be_absent_or_null() -> None:
    """Null is the same as absence, also for what is required."""
    assert refusal({}) == "No name provided."
    assert refusal({"name": None}) == "No name provided."
    assert read(BODY, {"name": "m", "timeout": None}, V8_10) == {"name": "m"}


def test_an_older_gateway_refuses_what_came_later() -> None:
    """A property, a name of a choice, or an operator that is newer than the gateway is unknown to it."""
    assert read(BODY, {"name": "m", "filter": {"state": "ACTIVE"}}, V8_10)
    assert refusal({"name": "m", "filter": {"state": "ACTIVE"}}, V8_9).endswith(
        "[filter.state] cannot be parsed"
    )
    assert read(BODY, {"name": "m", "filter": {"jobState": "TIMEOUT_UPDATED"}}, V8_10)
    assert "[filter.jobState]" in refusal({"name": "m", "filter": {"jobState": "TIMEOUT_UPDATED"}}, V8_8)
    assert read(BODY, {"name": "m", "filter": {"elementId": {"$like": "a*"}}}, V8_10)
    assert "[filter.elementId]" in refusal({"name": "m", "filter": {"elementId": {"$like": "a*"}}}, V8_8)
    assert read(BODY, {"name": "m", "filter": {"elementId": "a"}}, V8_8)["filter"] == {"elementId": "a"}


def test_a_choice_takes_any_casing_since_8_10() -> None:
    """Names of a choice are answered canonically; before 8.10 only the canonical casing is known."""
    asked = {"name": "m", "filter": {"jobState": "created"}}
    assert read(BODY, asked, V8_10)["filter"] == {"jobState": {"$eq": "CREATED"}}
    assert "[filter.jobState]" in refusal(asked, V8_9)


@pytest.mark.parametrize(
    ("asked", "understood"),
    [
        ({"name": "a"}, {"name": {"$eq": "a"}}),
        ({"name": {"$in": ["a", "b"], "$neq": "b"}}, {"name": {"$in": ["a", "b"], "$neq": "b"}}),
        ({"name": {"$exists": False}}, {"name": {"$exists": False}}),
        ({"name": {"$eq": "a", "$in": []}}, {"name": {"$eq": "a"}}),
        ({"version": {"$gte": 2}}, {"version": {"$gte": 2}}),
        (
            {"startDate": {"$lt": "2026-01-01T01:00:00+01:00"}},
            {"startDate": {"$lt": datetime(2026, 1, 1, tzinfo=UTC)}},
        ),
    ],
)
def test_an_exact_value_is_a_condition_too(asked: dict[str, Any], understood: dict[str, Any]) -> None:
    """A filter property is an exact value or operators, of which those with an empty list say nothing."""
    assert read(BODY, {"name": "m", "filter": asked}, V8_10)["filter"] == understood
