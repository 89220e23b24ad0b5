r"""Reads the replacement text of java.util.regex (`$1`, `${name}`, `\$`), to be filled in for each match.

Source: Matcher.appendExpandedReplacement of JDK 21.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_letters, digits
from typing import Final, TypeAlias

from apify_camunda.feel.regex.failure import PatternError

_SPECIAL: Final = re.compile(r"[\\$]")

Template: TypeAlias = list[str | int]
"""Texts, and the numbers of the groups between them."""


def read_replacement(text: str, groups: int, names: Mapping[str, int]) -> Template:
    """Return the parts of the replacement for a pattern with so many groups, some of them named.

    Raises:
        PatternError: it names a group that does not exist, or is incomplete.
    """
    parts: Template = []
    at = 0
    while at < len(text):
        match text[at]:
            case "\\":
                if at + 1 == len(text):
                    raise PatternError("The character to be escaped is missing in the replacement")
                parts.append(text[at + 1])
                at += 2
            case "$":
                group, at = _reference(text, at + 1, groups, names)
                parts.append(group)
            case _:
                end = _SPECIAL.search(text, at)
                start, at = at, end.start() if end else len(text)
                parts.append(text[start:at])
    return parts


def _reference(text: str, at: int, groups: int, names: Mapping[str, int]) -> tuple[int, int]:
    """Return the group named from `at` on, and where its name ends; as many digits count as make a group."""
    if text.startswith("{", at):
        end = text.find("}", at)
        name = text[at + 1 : end]
        if end < 0 or not name or name[0] not in ascii_letters or name not in names:
            raise PatternError(f"No group with name {{{name}}} in the replacement")
        return names[name], end + 1
    if at >= len(text) or text[at] not in digits:
        raise PatternError("Illegal group reference in the replacement")
    group, at = int(text[at]), at + 1
    while at < len(text) and text[at] in digits and group * 10 + int(text[at]) <= groups:
        group, at = group * 10 + int(text[at]), at + 1
    if group > groups:
        raise PatternError(f"No group {group} in the pattern")
    return group, at
