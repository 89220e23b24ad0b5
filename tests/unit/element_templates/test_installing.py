"""Where templates are written to for Modeler."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from element_templates.installing import Build, modeler_folder, write_templates


@pytest.mark.parametrize("build", Build)
def test_each_build_is_seven_files(tmp_path: Path, build: Build) -> None:
    """
    A build is complete, and nothing of another is mixed in.
    """
    written = write_templates(tmp_path / "new", build)

    assert len(written) == 7
    assert sorted((tmp_path / "new").iterdir()) == sorted(written)


def test_help_leads_to_the_own_guide(tmp_path: Path) -> None:
    """
    With a URL of one's own the help button opens the page there.
    """
    written = write_templates(tmp_path, Build.STANDARD, docs_url="https://intranet.example/apify/")
    pages = [json.loads(path.read_text())["documentationRef"] for path in written]

    assert all(page.startswith("https://intranet.example/apify/guide/") for page in pages)


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/home/ada/.config"),
        ("linux", {"XDG_CONFIG_HOME": "/home/ada/conf"}, "/home/ada/conf"),
        ("darwin", {}, "/home/ada/Library/Application Support"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming"),
        ("win32", {}, "/home/ada/AppData/Roaming"),
    ],
)
def test_folder_of_desktop_modeler(platform: str, environment: dict[str, str], folder: str) -> None:
    """
    Each system has its own place for the user data of Modeler.
    """
    found = modeler_folder(environment, Path("/home/ada"), platform)

    assert found == Path(folder) / "camunda-modeler" / "resources" / "element-templates"
