"""Decides what a missing part of the machine means for a test; it must not look for parts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from real_engines import Unavailable

_Part = TypeVar("_Part")


def available_or_skip(find: Callable[[], _Part]) -> _Part:
    """Return what is found; skip the test where it is not there, or fail it where CI promises it to be."""
    try:
        return find()
    except Unavailable as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have what this test needs: {missing}")
        pytest.skip(str(missing))
