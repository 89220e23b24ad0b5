"""Runs the scripts of tools/live_page/web in Node, and its scenarios in headless Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

WEB: Final = Path(__file__).parents[2] / "tools" / "live_page" / "web"
SCENARIOS: Final = "tests/browser/main.ts"
TIMEOUT_S: Final = 300
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")


def node(script: str, *arguments: str) -> str:
    """Run a script of tools/live_page/web and return what it prints.

    Where Node or its packages are missing the test is skipped with the reason; under CI=true it fails.
    """
    _demand(shutil.which("node") is not None, "Node 20 or newer is not installed")
    _demand((WEB / "node_modules").is_dir(), "the packages of the page are not installed: make page-packages")
    done = subprocess.run(
        ["node", script, *arguments], cwd=WEB, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def scenario(name: str, *address: str) -> None:
    """Run one scenario in Chromium; it fails with what the scenario says."""
    found = os.environ.get("CHROMIUM") or any(shutil.which(each) for each in CHROMIUM)
    _demand(bool(found), "Chromium is not installed")
    node("run.mjs", SCENARIOS, name, *address)


def _demand(holds: bool, reason: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if holds:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
