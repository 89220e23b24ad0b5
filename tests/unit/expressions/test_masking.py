"""Secrets are masked in texts and JSON, in the forms in which they occur."""

from __future__ import annotations

import pytest
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.expressions.masking import mask_json, mask_text
from apify_camunda.json_types import Json

LONG_SECRET = "0123456789" * 3


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("Bearer abc", {"abc"}, "Bearer ***"),
        ("abcdef abc", {"abc", "abcdef"}, "*** ***"),
        ("nothing", {"abc"}, "nothing"),
        ("nothing", set(), "nothing"),
        ("nothing", {""}, "nothing"),
        ("a.c abc", {"a.c"}, "*** abc"),
    ],
)
def test_secrets_are_masked(text: str, secrets: set[str], masked: str) -> None:
    """Each secret becomes three asterisks, the longest first; an empty one hides nothing."""
    assert mask_text(text, secrets) == masked


def test_secrets_are_masked_at_any_depth() -> None:
    """Texts and names are masked at every depth; other values stay."""
    value: Json = {"abc": ["abc", {"x": "1abc2"}], "n": 5, "none": None, "flag": True}
    assert mask_json(value, {"abc"}) == {"***": ["***", {"x": "1***2"}], "n": 5, "none": None, "flag": True}


@pytest.mark.parametrize("beginning", [4, 20, 29])
def test_the_beginning_of_a_secret_before_a_cut_is_masked(beginning: int) -> None:
    """Where a text was cut before secrets are known, a secret's beginning before the mark is hidden."""
    text = excerpt("y" * 10 + LONG_SECRET, 10 + beginning)
    assert (
        mask_text(f"Apify said: {text} And more...", {LONG_SECRET})
        == "Apify said: yyyyyyyyyy***... And more..."
    )


@pytest.mark.parametrize(
    "shown",
    [
        r"""{"password": "p\"q\\r s/t\u00fc"}""",
        r"""{"password": "p\"q\\r s/tü"}""",
        "GET /?p=p%22q%5Cr%20s%2Ft%C3%BC",
        "GET /?p=p%22q%5Cr+s%2Ft%C3%BC",
        "GET /p%22q%5Cr%20s/t%C3%BC",
    ],
)
def test_secrets_are_masked_as_json_and_urls_write_them(shown: str) -> None:
    """A secret that was quoted into JSON, or encoded for a URL, is hidden like the secret itself."""
    masked = mask_text(shown, {'p"q\\r s/tü'})
    assert "***" in masked
    assert "s/t" not in masked.lower()
    assert "%2f" not in masked.lower()
