"""Which values the command line accepts, and how it refuses the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import as_utf8
from apify_camunda_cli.parameters import (
    age,
    emulator_or_url,
    host_and_port,
    http_url,
    json_object,
    moto_or_url,
    port_number,
    seconds,
)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param(
            "{",
            "--variables is not JSON: a name in double quotes is missing (line 1, column 2).",
            id="cut-off",
        ),
        pytest.param('{"a": NaN}', "--variables is not JSON: NaN is no number there.", id="nan"),
        pytest.param("[" * 100_000, "--variables is nested too deeply.", id="deep"),
        pytest.param("[1]", '--variables must be a JSON object like {"name": 1}, but is [1].', id="list"),
        pytest.param("@nowhere.json", "nowhere.json does not exist", id="no-file"),
    ],
)
def test_variables_that_are_not_an_object_are_refused(value: str, told: str) -> None:
    """
    Variables must be a JSON object, as text or in a file.
    """
    with pytest.raises(UsageError) as refusal:
        json_object(value, "--variables")

    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "meant"),
    [("30m", timedelta(minutes=30)), ("12h", timedelta(hours=12)), ("7d", timedelta(days=7))],
)
def test_duration_is_read_in_minutes_hours_and_days(value: str, meant: timedelta) -> None:
    """
    An age is a number with its unit.
    """
    assert age(value) == meant


def test_variables_come_from_a_file(tmp_path: Path) -> None:
    """
    `@FILE` reads the object from a file.
    """
    path = tmp_path / "variables.json"
    path.write_text('{"query": "tea"}')

    assert json_object(f"@{path}", "--variables") == {"query": "tea"}


@pytest.mark.parametrize(
    ("read", "value", "told"),
    [
        pytest.param(host_and_port, "localhost", "must be HOST:PORT", id="address-without-port"),
        pytest.param(host_and_port, "localhost:70000", "must be HOST:PORT", id="no-such-port"),
        pytest.param(port_number, "65536", "from 0 (a free one) to 65535", id="port-too-high"),
        pytest.param(port_number, "http", "from 0 (a free one) to 65535", id="port-is-no-number"),
        pytest.param(host_and_port, "https://cluster:443", "must be HOST:PORT", id="address-is-a-url"),
        pytest.param(port_number, "²", "from 0 (a free one) to 65535", id="port-is-no-decimal"),
        pytest.param(seconds, "0", "seconds above 0", id="no-time"),
        pytest.param(seconds, "nan", "seconds above 0", id="time-is-nan"),
        pytest.param(seconds, "1e15", "at most a year of them", id="time-without-end"),
        pytest.param(age, "7", "must be like 30m, 12h or 7d", id="age-without-unit"),
        pytest.param(age, "0d", "must be like 30m, 12h or 7d", id="no-age"),
        pytest.param(age, "1w", "must be like 30m, 12h or 7d", id="age-in-weeks"),
        pytest.param(http_url, "http://[::1", "must be a URL", id="bracket-is-open"),
        pytest.param(http_url, "http://host:99999", "must be a URL", id="port-of-a-url-too-high"),
        pytest.param(http_url, "http://:80", "must be a URL", id="no-host"),
        pytest.param(seconds, "soon", "seconds above 0", id="time-is-no-number"),
        pytest.param(emulator_or_url, "api.apify.com", "must be a URL", id="no-scheme"),
        pytest.param(emulator_or_url, "moto", "must be a URL", id="apify-is-no-moto"),
        pytest.param(moto_or_url, "emulator", "must be a URL", id="dynamodb-is-no-emulator"),
    ],
)
def test_value_out_of_its_range_is_refused(read: Callable[[str], object], value: str, told: str) -> None:
    """
    What is no port, address or time is refused with the value and what it should be.
    """
    with pytest.raises(UsageError) as refusal:
        read(value)

    assert told in str(refusal.value)
    assert value in str(refusal.value)


def test_json_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """
    What some editors put before the text is no part of it.
    """
    path = tmp_path / "variables.json"
    path.write_text('{"query": "tea"}', encoding="utf-8-sig")

    assert json_object(f"@{path}", "--variables") == {"query": "tea"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [("tea", "tea"), ("t\u00e9", "t\u00e9"), ("t\udcc3\udca9", "t\u00e9"), ("t\udce9", "t\ufffd")],
    ids=["ASCII", "UTF-8", "UTF-8 in a locale without it", "no UTF-8"],
)
def test_argument_is_read_as_utf_8_in_every_locale(given: str, meant: str) -> None:
    """
    What Python could not decode by the locale is UTF-8, or else replaced; variables hold no half characters.
    """
    assert as_utf8(given) == meant
    assert json_object(f'{{"query": "{given}"}}', "--variables") == {"query": meant}
