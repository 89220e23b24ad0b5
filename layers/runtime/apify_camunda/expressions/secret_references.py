"""Finds references to secrets in parsed values and puts the secrets in their place, in a single pass.

It never looks into a secret for further references. A text that is itself JSON stays JSON: a secret with
quotes or line breaks is escaped in it, as in any JSON string.

Source: https://docs.camunda.io/docs/components/connectors/use-connectors/#using-secrets
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json

MISSING_SECRET: Final = ErrorCode.SECRET_NOT_AVAILABLE
_BARE_NAME = r"(?:[A-Za-z0-9]+[/._-])*[A-Za-z0-9]+"
# A word or a path that merely ends in "secrets" is no reference: `my.secrets.x`, `topsecrets.x`.
# Names have no braces and an end, so that a text full of unclosed references is read in one pass.
_REFERENCE = re.compile(
    r"\{\{\s{0,20}secrets\.(?P<braced>[^\s{}]{1,500})\s{0,20}\}\}"
    rf"|(?<![\w.])secrets\.(?P<bare>{_BARE_NAME})"
)


def names_in(value: Json) -> frozenset[str]:
    """Return the names of all secrets that a value mentions, at any depth."""
    names: set[str] = set()
    _map_texts(value, lambda text: _note_names(text, names))
    return frozenset(names)


def resolve(value: Json, secrets: Mapping[str, str], *, allowed: Collection[str] | None = None) -> Json:
    """Return the value with each reference replaced by its secret.

    A name outside of `allowed` stays as it is written; None allows all.

    Raises:
        InvalidInput: A secret that may be used does not exist; the code is SECRET_NOT_AVAILABLE.
    """

    def secret_of(match: re.Match[str]) -> str:
        name = _name(match)
        if allowed is not None and name not in allowed:
            return match.group()
        if name not in secrets:
            raise InvalidInput(f"Secret with name '{name}' is not available", code=MISSING_SECRET)
        return secrets[name]

    def escaped_secret_of(match: re.Match[str]) -> str:
        return json.dumps(secret_of(match), ensure_ascii=False)[1:-1]

    def with_secrets(text: str) -> str:
        if _REFERENCE.search(text) is None:
            return text
        return _REFERENCE.sub(escaped_secret_of if _is_json_text(text) else secret_of, text)

    return _map_texts(value, with_secrets)


def resolve_text(text: str, secrets: Mapping[str, str]) -> str:
    """Return one text with its references replaced; see `resolve`."""
    return str(resolve(text, secrets))


def sole_reference(text: str) -> str | None:
    """Return the secret's name where the text is one reference and nothing else."""
    match = _REFERENCE.fullmatch(text.strip())
    return _name(match) if match else None


def _is_json_text(text: str) -> bool:
    """Say whether a text is a JSON object or list as it is written, references and all."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def _name(match: re.Match[str]) -> str:
    return str(match["braced"] or match["bare"])


def _note_names(text: str, names: set[str]) -> str:
    names.update(_name(match) for match in _REFERENCE.finditer(text))
    return text


def _map_texts(value: Json, change: Callable[[str], str]) -> Json:
    match value:
        case str():
            return change(value)
        case dict():
            return {name: _map_texts(item, change) for name, item in value.items()}
        case list():
            return [_map_texts(item, change) for item in value]
        case _:
            return value
