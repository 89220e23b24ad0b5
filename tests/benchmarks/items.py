"""Runs `items_server.py`, which stands for Apify, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_SERVER: Final = Path(__file__).with_name("items_server.py")


@contextmanager
def items_server() -> Iterator[str]:
    """Run the server and give its URL."""
    process = subprocess.Popen(
        [sys.executable, str(_SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def get(url: str) -> Any:
    """Return the JSON that a URL answers with."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
