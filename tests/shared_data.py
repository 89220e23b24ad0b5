"""Reference data beside the checkout, in `../shared/data`: OpenAPI documents, templates, FEEL answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(__file__).parents[2] / "shared" / "data"


def shared_data(path: str) -> Path:
    """Return a file or folder of the reference data.

    Where it is missing the test is skipped with the reason. Under CI=true it fails: no test disappears.
    """
    found = FOLDER / path
    if found.exists():
        return found
    reason = f"the reference data are not beside the project: {found}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
