"""What a person gives on the command line, and what they are told when it cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.process_file import read_process_file
from apify_camunda_cli.usage import (
    UsageError,
    as_utf8,
    emulator_or_url,
    host_and_port,
    http_url,
    json_object,
    moto_or_url,
    port_number,
    seconds,
)

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <bpmn:process id="order" name="Order" isExecutable="{executable}">{start}</bpmn:process>
</bpmn:definitions>"""
NONE_START = '<bpmn:startEvent id="Start" />'
INBOUND_START = (
    '<bpmn:startEvent id="Start"><bpmn:extensionElements><zeebe:properties>'
    '<zeebe:property name="inbound.type" value="io.camunda:apify-inbound:1" />'
    "</zeebe:properties></bpmn:extensionElements></bpmn:startEvent>"
)
MESSAGE_START = '<bpmn:startEvent id="Start"><bpmn:messageEventDefinition /></bpmn:startEvent>'


def bpmn(folder: Path, start: str = NONE_START, executable: str = "true") -> Path:
    path = folder / "process.bpmn"
    path.write_text(PROCESS.format(start=start, executable=executable))
    return path


@pytest.mark.parametrize(
    ("start", "by_hand"),
    [(NONE_START, True), (INBOUND_START, False), (MESSAGE_START, False)],
    ids=["none", "inbound", "message"],
)
def test_only_a_none_start_is_started_by_hand(tmp_path: Path, start: str, by_hand: bool) -> None:  # noqa: FBT001
    """
    A start event that belongs to an inbound connector or a message waits for an event.
    """
    assert read_process_file(bpmn(tmp_path, start)).starts_by_hand is by_hand


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("not XML", "is not BPMN: syntax error: line 1, column 0", id="not-xml"),
        pytest.param("<html />", "is not BPMN: its root is <html>", id="not-bpmn"),
        pytest.param(PROCESS.format(start="", executable="false"), "holds no executable process", id="draft"),
    ],
)
def test_a_file_that_is_no_process_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """
    A file that cannot be run is refused with its path and what is wrong with it.
    """
    path = tmp_path / "process.bpmn"
    path.write_text(text)

    with pytest.raises(UsageError, match=told) as refusal:
        read_process_file(path)

    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param("{", "--variables is not JSON: Expecting property name", id="cut-off"),
        pytest.param('{"a": NaN}', "--variables is not JSON: NaN is no number there.", id="nan"),
        pytest.param("[" * 100_000, "--variables is nested too deeply.", id="deep"),
        pytest.param("[1]", '--variables must be a JSON object like {"name": 1}, but is [1].', id="list"),
        pytest.param("@nowhere.json", "nowhere.json does not exist", id="no-file"),
    ],
)
def test_variables_that_are_no_object_are_refused(value: str, told: str) -> None:
    """
    Variables must be a JSON object, as text or in a file.
    """
    with pytest.raises(UsageError) as refusal:
        json_object(value, "--variables")

    assert told in str(refusal.value)


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["local", "--process", "nowhere.bpmn"],
        ["local", "--serve", "--world", "nowhere.json"],
        ["local", "--serve", "--camunda-grpc", "127.0.0.1:26500"],
        ["local", "--serve", "--http-port", "99999"],
        ["local", "--serve", "--transport", "telegraph"],
        ["local", "--serve", "--bogus"],
        ["local"],
        ["local", "--serve", "--process", "p.bpmn"],
        ["local", "--serve", "--ready-file", "/"],
        ["status", "--stack", ""],
        ["webhooks"],
        ["nonsense"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    What cannot be used is told in one line on standard error, with exit code 2, before anything is started.
    """
    assert main(arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("apify-camunda: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--serve --variables {}", "--variables does not go with --serve: "),
        ("--serve --until 5", "--until does not go with --serve: "),
        ("--process P --ready-file r.json", "--ready-file does not go with --process: "),
        (
            "--process P --camunda-grpc h:1 --camunda-rest http://h",
            "--camunda-grpc does not go with --process",
        ),
        ("--process P --camunda-rest http://h", "--camunda-rest does not go with --process"),
        ("--serve --camunda engine --camunda-grpc h:1", "--camunda-grpc does not go with --camunda"),
        ("--serve --camunda standin --camunda-rest http://h", "--camunda-rest does not go with --camunda"),
        ("--serve --camunda-rest http://h", "--camunda-grpc and --camunda-rest go together"),
        ("--serve --apify http://h --world w.json", "--world does not go with --apify URL"),
        ("--serve --apify http://h --apify-port 1", "--apify-port does not go with --apify URL"),
    ],
)
def test_option_that_would_be_without_effect_is_refused(
    capsys: pytest.CaptureFixture[str], given: str, told: str
) -> None:
    """
    An option that the others make meaningless is refused with the reason, never ignored.
    """
    assert main(["local", *given.split()]) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"apify-camunda: {told}")
    assert said.count("\n") == 1


def test_variables_of_an_instance_that_an_event_starts_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What an event starts has the event's variables; others would be without effect, so they are refused.
    """
    process = str(bpmn(tmp_path, INBOUND_START))

    assert main(["local", "--process", process, "--variables", '{"query": "tea"}']) == 2

    assert "--variables would be without effect" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_process_is_read_as_its_file_says(tmp_path: Path, encoding: str) -> None:
    """
    A BPMN file may have any encoding that it declares, and is deployed byte by byte.
    """
    path = tmp_path / "process.bpmn"
    named = PROCESS.format(start=NONE_START, executable="true").replace("Order", "Prüfung")
    declared = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    path.write_bytes((declared + named).encode(encoding))

    read = read_process_file(path)

    assert (read.name, read.content) == ("Prüfung", path.read_bytes())


def test_json_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """
    What some editors put before the text is no part of it.
    """
    path = tmp_path / "variables.json"
    path.write_text('{"query": "tea"}', encoding="utf-8-sig")

    assert json_object(f"@{path}", "--variables") == {"query": "tea"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({"p.bpmn": "{}"}, "p.bpmn is not BPMN", id="process-is-no-bpmn"),
        pytest.param({"w.json": "{"}, "w.json", id="world-is-no-json"),
        pytest.param({"w.json": "{}"}, "w.json: users: wanted at least one", id="world-is-no-world"),
        pytest.param({"v.json": "nonsense"}, "v.json of --variables is not JSON", id="variables-are-no-json"),
        pytest.param({"s.json": "[]"}, "--secrets must be a JSON object", id="secrets-are-no-object"),
    ],
)
def test_file_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], told: str
) -> None:
    """
    A file that cannot be used is named in one line with what is wrong with it, exit code 2.
    """
    good = {
        "p.bpmn": PROCESS.format(start=NONE_START, executable="true"),
        "w.json": '{"users": [{"username": "acme", "tokens": ["token-of-acme"]}]}',
        "v.json": "{}",
        "s.json": "{}",
    }
    for name, text in (good | files).items():
        (tmp_path / name).write_text(text)
    given = {"--process": "p.bpmn", "--world": "w.json", "--variables": "@v.json", "--secrets": "s.json"}
    arguments = [
        part
        for option, name in given.items()
        for part in (option, f"@{tmp_path / name[1:]}" if name.startswith("@") else str(tmp_path / name))
    ]

    assert main(["local", *arguments]) == 2

    assert told in (said := capsys.readouterr().err)
    assert said.count("\n") == 1


def test_ready_file_needs_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A ready file that cannot be written is told before anything starts.
    """
    assert main(["local", "--serve", "--ready-file", str(tmp_path / "nowhere" / "ready.json")]) == 2

    assert "there is no folder" in capsys.readouterr().err


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
