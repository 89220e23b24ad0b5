"""Writes the templates to their folder, and says where the folder differs from the models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from element_templates.inbound import inbound_templates
from element_templates.outbound import outbound_template
from element_templates.template import VERSION, Template
from element_templates.variants import hybrid, with_steps, without_steps

FOLDER: Final = Path(__file__).parents[2] / "element-templates"
HYBRID: Final = "hybrid"
WITH_STEPS: Final = "camunda-8.10"
ARCHIVE: Final = "versioned"


def templates() -> tuple[Template, ...]:
    """Return the seven templates, outbound first."""
    return (outbound_template(), *inbound_templates())


def files() -> dict[str, str]:
    """Return the content of each generated file by its path below the folder."""
    built: dict[str, str] = {}
    for template in templates():
        variants = (
            ("", without_steps(template)),
            (HYBRID, hybrid(template)),
            (WITH_STEPS, with_steps(template)),
        )
        for folder, variant in variants:
            path = f"{folder}/{variant.file}.json" if folder else f"{variant.file}.json"
            built[path] = json.dumps(variant.to_json(), indent=2, ensure_ascii=False) + "\n"
    return built


def write(folder: Path = FOLDER) -> None:
    """Write all files, and remove generated ones that no template makes any more."""
    built = files()
    for path, text in built.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for stray in _strays(folder, built):
        stray.unlink()


def drift(folder: Path = FOLDER) -> list[str]:
    """Return one line for each file that is not as the models say."""
    built = files()
    lines = [
        f"{path}: {'is not there' if not (folder / path).exists() else 'differs from the models'}"
        for path, text in built.items()
        if not (folder / path).exists() or (folder / path).read_text(encoding="utf-8") != text
    ]
    return lines + [f"{stray.relative_to(folder)}: no template makes it" for stray in _strays(folder, built)]


def release(folder: Path = FOLDER) -> list[Path]:
    """Copy the current version into the archive, and return the copies.

    Raises:
        FileExistsError: The version is archived already.
    """
    copies = []
    for template in templates():
        copy = folder / ARCHIVE / f"{template.file}-{VERSION}.json"
        if copy.exists():
            raise FileExistsError(
                f"{copy.name} exists; raise VERSION in tools/element_templates/template.py."
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / f"{template.file}.json", copy)
        copies.append(copy)
    return copies


def _strays(folder: Path, built: dict[str, str]) -> Iterator[Path]:
    for place in ("", HYBRID, WITH_STEPS):
        for found in sorted((folder / place).glob("*.json")):
            if str(found.relative_to(folder)) not in built:
                yield found
