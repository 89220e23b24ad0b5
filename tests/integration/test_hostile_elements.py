"""Elements that take all they can get leave room for an innocent one, measured in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("hostile_elements.py")
MOST_BYTES = 64_000_000
"""What one event may add to the memory of its process: docs/operations.md states it."""


@pytest.mark.parametrize("hostile", [1, 8, 200])
def test_innocent_element_is_served_in_bounded_memory(hostile: int) -> None:
    """However many are hostile, the innocent element is served, and the process grows by 64 MB at most."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    ended = subprocess.run(
        [sys.executable, str(PROGRAM), str(hostile)],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["innocent"] == 1
    assert told["grownBytes"] <= MOST_BYTES
