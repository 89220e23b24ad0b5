"""`apify-camunda templates`: the element templates for Camunda Modeler, and diagrams that use them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
from element_templates.bpmn_text import NotBpmn
from element_templates.build import templates as built_templates
from element_templates.installing import Build, modeler_folder, write_templates
from element_templates.template import DOCUMENTATION_URL, VERSION
from element_templates.upgrade import Target, move

from apify_camunda_cli.command_line import Command, Group, argument, option
from apify_camunda_cli.errors import UsageError

_BUILDS = {"standard": Build.STANDARD, "hybrid": Build.HYBRID, "8.10": Build.CAMUNDA_8_10}
_BUILD = option(
    "--build",
    type=click.Choice(list(_BUILDS)),
    default="standard",
    show_default=True,
    help="hybrid: the job type is a field; 8.10: each operation is an entry of Modeler's menu",
)
_DOCS_URL = option(
    "--docs-url",
    metavar="URL",
    default=DOCUMENTATION_URL,
    show_default=True,
    help="where your copy of the guide is published; the help button of Modeler opens it",
)
_JSON = option("--json", "as_json", is_flag=True, help="print one JSON value in place of lines")


@click.group("templates", cls=Group, short_help="Install the element templates, and upgrade diagrams.")
def templates() -> None:
    """Install the element templates for Camunda Modeler, and move diagrams to them."""


@templates.command(
    "list",
    cls=Command,
    help="List the element templates: file, id, version and name.",
    short_help="List the element templates.",
    exit_codes={0: "the list is printed"},
    examples=("templates list", "templates list --json"),
)
@_JSON
def list_(*, as_json: bool) -> int:
    """Print one line a template."""
    if as_json:
        found = built_templates()
        print(
            json.dumps(
                [{"file": f"{t.file}.json", "id": t.id, "version": VERSION, "name": t.name} for t in found]
            )
        )
        return 0
    rows = [(f"{each.file}.json", each.id, str(VERSION), each.name) for each in built_templates()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True))
        print("  ".join([*padded, row[3]]))
    return 0


@templates.command(
    cls=Command,
    help="Write the element templates to a folder, for example to upload them to Web Modeler.",
    short_help="Write the element templates to a folder.",
    exit_codes={0: "the files are written", 2: "the folder cannot be written to; one line says why"},
    examples=("templates export ./my-templates", "templates export ./my-templates --build hybrid"),
)
@argument("folder", type=click.Path(path_type=Path), about="the folder; it is made if it does not exist")
@_BUILD
@_DOCS_URL
@_JSON
def export(folder: Path, build: str, docs_url: str, *, as_json: bool) -> int:
    """Write the files and print their paths."""
    return _write(folder, build, docs_url, as_json=as_json)


@templates.command(
    cls=Command,
    help="Write the element templates to the folder from which Camunda Desktop Modeler reads them. "
    "Restart Modeler afterwards.",
    short_help="Install the element templates in Camunda Desktop Modeler.",
    exit_codes={0: "the files are written", 2: "the folder cannot be written to; one line says why"},
    examples=("templates install", "templates install --build 8.10"),
)
@_BUILD
@_DOCS_URL
@_JSON
def install(build: str, docs_url: str, *, as_json: bool) -> int:
    """Write the files, print their paths, and say that Modeler must be restarted."""
    code = _write(modeler_folder(os.environ, Path.home()), build, docs_url, as_json=as_json)
    if not as_json:
        print("Restart Camunda Modeler to see the templates.", file=sys.stderr)
    return code


@templates.command(
    cls=Command,
    help="Move a diagram from Apify's official element templates to these, or from an older version of these "
    "to the current one. Every field keeps its value. The file is changed in place; what was changed is "
    "printed.",
    short_help="Move a diagram to the current element templates.",
    exit_codes={
        0: "the diagram uses the wanted templates; each change is printed",
        2: "the file cannot be used; one line says why",
    },
    examples=(
        "templates upgrade order.bpmn",
        "templates upgrade order.bpmn --output order-new.bpmn",
        "templates upgrade order.bpmn --to official",
    ),
)
@argument("file", type=click.Path(path_type=Path), about="the diagram, FILE.bpmn")
@option(
    "--to",
    "target",
    type=click.Choice([each.value for each in Target]),
    default=Target.OURS.value,
    show_default=True,
    help="whose templates the diagram is to use",
)
@option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="write here and leave the file as it is",
)
@_JSON
def upgrade(file: Path, target: str, output: Path | None, *, as_json: bool) -> int:
    """Move the diagram; print the changes, and on standard error what a person should look at."""
    try:
        moved = move(file.read_bytes(), Target(target))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    except NotBpmn as error:
        raise UsageError(f"{file} cannot be upgraded. {error}") from error
    place = output or file
    if output is not None or moved.changes:
        try:
            place.write_bytes(moved.content)
        except OSError as error:
            raise UsageError(f"{place} cannot be written: {error.strerror}.") from error
    if as_json:
        print(json.dumps({"changes": moved.changes, "notes": moved.remarks}))
        return 0
    for line in moved.changes or ("Nothing to change.",):
        print(line)
    for remark in moved.remarks:
        print(f"note: {remark}", file=sys.stderr)
    return 0


def _write(folder: Path, build: str, docs_url: str, *, as_json: bool) -> int:
    try:
        written = write_templates(folder, _BUILDS[build], docs_url=docs_url)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}.") from error
    if as_json:
        print(json.dumps([str(path) for path in written]))
        return 0
    for path in written:
        print(path)
    return 0
