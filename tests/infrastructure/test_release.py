"""The version is the same wherever it is written, and CHANGELOG.md has a dated section for it."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from apify_camunda import __version__

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
RELEASE = re.compile(r"(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})")


def test_package_and_project_have_one_version() -> None:
    """`pyproject.toml` and the package name the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == __version__


def test_newest_release_has_the_version_and_a_date() -> None:
    """Below *Unreleased* are the releases, the newest first, each with its version and its date."""
    unreleased, *releases = HEADING.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    matches = [RELEASE.fullmatch(heading) for heading in releases]
    dates = [date.fromisoformat(match[2]) for match in matches if match]

    assert unreleased == "Unreleased"
    assert all(matches), releases
    assert matches[0] is not None
    assert matches[0][1] == __version__
    assert dates == sorted(dates, reverse=True)
