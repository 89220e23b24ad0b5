"""Tests that share an engine run in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
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
    plugin = ("-p", "tests.engines.xdist_groups", "-p", "no:cacheprovider")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "-n", "2", "--dist", "loadgroup", "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tools")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    found = [each.name.rpartition("-")[2] for each in tmp_path.glob("ran-*")]
    assert len(found) == 8
    assert len(set(found)) == 1
