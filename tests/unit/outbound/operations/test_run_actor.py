"""How an Actor is started."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.json_types import Json, JsonObject

from tests import builders_outbound as a
from tests.unit.outbound.operations.reading import run_operation

NOT_AN_OBJECT = [
    "not JSON",
    '{"a": 1,}',
    "{a: 1}",
    "[1]",
    "5",
    "true",
    "null",
    '{"a": NaN}',
    '{"a": 1e999}',
    "[" * 100_000,
    [1],
    5,
    True,
]


@pytest.mark.parametrize(
    ("given", "sent"), [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), (None, {}), ("", {}), (" ", {})]
)
def test_input_is_an_object(given: Json, sent: Json) -> None:
    """An object or a text that holds one is sent; without an input the Actor gets an empty one."""
    assert run_operation(a.run_actor(inputJson=given)).start_request().input == sent


@pytest.mark.parametrize("given", NOT_AN_OBJECT)
def test_input_that_is_not_an_object_is_refused(given: Json) -> None:
    """A run costs money: an input that cannot be read as an object starts none."""
    with pytest.raises(InvalidInput, match=r"'Input'.*No run was started") as refused:
        run_operation(a.run_actor(inputJson=given)).start_request()
    assert refused.value.code is ErrorCode.INVALID_INPUT


@pytest.mark.parametrize("given", ['{"a": 1, }', '{"a": 1,}', '{"a": [1, 2,\n]}'])
def test_comma_before_the_end_of_an_input_is_named(given: str) -> None:
    """A comma after the last entry is the most frequent mistake in JSON: the message says to remove it."""
    with pytest.raises(InvalidInput, match="Remove the comma before the closing bracket"):
        run_operation(a.run_actor(inputJson=given)).start_request()


@pytest.mark.parametrize("given", ['{"a": "1, }"', "[1 2]", '{"a" 1}', '{"a": NaN, }'])
def test_other_mistakes_in_an_input_are_not_called_a_comma(given: str) -> None:
    """Where the mistake is another one, nothing is said about commas."""
    with pytest.raises(InvalidInput, match="is not valid JSON") as refused:
        run_operation(a.run_actor(inputJson=given)).start_request()
    assert "Remove the comma" not in refused.value.message


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"code": "a\nb"}', r"Camunda turns \n in a plain text into a line break"),
        ('{"code": "a\rb"}', r"Camunda turns \r in a plain text into a carriage return"),
        ('{"code": "a\tb"}', r"Camunda turns \t in a plain text into a tab"),
        ('{"code": "a\bb"}', r"Camunda turns \b in a plain text into a backspace character"),
        ('{"code": "a\fb"}', r"Camunda turns \f in a plain text into a form feed"),
        ('{"code": "\\d+"}', r"Camunda turns \\ in a plain text into \ "),
    ],
)
def test_refusal_tells_what_camunda_did_to_a_backslash(given: str, told: str) -> None:
    """Camunda resolves backslashes of a plain text; the refusal says so, and that `=` helps."""
    with pytest.raises(InvalidInput) as refused:
        run_operation(a.run_actor(inputJson=given)).start_request()
    assert told in refused.value.message
    assert "Begin the input with '='" in refused.value.message


@pytest.mark.parametrize("given", ['{"a": 1,}', '{"a": "\x01"}', '{"a": NaN}', "not JSON"])
def test_refusal_of_other_texts_blames_no_backslash(given: str) -> None:
    """A text without a backslash is refused without a hint at Camunda."""
    with pytest.raises(InvalidInput) as refused:
        run_operation(a.run_actor(inputJson=given)).start_request()
    assert "Camunda" not in refused.value.message


def test_all_limits_are_asked_for() -> None:
    """Timeout, memory, build and both caps reach the request; blank ones do not."""
    limits: JsonObject = {
        "timeout": "60",
        "memory": "256",
        "buildTag": " beta ",
        "maxItems": "5",
        "maxTotalChargeUsd": "2.5",
    }
    assert run_operation(a.run_actor(**limits)).start_request() == StartRun(
        kind=ResourceKind.ACTOR,
        resource_id="acme~crawler",
        input={"url": "https://acme.example"},
        timeout=timedelta(seconds=60),
        memory_mbytes=256,
        build="beta",
        max_items=5,
        max_total_charge_usd="2.5",
    )
    assert run_operation(a.run_actor(**dict.fromkeys(limits, ""))).start_request() == a.start_request()


@pytest.mark.parametrize(
    ("variables", "expected"), [(a.run_actor(), True), (a.run_actor(waitForFinish=False), False)]
)
def test_waits_where_the_model_says_so(variables: JsonObject, expected: bool) -> None:  # noqa: FBT001 - a column
    """The job waits for the run only if the process says so."""
    assert run_operation(variables).waits is expected
