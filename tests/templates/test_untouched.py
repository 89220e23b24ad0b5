"""An element to which a template was applied, and nothing more: it says which fields are missing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.outbound.operations.request import read_request
from element_templates.models import operations

from tests.templates.ours import active, ours

ONE_OF_TWO = {"getLastRun": {"apifyRequestInput.getLastRunInput.actorId"}}
"""It needs an Actor or a task: the template can mark neither as required, and the model names the first."""


def untouched(operation: str) -> tuple[dict[str, Any], set[str]]:
    """Return the variables of a job whose fields have their defaults, and the fields that are required."""
    fields = [
        each
        for each in active(ours("apify-outbound"), {"operation.type": operation})
        if each["binding"]["type"] == "zeebe:input"
    ]
    variables: dict[str, Any] = {}
    for field in fields:
        place = variables
        *path, name = field["binding"]["name"].split(".")
        for part in path:
            place = place.setdefault(part, {})
        place[name] = operation if field["id"] == "operation.type" else field.get("value")
    required = {
        field["binding"]["name"]
        for field in fields
        if (field.get("constraints") or {}).get("notEmpty") and "value" not in field
    }
    return variables, required


@pytest.mark.parametrize("operation", [each.type for each in operations()])
def test_each_required_field_is_named(operation: str) -> None:
    """
    What the template marks as required is what the model demands; the message names each field once.
    """
    variables, required = untouched(operation)
    required |= ONE_OF_TWO.get(operation, set())
    if not required:
        read_request(variables)
        return
    with pytest.raises(InvalidInput) as refused:
        read_request(variables)

    named = re.findall(r"Property: ([\w.]+): .*must not be empty", refused.value.message)
    assert sorted(named) == sorted(required)
