"""Why a text is not JSON, in the words of a modeller."""

from __future__ import annotations

import pytest
from apify_camunda.expressions.strict_json import json_fault, read_json


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{a: 1}", "a name in double quotes is missing (line 1, column 2)"),
        (
            '{"a": tea}',
            "a value is missing, or a text without double quotes is in its place (line 1, column 7)",
        ),
        ('{"a": 1 "b": 2}', "a comma or a closing bracket is missing (line 1, column 9)"),
        ('{"a" 1}', "a colon is missing after a name (line 1, column 6)"),
        ('{"a": "x', "a text has no closing quote (line 1, column 7)"),
        ('{"a": "x\ny"}', "a text holds a line break or another control character (line 1, column 9)"),
        ('{"a": "\\d"}', "a backslash is not followed by what JSON allows (line 1, column 8)"),
        ('{"a": 1}\n}', "something follows after the end of the value (line 2, column 1)"),
        ('{"a": NaN}', "NaN is no JSON value"),
    ],
)
def test_fault_is_said_in_plain_words_with_its_place(text: str, fault: str) -> None:
    """Python's own words speak of delimiters and properties; the place stays."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        read_json(text)
    assert json_fault(refused.value) == fault
