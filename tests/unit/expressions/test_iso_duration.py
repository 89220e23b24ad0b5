"""Which texts are durations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.expressions.iso_duration import parse_iso_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT1H", timedelta(hours=1)),
        ("pt1h2m3.5s", timedelta(hours=1, minutes=2, seconds=3.5)),
        ("P1D", timedelta(days=1)),
        ("P1DT1S", timedelta(days=1, seconds=1)),
        ("PT0S", timedelta()),
        ("PT-6H+3M", timedelta(hours=-6, minutes=3)),
        ("-PT6H", timedelta(hours=-6)),
        ("-PT-6H", timedelta(hours=6)),
        ("+PT6H", timedelta(hours=6)),
        ("PT1,5S", timedelta(seconds=1.5)),
        (" PT1S ", timedelta(seconds=1)),
        ("PT36H", timedelta(hours=36)),
    ],
)
def test_duration(text: str, duration: timedelta) -> None:
    """What java.time.Duration reads is read alike."""
    assert parse_iso_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "1H",
        "PT1",
        "PT1.5H",
        "P1M",
        "P1Y",
        "P1W",
        "PT1M1H",
        "PT1H P1D",
        "PT٣S",
        "PT999999999999H",
    ],
)
def test_no_duration(text: str) -> None:
    """What java.time.Duration refuses, or what is beyond any use, is none."""
    assert parse_iso_duration(text) is None
