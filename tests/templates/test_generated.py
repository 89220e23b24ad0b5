"""The generated templates: up to date, complete, and with what a modeller needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from apify_camunda.apify.model import TERMINAL_EVENT_TYPES
from apify_camunda.feel import Evaluated, evaluate
from element_templates.build import ARCHIVE, FOLDER, drift, files, release, write
from element_templates.inbound_fields import CONDITIONS
from element_templates.models import operations
from element_templates.template import VERSION
from element_templates.texts.operations import OPERATION_TEXTS

from tests.templates.ours import EVERY_FILE, NAMES, Template, active, binding, ours, read

SIMPLE_FIELDS = 6


def test_folder_is_as_the_models_say() -> None:
    """
    A change of a model or a text needs the templates that follow from it: `make templates`.
    """
    assert drift() == []
    assert set(files()) == set(EVERY_FILE)


def test_drift_names_each_file(tmp_path: Path) -> None:
    """
    A changed, a missing and a superfluous file are each told.
    """
    write(tmp_path)
    assert drift(tmp_path) == []
    (tmp_path / "apify-outbound.json").write_text("{}")
    (tmp_path / "apify-start-event.json").unlink()
    (tmp_path / "hybrid" / "old-hybrid.json").write_text("{}")

    assert drift(tmp_path) == [
        "apify-outbound.json: differs from the models",
        "apify-start-event.json: is not there",
        "hybrid/old-hybrid.json: no template makes it",
    ]
    write(tmp_path)
    assert drift(tmp_path) == []


def test_release_archives_a_version_once(tmp_path: Path) -> None:
    """
    A released version is kept under versioned/ and is never written over.
    """
    write(tmp_path)
    copies = release(tmp_path)

    assert sorted(copy.name for copy in copies) == sorted(f"{name}-{VERSION}.json" for name in NAMES)
    with pytest.raises(FileExistsError, match="raise VERSION"):
        release(tmp_path)


def test_archive_holds_only_older_versions() -> None:
    """
    What is archived has a lower version than what is offered, and each of its bindings still exists.
    """
    for path in (FOLDER / ARCHIVE).glob("*.json"):
        name, _, version = path.stem.rpartition("-")
        assert int(version) < VERSION
        current = {binding(each) for each in ours(name)["properties"]}
        archived = read(f"{ARCHIVE}/{path.name}")
        assert {binding(each) for each in archived["properties"]} <= current


def test_each_input_of_each_operation_has_a_text() -> None:
    """
    The models and the texts name the same operations with the same inputs.
    """
    told = {name: set(text.fields) for name, text in OPERATION_TEXTS.items()}

    assert {each.type: {field.name for field in each.fields} for each in operations()} == told


@pytest.mark.parametrize("file", EVERY_FILE)
def test_head(file: str) -> None:
    """
    Each template says what it is, for which Camunda, where its page is, and has an icon and keywords.
    """
    template = read(file)

    assert template["$schema"].endswith("zeebe-element-templates-json-schema/resources/schema.json")
    assert template["engines"] == {"camunda": "^8.10" if file.startswith("camunda-8.10/") else "^8.8"}
    assert template["version"] == VERSION
    assert {"apify", "actor", "scraping"} <= set(template["keywords"])
    assert template["documentationRef"].startswith("https://")
    assert template["icon"]["contents"].startswith("data:image/svg+xml;base64,")
    assert template["id"].endswith("-hybrid") is file.startswith("hybrid/")


@pytest.mark.parametrize("file", EVERY_FILE)
def test_ids_are_unique(file: str) -> None:
    """
    Each field has an id of its own, so that conditions and presets mean one field.
    """
    ids = [each["id"] for each in read(file)["properties"] if "id" in each]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_each_field_explains_itself(name: str) -> None:
    """
    A field that a modeller sees has a label and a description, and a tooltip with an example unless it is a
    plain choice.
    """
    for prop in ours(name)["properties"]:
        if prop["type"] == "Hidden":
            continue
        assert prop["label"], prop
        assert prop["description"].endswith("."), prop["id"]
        assert prop["group"] in {group["id"] for group in ours(name)["groups"]}
        if prop["type"] in ("String", "Text"):
            assert "Example" in prop["tooltip"], prop["id"]


def open_fields(template: Template, chosen: dict[str, str]) -> list[str]:
    """Return the labels of the fields that a modeller sees without opening a group."""
    is_open = {group["id"] for group in template["groups"] if group.get("openByDefault")}
    return [each["label"] for each in active(template, chosen) if each.get("group") in is_open]


@pytest.mark.parametrize("name", NAMES)
def test_the_simple_case_shows_at_most_six_fields(name: str) -> None:
    """
    Everything else is prefilled or optional, and is in a group that is closed at first.
    """
    template = ours(name)

    assert len(open_fields(template, {})) == SIMPLE_FIELDS
    if name == "apify-outbound":
        for operation in operations():
            assert len(open_fields(template, {"operation.type": operation.type})) <= SIMPLE_FIELDS


@pytest.mark.parametrize("name", NAMES)
def test_what_is_prefilled(name: str) -> None:
    """
    The token is a reference to a secret; results have names; no required field is in a closed group, unless
    it is prefilled.
    """
    template = ours(name)
    is_open = {group["id"] for group in template["groups"] if group.get("openByDefault")}
    by_id = {each["id"]: each for each in template["properties"] if "id" in each}

    assert by_id["authentication.token"]["value"] == "{{secrets.APIFY_TOKEN}}"
    assert by_id["resultVariable"]["value"]
    assert by_id["resultExpression"]["value"].startswith("=")
    for prop in template["properties"]:
        if (prop.get("constraints") or {}).get("notEmpty") and prop["group"] not in is_open:
            assert "value" in prop or "generatedValue" in prop, prop["id"]


def test_hybrid_variants_let_the_type_be_set() -> None:
    """
    The fixed type becomes a field with the same binding and the type as its default.
    """
    outbound = {binding(each): each for each in read("hybrid/apify-outbound-hybrid.json")["properties"]}
    inbound = {binding(each): each for each in read("hybrid/apify-start-event-hybrid.json")["properties"]}

    job_type = outbound["zeebe:taskDefinition", "type"]
    assert (job_type["type"], job_type["value"]) == ("String", "io.camunda:apify-outbound:1")
    connector_type = inbound["zeebe:property", "inbound.type"]
    assert (connector_type["type"], connector_type["value"]) == ("String", "io.camunda:apify-inbound:1")


def test_each_operation_is_an_entry_of_the_menu() -> None:
    """
    In the build for 8.10 a leaf of the menu leads to each operation, and chooses it.
    """
    template = read("camunda-8.10/apify-outbound.json")
    leaves = [leaf["presetId"] for step in template["steps"] for leaf in step["steps"]]
    presets = {preset["id"]: preset["properties"] for preset in template["presets"]}

    assert sorted(leaves) == sorted(presets) == sorted(each.type for each in operations())
    assert all(values["operation.type"] == name for name, values in presets.items())


@pytest.mark.parametrize("ttl", ["", "PT1H", "P1D", "PT0S", "P1DT12H", "P2W", "PT1.5S", '=duration("PT1H")'])
def test_message_ttl_takes_each_duration(ttl: str) -> None:
    """
    The field accepts all durations that the engine takes, days too, and FEEL.
    """
    assert re.search(ttl_pattern(), ttl)


@pytest.mark.parametrize("ttl", ["P", "PT", "P1DT", "1H", "PT1D", "P1H", "one hour"])
def test_message_ttl_refuses_text_that_is_not_a_duration(ttl: str) -> None:
    """
    What is no duration is refused in Modeler already.
    """
    assert not re.search(ttl_pattern(), ttl)


def ttl_pattern() -> str:
    (field,) = (each for each in ours("apify-boundary-event")["properties"] if each.get("id") == "messageTtl")
    pattern = field["constraints"]["pattern"]["value"]
    assert isinstance(pattern, str)
    return pattern


@pytest.mark.parametrize("choice", CONDITIONS)
def test_condition_of_a_choice_lets_its_events_in(choice: str) -> None:
    """
    The two choices share out the four ways in which a run can end.
    """
    wanted = {"succeeded": ["ACTOR.RUN.SUCCEEDED"]}.get(
        choice, ["ACTOR.RUN.ABORTED", "ACTOR.RUN.FAILED", "ACTOR.RUN.TIMED_OUT"]
    )
    found = []
    for event_type in sorted(TERMINAL_EVENT_TYPES):
        result = evaluate(CONDITIONS[choice], {"connectorData": {"eventType": event_type}})
        assert isinstance(result, Evaluated)
        if result.value is True:
            found.append(event_type)

    assert found == wanted


@pytest.mark.parametrize("choice", CONDITIONS)
def test_choice_of_event_writes_the_condition(choice: str) -> None:
    """
    A choice of events is stored as an activation condition, which any connector runtime understands.
    """
    (hidden,) = (
        each
        for each in active(ours("apify-boundary-event"), {"eventChoice": choice})
        if binding(each) == ("zeebe:property", "activationCondition")
    )

    assert (hidden["type"], hidden["value"]) == ("Hidden", CONDITIONS[choice])
