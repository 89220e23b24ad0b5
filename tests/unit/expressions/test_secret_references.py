"""How references to secrets are found and resolved."""

from __future__ import annotations

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.secret_references import MISSING_SECRET, names_in, resolve, sole_reference
from apify_camunda.json_types import Json

SECRETS = {
    "A": "alpha",
    "A/B": "slash",
    "A.B": "dot",
    "TEST": "t",
    "LOOP": "{{secrets.A}} secrets.A",
    "q": 'say "hi"\n',
}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("secrets.A/B", {"A/B"}),
        ("secrets.A.B", {"A.B"}),
        ("{secrets.TEST}", {"TEST"}),
        ("secrets.TEST TEST", {"TEST"}),
        ("Bearer secrets.TEST.", {"TEST"}),
        ("{{secrets.A}}{{ secrets.TEST }}", {"A", "TEST"}),
        ("{{secrets.a-b_c}}", {"a-b_c"}),
        ("secrets._TEST", set()),
        ("secrets.-TEST", set()),
        ("secrets..TEST", set()),
        ("secrets.", set()),
        ("my.secrets.x", set()),
        ("topsecrets.x", set()),
        ("Please keep our secrets safe.", set()),
    ],
)
def test_what_is_a_reference(text: str, names: set[str]) -> None:
    """Both forms are found; what merely looks like one is left alone."""
    assert names_in(text) == names


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("{{secrets.A}}", "alpha"),
        ("x {{ secrets.A }} y secrets.TEST", "x alpha y t"),
        ({"a": ["secrets.A", 1, None, True]}, {"a": ["alpha", 1, None, True]}),
        ({"secrets.A": 1}, {"secrets.A": 1}),
        ("{{secrets.q}}", 'say "hi"\n'),
    ],
)
def test_values_are_resolved_where_they_stand(value: Json, resolved: Json) -> None:
    """Text at any depth is resolved; keys, numbers and the rest stay."""
    assert resolve(value, SECRETS) == resolved


def test_one_pass_only() -> None:
    """A secret that looks like a reference is not resolved again."""
    assert resolve("{{secrets.LOOP}}", SECRETS) == "{{secrets.A}} secrets.A"


def test_missing_secret_is_named() -> None:
    """A secret that does not exist is an error with its name."""
    with pytest.raises(InvalidInput, match="Secret with name 'NOPE' is not available") as caught:
        resolve({"a": "{{secrets.NOPE}}"}, SECRETS)

    assert caught.value.code == MISSING_SECRET


def test_disallowed_name_stays_as_it_is() -> None:
    """What an element may not use stays unresolved, whether it exists or not."""
    text = "{{secrets.A}} {{secrets.TEST}} {{secrets.NOPE}}"

    assert resolve(text, SECRETS, allowed={"TEST"}) == "{{secrets.A}} t {{secrets.NOPE}}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" {{secrets.A}} ", "A"),
        ("secrets.A", "A"),
        ("x secrets.A", None),
        ("secrets.A + 1", None),
        ("", None),
    ],
)
def test_sole_reference(text: str, name: str | None) -> None:
    """A text that is one reference and nothing else is recognized."""
    assert sole_reference(text) == name


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece", ["{{secrets.", "{{secrets.a", "{{ secrets.a ", "secrets.a/", "secrets.a-b", "{{ ", "secrets."]
)
def test_hostile_text_is_read_in_one_pass(piece: str) -> None:
    """References that never end cost no more time than other text: a customer's text may be long."""
    assert len(names_in(piece * (400_000 // len(piece)))) <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"key": "{{secrets.QUOTE}}"}', '{"key": "a\\"b\\nc"}'),
        ('["Bearer {{ secrets.QUOTE }}"]', '["Bearer a\\"b\\nc"]'),
        ("Bearer {{secrets.QUOTE}}", 'Bearer a"b\nc'),
        ('{"key": {{secrets.QUOTE}}}', '{"key": a"b\nc}'),
    ],
)
def test_json_text_stays_json(text: str, expected: str) -> None:
    """A secret with quotes and line breaks is escaped in a text that is JSON, and only there."""
    assert resolve(text, {"QUOTE": 'a"b\nc'}) == expected
