"""The examples of the project, as the page offers them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulators.apify import World, load_world

from apify_camunda_cli.local.process_file import read_process_file

_ROW: Final = re.compile(
    r"\| \[(?P<name>[a-z-]+)\]\([^)]+\) \| (?P<shows>[^|]+?) \| *(?P<variables>[^|]*?) *\|"
)


@dataclass(frozen=True, slots=True)
class Example:
    """A process with its world.

    Attributes:
        description: What it shows.
        variables: What a person may start it with.
    """

    name: str
    title: str
    description: str
    variables: dict[str, Any]
    process: Path
    world_file: Path

    def document(self) -> dict[str, Any]:
        """Return its world as the file has it."""
        found: dict[str, Any] = json.loads(self.world_file.read_text(encoding="utf-8"))
        return found

    def world(self) -> World:
        """Return what its Apify holds."""
        return load_world(self.world_file)


def read_examples(folder: Path) -> tuple[Example, ...]:
    """Return the examples of a folder in the order of its README; none where there is no such folder."""
    readme = folder / "README.md"
    if not readme.is_file():
        return ()
    found = []
    for row in _ROW.finditer(readme.read_text(encoding="utf-8")):
        process = folder / f"{row['name']}.bpmn"
        world = folder / f"{row['name']}.world.json"
        if process.is_file() and world.is_file():
            title = read_process_file(process).name
            found.append(
                Example(row["name"], title, row["shows"], _variables(row["variables"]), process, world)
            )
    return tuple(found)


def _variables(cell: str) -> dict[str, Any]:
    try:
        found = json.loads(cell.strip("`"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
