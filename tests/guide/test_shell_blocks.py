"""What a reader types is run here, or it is said why not: one table for all blocks of all documents."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.command import EXAMPLES, TIMEOUT_S, environment, serving, when_ready
from tests.guide.documents import ROOT, shell_lines

SERVED: Final = (
    "apify-camunda local --serve --ready-file ready.json",
    "apify-camunda deploy examples/async-actor.bpmn --ready ready.json",
    """apify-camunda start async-actor --variables '{"query": "tea"}' --ready ready.json""",
    "apify-camunda instances list --ready ready.json",
    "apify-camunda status --ready ready.json",
)
"""The session of the README: the first line stays, the others are typed in another terminal."""
ALONE: Final = (
    "apify-camunda local --help",
    "apify-camunda local --process examples/boundary-event.bpmn --world examples/boundary-event.world.json",
    """apify-camunda local --process first.bpmn --variables '{"url": "https://example.com/"}'""",
    "apify-camunda local --process first.bpmn --secrets secrets.json",
    "apify-camunda templates install",
    "apify-camunda templates export ./apify-templates",
    "apify-camunda templates upgrade order.bpmn",
)
"""Each is typed in a folder with the examples and the reader's own files."""
NOT_RUN: Final = {
    "aws *": "needs an AWS account",
    "docker run *": "needs Docker",
    "*apify-camunda ui --stack *": "needs an AWS account",
    "*sam local invoke *": "needs Docker; `make sam-local-check` runs each event",
    "* --camunda engine *": "needs a JDK and Maven; tests/integration/test_real_command.py runs it",
    "echo *": "writes a secret of the reader's",
    "cloudflared *": "needs the network",
    "* --apify https://api.apify.com *": "needs the network and an account at Apify",
    "* --camunda-rest https://REGION*": "needs the network and a cluster",
    "* --serve order.bpmn *": "serves a process of the reader's; tests/e2e/test_page.py runs the option",
    "* start order *": "starts a process of the reader's; the session of the README runs the command",
    "* deploy order.bpmn *": "deploys a process of the reader's; the session of the README runs the command",
    "* events send *": "needs a served process of the reader's; tests/e2e/test_page.py sends events",
    "* recorded/test_recorded.py": "needs a file that the page saves; tests/e2e/test_page_saved.py runs one",
    "*examples/NAME.bpmn*": "stands for every example; tests/e2e/test_examples.py runs each",
}
"""Patterns of lines that are not run here, each with its reason."""


def plain(line: str) -> str:
    return line.removeprefix("$ ").removeprefix(".venv/bin/")


LINES: Final = sorted({plain(each.line) for each in shell_lines()})


def reasons(line: str) -> list[str]:
    return [pattern for pattern in NOT_RUN if fnmatchcase(line, pattern)]


def test_each_line_is_run_or_says_why_not() -> None:
    """
    A new block needs a decision: it is run, it is a target of make, or the table says why neither.
    """
    known = {*SERVED, *ALONE}
    unknown = [
        line for line in LINES if line not in known and not line.startswith("make ") and not reasons(line)
    ]
    assert unknown == []


def test_no_entry_of_the_tables_is_stale() -> None:
    """
    What is listed is still in a document.
    """
    assert [line for line in (*SERVED, *ALONE) if line not in LINES] == []
    assert [pattern for pattern in NOT_RUN if not any(fnmatchcase(line, pattern) for line in LINES)] == []


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_target_of_make_exists(line: str) -> None:
    """
    Each `make` of the documents names a target; running them is what the pipeline does.
    """
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    words = [word for word in shlex.split(line)[1:] if "=" not in word]
    assert set(words) <= set(targets), line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder as a reader has it: the examples, a first process, one of the official templates."""
    (tmp_path / "examples").symlink_to(EXAMPLES)
    shutil.copyfile(EXAMPLES / "run-actor.bpmn", tmp_path / "first.bpmn")
    shutil.copyfile(EXAMPLES / "start-event.bpmn", tmp_path / "order.bpmn")
    (tmp_path / "secrets.json").write_text('{"SHOP_KEY": "not-a-real-key"}')
    return tmp_path


def typed(home: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line as if it were typed in this folder."""
    _, *arguments = shlex.split(line)
    return subprocess.run(
        [sys.executable, "-m", "apify_camunda_cli", *arguments],
        env={**environment(home), "XDG_CONFIG_HOME": os.fspath(home / ".config")},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.mark.parametrize("line", ALONE)
def test_line_works_as_it_is_typed(home: Path, line: str) -> None:
    """
    It ends with exit code 0.
    """
    done = typed(home, line)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_session_of_the_readme_works(home: Path) -> None:
    """
    Each line of the second terminal does what it says while the first one serves.
    """
    serve, *others = SERVED
    _, _, _, *options = shlex.split(serve)
    with serving(home, *options):
        when_ready(home / "ready.json")
        said = {}
        for line in others:
            done = typed(home, line)
            assert done.returncode == 0, (line, done.stderr)
            said[line] = done.stdout
    deployed, started, listed, status = said.values()
    assert "async-actor  version 1" in deployed
    assert re.match(r"Instance \d+ has started", started)
    assert " async-actor " in listed
    assert "webhooks" in status.lower()
