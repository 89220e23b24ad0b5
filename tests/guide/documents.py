"""Reads what the project's documents promise: expressions with values, commands with output, links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
GUIDE: Final = DOCS / "guide"
_CONTEXT: Final = re.compile(r"<!-- context: (\w+) -->\n```json\n(.*?)```", re.DOTALL)
_ROW: Final = re.compile(r"^\| `(= ?.+?)` \| `(.+?)` \|$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INDENTED_BLOCK: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
_PROGRAM: Final = re.compile(
    r"(make|apify-camunda|\.venv[\w-]*/bin/[\w-]+|aws|sam|echo|curl|git|npm|docker) "
)
_INLINE: Final = re.compile(r"`((?:\.venv/bin/)?apify-camunda [^`\n]+)`")
_LINK: Final = re.compile(r"(?<!`)\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """An expression of a document with the value beside it."""

    page: str
    expression: str
    context: Mapping[str, Any]
    value: Any


@dataclass(frozen=True)
class Command:
    """A command of a document; what it prints, where the document shows it."""

    page: str
    line: str
    output: str | None = None


def markdown() -> list[Path]:
    """Return the README files and all documents."""
    readmes = [*ROOT.glob("*.md"), *(ROOT / name / "README.md" for name in ("examples", "element-templates"))]
    return sorted([*readmes, *DOCS.rglob("*.md")])


def claims() -> Iterator[Claim]:
    """Yield every expression of the guide that has a value beside it."""
    for path in sorted(GUIDE.rglob("*.md")):
        text = path.read_text("utf-8")
        contexts = [(each.end(), _in_scope(each[1], json.loads(each[2]))) for each in _CONTEXT.finditer(text)]
        for row in _ROW.finditer(text):
            context = [found for end, found in contexts if end < row.start()][-1]
            value = json.loads(_unescaped(row[2]))
            yield Claim(str(path.relative_to(ROOT)), _unescaped(row[1]), context, value)


def _in_scope(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the names that an expression sees."""
    match kind:
        case "response" | "event":
            return {**value, "response": value}
        case "error":
            return {"error": value, "response": {"error": value}, "job": {"retries": 3}}
        case "variables":
            return value
        case other:
            raise AssertionError(other)


def _unescaped(cell: str) -> str:
    return cell.replace("&#124;", "|")


def sessions() -> Iterator[Command]:
    """Yield the commands of `console` blocks with their output."""
    for path in markdown():
        for block in _BLOCK.finditer(path.read_text("utf-8")):
            if block[1] == "console":
                for part in re.split(r"^\$ ", block[2], flags=re.MULTILINE)[1:]:
                    line, _, output = part.partition("\n")
                    yield Command(str(path.relative_to(ROOT)), line, output)


def commands() -> Iterator[Command]:
    """Yield each `apify-camunda ...` of all documents that is no mere mention of its name."""
    for path in markdown():
        text = path.read_text("utf-8")
        blocks = [block[2] for block in _BLOCK.finditer(text) if block[1] in ("", "sh", "console", "bash")]
        lines = [line.strip().removeprefix("$ ") for block in blocks for line in _joined(block)]
        lines += [match[1] for match in _INLINE.finditer(_BLOCK.sub("", text))]
        for line in lines:
            if re.match(r"(\.venv/bin/)?apify-camunda ", line):
                yield Command(str(path.relative_to(ROOT)), line.removeprefix(".venv/bin/"))


def shell_lines() -> Iterator[Command]:
    """Yield each line that a reader types, of the blocks for a shell; `console` blocks are sessions."""
    for path in markdown():
        for block in _INDENTED_BLOCK.finditer(path.read_text("utf-8")):
            lines = [line.partition(" # ")[0].strip() for line in _joined(block[3]) if line.strip()]
            is_for_a_shell = block[2] in ("sh", "bash") or (not block[2] and _PROGRAM.match(lines[0] + " "))
            if is_for_a_shell:
                yield from (Command(str(path.relative_to(ROOT)), " ".join(line.split())) for line in lines)


def _joined(block: str) -> list[str]:
    return block.replace("\\\n", " ").splitlines()


def links() -> Iterator[tuple[Path, str]]:
    """Yield every link of every document that leads to a place of this project."""
    for path in markdown():
        for link in _LINK.finditer(_BLOCK.sub("", path.read_text("utf-8"))):
            if not re.match(r"[a-z]+:", link[1]):
                yield path, link[1]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub and the site make them."""
    headings = _HEADING.findall(_BLOCK.sub("", path.read_text("utf-8")))
    plain = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).strip().lower() for heading in headings)
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading)) for heading in plain}
