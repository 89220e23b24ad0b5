"""Our templates bind everything that the official ones bind, so a diagram moves over without a loss."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.templates.official import templates
from tests.templates.ours import SUCCESSORS, Template, active, binding, ours

BY_ID = [pytest.param(official, name, id=name) for official, name in SUCCESSORS.items()]


def choices_of(template: Template) -> Iterator[dict[str, str]]:
    """Yield each combination of what the dropdowns that conditions name can be."""
    deciding = {
        each["condition"]["property"] for each in template["properties"] if each.get("condition") is not None
    }
    dropdowns = [each for each in template["properties"] if each.get("id") in deciding]
    values = [[choice["value"] for choice in each["choices"]] for each in dropdowns]
    for combination in product(*values):
        yield dict(zip((each["id"] for each in dropdowns), combination, strict=True))


@pytest.mark.parametrize(("official_id", "name"), BY_ID)
def test_each_binding_is_there_under_the_same_condition(official_id: str, name: str) -> None:
    """
    For every choice in the dropdowns, a binding of the official template is used exactly where ours uses it.
    """
    official, own = templates()[official_id], ours(name)
    known = {binding(each) for each in official["properties"]}
    combinations = list(choices_of(official))

    assert combinations
    for chosen in combinations:
        wanted = sorted(binding(each) for each in active(official, chosen))
        found = sorted(used for each in active(own, chosen) if (used := binding(each)) in known)
        assert found == wanted, chosen


@pytest.mark.parametrize(("official_id", "name"), BY_ID)
def test_each_field_keeps_its_id(official_id: str, name: str) -> None:
    """
    A field of the official template has the same id and binding in ours; a condition of its own is not one of
    the official fields.
    """
    official, own = templates()[official_id], ours(name)
    by_id = {each["id"]: each for each in own["properties"] if "id" in each}
    for prop in official["properties"]:
        if prop.get("id") is None:
            continue
        assert binding(by_id[prop["id"]]) == binding(prop), prop["id"]


@pytest.mark.parametrize(("official_id", "name"), BY_ID)
def test_hidden_values_and_choices_stay(official_id: str, name: str) -> None:
    """
    Hidden values are the same, and each choice of an official dropdown is still offered.
    """
    official, own = templates()[official_id], ours(name)
    hidden = {
        binding(each): each["value"]
        for each in own["properties"]
        if each["type"] == "Hidden" and "value" in each
    }
    offered = {
        each["id"]: {c["value"] for c in each["choices"]} for each in own["properties"] if "choices" in each
    }
    for prop in official["properties"]:
        if prop["type"] == "Hidden" and "value" in prop:
            assert hidden[binding(prop)] == prop["value"]
        if "choices" in prop:
            assert {choice["value"] for choice in prop["choices"]} <= offered[prop["id"]], prop["id"]


@pytest.mark.parametrize(("official_id", "name"), BY_ID)
def test_it_applies_to_the_same_elements(official_id: str, name: str) -> None:
    """
    The template is offered where the official one is, and makes the same element of it.
    """
    official, own = templates()[official_id], ours(name)

    assert own["appliesTo"] == official["appliesTo"]
    assert own["elementType"] == official["elementType"]
    assert own["category"] == official["category"]
    assert own["id"] != official["id"]
