"""Reference data beside the checkout: OpenAPI documents, templates, FEEL answers, cases that failed once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[2] / "shared"


def shared_data(path: str) -> Path:
    """Return a file or folder of `../shared/data`.

    Where it is missing the test is skipped with the reason. Under CI=true it fails: no test disappears.
    """
    return _beside(FOLDER / "data" / path)


def shared_case(name: str) -> Path:
    """Return a file of `../shared/cases`; a missing one is handled as missing data are."""
    return _beside(FOLDER / "cases" / name)


def _beside(found: Path) -> Path:
    if found.exists():
        return found
    reason = f"the reference data are not beside the project: {found}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
