"""Writes templates where a Modeler reads them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from element_templates.build import HYBRID, WITH_STEPS, files
from element_templates.template import DOCUMENTATION_URL


class Build(Enum):
    """Which of the three builds is wanted; the value is its folder."""

    STANDARD = ""
    HYBRID = HYBRID
    CAMUNDA_8_10 = WITH_STEPS


def write_templates(folder: Path, build: Build, *, docs_url: str = DOCUMENTATION_URL) -> list[Path]:
    """Write the seven templates of a build into a folder, and return the files.

    Args:
        folder: Made where it does not exist.
        build: Which build.
        docs_url: Where the guide is published; it is what the templates' help button opens.

    Raises:
        OSError: The folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path, text in sorted(files().items()):
        place, _, name = path.rpartition("/")
        if place == build.value:
            (folder / name).write_text(text.replace(DOCUMENTATION_URL, docs_url), encoding="utf-8")
            written.append(folder / name)
    return written


def modeler_folder(environment: Mapping[str, str], home: Path, platform: str = sys.platform) -> Path:
    """Return the folder from which Camunda Desktop Modeler reads templates.

    Source: https://docs.camunda.io/docs/components/modeler/desktop-modeler/search-paths/
    """
    if platform == "win32":
        base = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "camunda-modeler" / "resources" / "element-templates"
