"""Runs Camunda's own modelling libraries (tools/modeler) in Node, and its properties panel in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.templates.ours import NAMES, Template, read

FOLDER: Final = Path(__file__).parents[2] / "tools" / "modeler"
TIMEOUT_S: Final = 240
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")


def node(script: str, *arguments: str | Path, given: str = "") -> str:
    """Run a script of tools/modeler and return what it prints.

    Where Node or its packages are missing the test is skipped with the reason; under CI=true it fails.
    """
    _demand(shutil.which("node") is not None, "Node 20 or newer is not installed")
    _demand(
        (FOLDER / "node_modules").is_dir(), "the packages of tools/modeler are not installed: make modeler"
    )
    done = subprocess.run(
        ["node", FOLDER / script, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def chromium(script: str, *arguments: str | Path, given: str = "") -> Any:
    """Run a script that needs Chromium and return the JSON that it prints."""
    found = os.environ.get("CHROMIUM") or any(shutil.which(name) for name in CHROMIUM)
    _demand(bool(found), "Chromium is not installed")
    return json.loads(node(script, *arguments, given=given))


def problems(files: Sequence[Path]) -> Mapping[str, Sequence[str]]:
    """Return the validator's errors and warnings, by file."""
    found: Mapping[str, Sequence[str]] = json.loads(node("validate.mjs", *files))
    return found


def apply(diagram: str, steps: Sequence[tuple[str, Template]]) -> str:
    """Return the diagram after a template was applied to each of these elements."""
    given = {"diagram": diagram, "steps": [{"element": id_, "template": each} for id_, each in steps]}
    return node("apply.mjs", given=json.dumps(given))


def lint(files: Sequence[Path], templates: Sequence[Template], scratch: Path) -> Mapping[str, Any]:
    """Return what Modeler's linter says of each file, as `element: rule: message`."""
    known = scratch / "templates.json"
    known.write_text(json.dumps(templates))
    reports = chromium("lint.mjs", known, *files)
    return {
        Path(file).name: [f"{each['id']}: {each['rule']}: {each['message']}" for each in found]
        for file, found in reports.items()
    }


def our_templates() -> list[Template]:
    """Return the seven templates of ours."""
    return [read(f"{name}.json") for name in NAMES]


def _demand(holds: bool, reason: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if holds:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
