"""Tests that share an engine run in one process, as far as pytest and pytest-xdist let them.

Source: https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GROUPED = """
import os, pathlib, pytest

@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(8))
def test_grouped(number):
    worker = os.environ["PYTEST_XDIST_WORKER"]
    pathlib.Path(f"ran-{number}-in-{worker}").touch()
"""


def test_a_group_runs_in_one_process(tmp_path: Path) -> None:
    """However many processes there are, one runs the tests of a group."""
    (tmp_path / "test_grouped.py").write_text(GROUPED, encoding="utf-8")
    in_two = ("-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *in_two]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    found = [each.name.rpartition("-")[2] for each in tmp_path.glob("ran-*")]
    assert len(found) == 8
    assert len(set(found)) == 1
