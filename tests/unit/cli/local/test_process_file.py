"""Which process of a BPMN file is run, and which files are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.local.process_file import read_process_file

from tests.unit.cli.local.bpmn import INBOUND_START, MESSAGE_START, NONE_START, PROCESS, bpmn


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
        pytest.param("not XML", "is not BPMN: it is no XML (line 1, column 1)", id="not-xml"),
        pytest.param(
            "<a", "is not BPMN: a tag or a text in quotes is not closed (line 1, column 1)", id="cut"
        ),
        pytest.param("<a></b>", "a closing tag does not fit the tag that is open (line 1, ", id="mixed"),
        pytest.param(" ", "is empty.", id="empty"),
        pytest.param("<html />", "is not BPMN: its root is <html>", id="not-bpmn"),
        pytest.param(PROCESS.format(start="", executable="false"), "holds no executable process", id="draft"),
    ],
)
def test_a_file_that_is_not_a_process_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """
    A file that cannot be run is refused with its path and what is wrong with it.
    """
    path = tmp_path / "process.bpmn"
    path.write_text(text)

    with pytest.raises(UsageError, match=re.escape(told)) as refusal:
        read_process_file(path)

    assert str(path) in str(refusal.value)


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
