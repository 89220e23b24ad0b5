"""How a job's variables are read: as leniently as the reference, and refused in its words."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.operations.get_dataset_items import GetDatasetItems
from apify_camunda.outbound.operations.request import read_request
from apify_camunda.outbound.operations.run_actor import RunActor
from apify_camunda.outbound.operations.run_task import RunTask
from apify_camunda.outbound.operations.scrape_single_url import ScrapeSingleUrl

from tests import builders_outbound as a


def actor_input(**inputs: Json) -> RunActor:
    operation = read_request(a.run_actor(**inputs)).operation
    assert isinstance(operation, RunActor)
    return operation


def refusal(variables: JsonObject) -> str:
    with pytest.raises(InvalidInput) as refused:
        read_request(variables)
    return refused.value.message


@pytest.mark.parametrize(
    ("variables", "operation"),
    [
        (a.run_actor(), "runActor"),
        (a.run_task(), "runTask"),
        (a.scrape(), "scrapeSingleUrl"),
        (a.get_items(), "getDatasetItems"),
        (a.get_record(), "getKeyValueStoreRecord"),
    ],
)
def test_each_operation_is_read(variables: JsonObject, operation: str) -> None:
    """The template's five operations are known by their names."""
    assert read_request(variables).operation.type == operation


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("60", 60),
        (60, 60),
        (60.0, 60),
        (60.9, 60),
        (" 60 ", 60),
        ("", None),
        (None, None),
        (["60"], 60),
        (2**31 - 1, 2**31 - 1),
    ],
)
def test_numbers_may_be_text(value: Json, number: int | None) -> None:
    """A number, its text, and a list of one are the same; nothing is None."""
    assert actor_input(timeout=value).timeout == number


@pytest.mark.parametrize(
    "value",
    ["sixty", True, {}, [1, 2], "1e400", float("inf"), "NaN", 2**31, 1e10, "2147483648", "1" + "0" * 18],
)
def test_value_that_is_not_a_number_is_refused(value: Json) -> None:
    """Anything else is refused with its place and the wanted type."""
    assert refusal(a.run_actor(timeout=value)) == (
        "Json object contains an invalid field: apifyRequestInput, runActorInput, timeout. "
        "It Must be `Integer`"
    )


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        ("true", True),
        (True, True),
        ("TRUE", True),
        (1, True),
        ("false", False),
        (False, False),
        ("", False),
        (None, False),
    ],
)
def test_flags_may_be_text(value: Json, flag: bool) -> None:  # noqa: FBT001 - a column
    """A truth value may be text in any case; nothing is false."""
    assert actor_input(waitForFinish=value).wait_for_finish is flag


def test_absent_flag_is_false() -> None:
    """A diagram without `waitForFinish` does not wait."""
    variables = a.variables("runActor", "runActorInput", actorId="acme/crawler")
    operation = read_request(variables).operation
    assert isinstance(operation, RunActor)
    assert not operation.wait_for_finish


def test_value_that_is_not_a_flag_is_refused() -> None:
    """A word that is no truth value is refused."""
    assert "waitForFinish. It Must be `Boolean`" in refusal(a.run_actor(waitForFinish="perhaps"))


@pytest.mark.parametrize(
    ("value", "names"),
    [("a, b,,c ", ("a", "b", "c")), (["a", "b,c"], ("a", "b", "c")), ("", ()), (None, ()), (5, ("5",))],
)
def test_names_may_be_a_list(value: Json, names: tuple[str, ...]) -> None:
    """Fields may be given as a text with commas or as a list."""
    operation = read_request(a.get_items(fields=value)).operation
    assert isinstance(operation, GetDatasetItems)
    assert operation.fields == names


def test_unknown_properties_are_ignored() -> None:
    """What a newer template adds does no harm."""
    assert actor_input(ofTomorrow={"x": 1}).actor_id == "acme/crawler"


def test_numbers_are_texts_too() -> None:
    """A number where a text is wanted becomes its text."""
    assert actor_input(buildTag=1).build_tag == "1"


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        (a.run_actor(actorId=""), "apifyRequestInput.runActorInput.actorId"),
        (a.run_actor(actorId=None), "apifyRequestInput.runActorInput.actorId"),
        (a.run_task(taskId="  "), "apifyRequestInput.runTaskInput.taskId"),
        (a.get_items(datasetId=""), "apifyRequestInput.getDatasetItemsInput.datasetId"),
        (a.get_record(storeId=""), "apifyRequestInput.getKeyValueStoreRecordInput.storeId"),
        (a.get_record(recordKey=""), "apifyRequestInput.getKeyValueStoreRecordInput.recordKey"),
        (a.scrape(url=""), "apifyRequestInput.scrapeSingleUrlInput.url"),
        ({**a.run_actor(), "authentication": {"token": ""}}, "authentication.token"),
        ({**a.run_actor(), "authentication": None}, "authentication.token"),
        ({**a.run_actor(), "operation": {}}, "operation.type"),
    ],
)
def test_what_is_required_must_be_there(variables: JsonObject, place: str) -> None:
    """A required field that is empty is named; nothing of its value is."""
    assert f" - Property: {place}: Validation failed. Original message: must not be empty" in refusal(
        variables
    )


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (a.run_actor(timeout=-1), "timeout can't be negative"),
        (a.run_actor(memory="-128"), "memory can't be negative"),
        (a.run_actor(maxItems=-1), "maxItems can't be negative"),
        (a.run_task(timeout="-1"), "timeout can't be negative"),
        (a.get_items(offset="-1"), "offset can't be negative"),
        (a.get_items(limit=-5), "limit can't be negative"),
        (a.run_actor(maxTotalChargeUsd="much"), "must be an amount in US dollars"),
        (a.run_actor(maxTotalChargeUsd="-1"), "must be an amount in US dollars"),
        (a.scrape(url="ftp://acme.example"), "URL must start with http:// or https://"),
        (a.scrape(url="acme.example"), "URL must start with http:// or https://"),
        (a.scrape(url="https://"), "URL must have a valid host"),
        (a.scrape(url="https://[::1"), "URL must have a valid host"),
        (
            a.scrape(crawlerType="puppeteer"),
            "Crawler type must be one of: cheerio, jsdom, playwright:adaptive, playwright:firefox",
        ),
        ({**a.run_actor(), "authentication": {"token": "t\u00f6ken"}}, "must be an API token"),
        ({**a.run_actor(), "authentication": {"token": "to\nken"}}, "must be an API token"),
    ],
)
def test_what_cannot_be_meant_is_refused(variables: JsonObject, reason: str) -> None:
    """Values out of range are refused in the reference's words."""
    assert reason in refusal(variables)


def test_all_violations_are_reported_at_once() -> None:
    """A modeller sees everything that is wrong, not only the first."""
    message = refusal({**a.run_actor(actorId="", timeout=-1), "authentication": {}})
    assert message.count(" - Property: ") == 3


def test_missing_section_is_named() -> None:
    """An operation without its inputs says which are missing."""
    variables = a.variables("runTask", "runActorInput", actorId="acme/crawler")
    assert refusal(variables) == "Error: runTaskInput is null"


def test_unknown_operation_is_named() -> None:
    """An operation that is not known is refused, with the names of those that are."""
    message = refusal({**a.run_actor(), "operation": {"type": "deleteAll"}})
    assert message.startswith("Unsupported operation type: deleteAll; known are runActor, runTask, ")


@pytest.mark.parametrize("section", ["text", 5, [1, 2]])
def test_section_that_is_not_an_object(section: Json) -> None:
    """Inputs that are no object are refused, never taken apart."""
    variables = {**a.run_actor(), "apifyRequestInput": {"runActorInput": section}}
    assert "It Must be `Object`" in refusal(variables)


def test_token_does_not_show() -> None:
    """A request can be shown without its token."""
    request = read_request(a.run_actor())
    assert request.token == "token-of-acme"
    assert "token-of-acme" not in repr(request)


def test_blanks_around_a_token_are_nothing() -> None:
    """A token that was pasted with a line break works."""
    assert (
        read_request({**a.run_actor(), "authentication": {"token": " token-of-acme\n"}}).token
        == "token-of-acme"
    )


@pytest.mark.parametrize(("variables", "model"), [(a.run_task(), RunTask), (a.scrape(), ScrapeSingleUrl)])
def test_every_run_has_the_new_options(variables: JsonObject, model: Any) -> None:
    """The options that we add are known to every operation that starts a run."""
    request: Any = variables["apifyRequestInput"]
    for section in request.values():
        section |= {"maxItems": "5", "failOnUnsuccessfulRun": "true", "cancelRunWhenJobIsGone": True}
    operation = read_request(variables).operation
    assert isinstance(operation, model)
    assert (operation.max_items, operation.fail_on_unsuccessful_run) == (5, True)
    assert operation.cancel_run_when_job_is_gone
