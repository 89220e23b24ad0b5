"""What expressions of each type look like: templates with holes for others (`<number>`), and leaves.

The templates are data (productions.json): a type's `own`, those `of_any_type`, where `<own>` is the type
itself, and `atoms`, the leaves, also of holes without templates of their own. Those of ranges are here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_DATA: Final = json.loads(Path(__file__).with_name("productions.json").read_text(encoding="utf-8"))

ATOMS: Final[dict[str, list[str]]] = _DATA["atoms"]
TESTS: Final[list[str]] = _DATA["tests"]
"""What one test of an input looks like."""

_SHAPES: Final = ("[<{0}>..<{0}>]", "(<{0}>..<{0}>)", "[<{0}>..<{0}>)", "]<{0}>..<{0}>[", "(<{0}>..<{0}>]")
_POINT_FIRST: Final = ("before", "after", "finishes", "during", "starts")
_RANGE_FIRST: Final = ("before", "after", "finished by", "includes", "started by")
_PAIRS: Final = ("meets", "met by", "overlaps", "overlaps before", "overlaps after", "coincides")
_PAIRS_TOO: Final = (
    "before",
    "after",
    "finishes",
    "finished by",
    "includes",
    "during",
    "starts",
    "started by",
)


def _with_ranges(kind: str) -> list[str]:
    """Return the templates that contain ranges of the type, each function with another shape."""
    shapes = [shape.format(kind) for shape in _SHAPES]
    return [
        *(f"<{kind}> in {shape}" for shape in shapes),
        *(f"{name}(<{kind}>, {shapes[len(name) % 5]})" for name in _POINT_FIRST),
        *(f"{name}({shapes[len(name) % 5]}, <{kind}>)" for name in _RANGE_FIRST),
        *(f"{name}({shapes[len(name) % 5]}, {shapes[0]})" for name in (*_PAIRS, *_PAIRS_TOO)),
    ]


def _templates(kind: str, own: list[str]) -> list[str]:
    """Return twice as many of the type's own as of those that any type has."""
    return [*own, *own, *(template.replace("<own>", f"<{kind}>") for template in _DATA["of_any_type"])]


_OWN: Final[dict[str, list[str]]] = _DATA["own"] | {
    "boolean": _DATA["own"]["boolean"]
    + [
        template
        for kind in ("number", "date", "string", "datetime", "daytime")
        for template in _with_ranges(kind)
    ]
}

PRODUCTIONS: Final = {kind: _templates(kind, own) for kind, own in _OWN.items()}
