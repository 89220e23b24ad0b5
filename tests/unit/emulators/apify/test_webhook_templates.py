"""Templates are filled as Apify fills them."""

from __future__ import annotations

from typing import Any

import pytest
from emulators.apify.webhook_templates import (
    DEFAULT_PAYLOAD_TEMPLATE,
    RUN_VARIABLES,
    InvalidTemplate,
    check_template,
    fill_template,
)

_VARIABLES: dict[str, Any] = {
    "userId": "u1",
    "createdAt": "2026-01-01T12:00:00.000Z",
    "eventType": "TEST",
    "eventData": {"actorId": "a1", "actorRunId": "r1"},
    "resource": {
        "id": "r1",
        "zero": 0,
        "empty": "",
        "no": False,
        "list": [1],
        "none": None,
        "text": 'a "b" {{userId}}',
    },
    "globals": {"dateISO": "2026-01-01T12:00:00.000Z", "dateUnix": 1767268800000},
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('{"a": {{userId}}}', {"a": "u1"}),
        ("{{eventData}}", {"actorId": "a1", "actorRunId": "r1"}),
        ("[{{resource.id}}, {{globals.dateUnix}}]", ["r1", 1767268800000]),
        ('{"a": {{resource.list}}}', {"a": [1]}),
        ('{"a": {{resource.missing.deeper}}}', {"a": None}),
        (
            '{"a": {{resource.zero}}, "b": {{resource.empty}}, "c": {{resource.no}}}',
            {"a": None, "b": None, "c": None},
        ),
        ('{"a": "{{userId}} stays"}', {"a": "{{userId}} stays"}),
        (r'{"a": "quote \" {{userId}}", "b": {{userId}}}', {"a": 'quote " {{userId}}', "b": "u1"}),
        ('{"a": {{resource.text}}}', {"a": 'a "b" {{userId}}'}),
    ],
)
def test_outside_strings(template: str, value: Any) -> None:
    """A variable outside strings becomes JSON; false, zero, empty and missing values become null."""
    assert fill_template(template, _VARIABLES, interpolate_strings=False) == value


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('"{{userId}}"', "u1"),
        ('{"a": "{{eventData}}"}', {"a": {"actorId": "a1", "actorRunId": "r1"}}),
        ('{"a": "{{globals.dateUnix}}"}', {"a": 1767268800000}),
        ('{"a": "run {{resource.id}} of {{userId}}"}', {"a": "run r1 of u1"}),
        ('{"a": "{{resource.zero}} {{resource.none}} {{resource.no}}"}', {"a": "0 null false"}),
        ('{"a": "{{resource.missing}}"}', {"a": None}),
        ('{"a": ["{{userId}}", {"b": "{{userId}}!"}]}', {"a": ["u1", {"b": "u1!"}]}),
        ('{"a": "x {{eventData}}"}', {"a": "x [object Object]"}),
        ('{"a": {{userId}}, "b": "{{ userId }}"}', {"a": "u1", "b": "{{ userId }}"}),
    ],
)
def test_inside_strings(template: str, value: Any) -> None:
    """Where strings are interpolated, a string that is one variable takes its type, others take its text."""
    assert fill_template(template, _VARIABLES, interpolate_strings=True) == value


def test_the_default_template_names_five_variables() -> None:
    """Without a template the payload is user, time, type, data and resource."""
    filled = fill_template(DEFAULT_PAYLOAD_TEMPLATE, _VARIABLES, interpolate_strings=True)

    assert list(filled) == ["userId", "createdAt", "eventType", "eventData", "resource"]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('{"a": {{unknown}}}', "Invalid payload template variable: unknown"),
        ('{"a": {{unknown.id}}}', "Invalid payload template variable: unknown.id"),
        ('{"a": "{{unknown}}"}', "Invalid payload template variable: unknown"),
        ('{"a": "x {{unknown}}"}', "Invalid payload template variable: unknown"),
        ('{"a": }', "not JSON"),
        ("", "not JSON"),
        ('{"a": {{userId}', "not JSON"),
    ],
)
def test_a_template_is_checked_when_its_webhook_is_created(template: str, message: str) -> None:
    """An unknown variable and broken JSON are seen before any event."""
    with pytest.raises(InvalidTemplate, match=message):
        check_template(template, interpolate_strings=True)


def test_unknown_variables_in_strings_are_text_where_strings_are_not_interpolated() -> None:
    """Strings are not interpolated unless that is asked for."""
    assert check_template('{"a": "{{unknown}}"}', interpolate_strings=False) == {"a": "{{unknown}}"}


def test_the_variables_are_those_of_apify() -> None:
    """Six names may begin a variable."""
    assert set(_VARIABLES) == RUN_VARIABLES
