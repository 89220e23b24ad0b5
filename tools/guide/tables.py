"""Fills the marked parts of the guide: tables of fields, and the table of error codes.

A part begins with `<!-- table: KIND NAME -->` and ends with `<!-- end of table -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from apify_camunda.errors import ErrorCode, Handling
from element_templates.build import templates
from element_templates.models import operations
from element_templates.properties import Property
from element_templates.template import Template

GUIDE: Final = Path(__file__).parents[2] / "docs" / "guide"
_PART: Final = re.compile(r"<!-- table: ([^>]+?) -->\n.*?<!-- end of table -->", re.DOTALL)
_HANDLING: Final = {
    Handling.INCIDENT: "incident at once",
    Handling.RETRY: "retries, then incident",
    Handling.WAIT: "waits and tries again, retries are not used up",
}


def filled(text: str) -> str:
    """Return a page with its tables as they have to be.

    Raises:
        KeyError: A part names a table that does not exist.
    """
    return _PART.sub(
        lambda part: f"<!-- table: {part[1]} -->\n{_table(part[1])}\n<!-- end of table -->", text
    )


def drift(folder: Path = GUIDE) -> list[Path]:
    """Return the pages whose tables are not as they have to be."""
    return [path for path in pages(folder) if filled(path.read_text("utf-8")) != path.read_text("utf-8")]


def write(folder: Path = GUIDE) -> None:
    """Fill the tables of all pages."""
    for path in drift(folder):
        path.write_text(filled(path.read_text("utf-8")), "utf-8")


def pages(folder: Path = GUIDE) -> list[Path]:
    """Return all pages of the guide."""
    return sorted(folder.rglob("*.md"))


def _table(name: str) -> str:
    kind, _, argument = name.partition(" ")
    match kind:
        case "operation":
            return _operation_table(argument)
        case "element":
            return _element_table(argument)
        case "errors":
            return _error_table(argument.split())
        case _:
            raise KeyError(name)


def _operation_table(operation: str) -> str:
    """Return the inputs of an operation, with the name of each in the job's variables."""
    if operation not in {each.type for each in operations()}:
        raise KeyError(operation)
    prefix = f"apifyRequestInput.{operation}Input."
    fields = (
        each for each in templates()[0].properties if each.id is not None and each.id.startswith(prefix)
    )
    return _rows(
        ("Field", "Input", "What it does"), ((_label(each), _name(each), _about(each)) for each in fields)
    )


def _element_table(file: str) -> str:
    """Return the fields of an element that gets events."""
    (template,) = (each for each in templates() if each.file == file)
    return _rows(
        ("Group", "Field", "Property", "What it does"),
        (
            (_group(template, each), _label(each), _name(each), _about(each))
            for each in template.properties
            if each.type != "Hidden"
        ),
    )


def _error_table(codes: list[str]) -> str:
    """Return the codes of errors; all of them if none is named."""
    wanted = [ErrorCode[code] for code in codes] or list(ErrorCode)
    return _rows(
        ("Code", "What happened", "What Camunda does"),
        (
            (f"`{code}`", code.meaning, _HANDLING[code.handling])
            for code in wanted
            if code.handling in _HANDLING
        ),
    )


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(_lines(head, rows))


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def _label(field: Property) -> str:
    return f"**{field.label}**{' (required)' if field.not_empty else ''}"


def _name(field: Property) -> str:
    name = field.binding.name
    return f"`{name.rpartition('.')[2] if field.binding.type == 'zeebe:input' else name}`"


def _about(field: Property) -> str:
    parts = [field.description, field.tooltip]
    if field.value not in (None, "", False):
        shown = "on" if field.value is True else f"`{_choice(field)}`"
        parts.append(f"Default: {shown}.")
    text = " ".join(part for part in parts if part)
    return re.sub(r"</?(code|i)>", lambda tag: "`" if tag[1] == "code" else "*", text)


def _choice(field: Property) -> str:
    return next((each.label for each in field.choices if each.value == field.value), str(field.value))


def _group(template: Template, field: Property) -> str:
    return next(group.label for group in template.groups if group.id == field.group)
