"""Decides how secrets are hidden in what leaves us; it must not know where secrets come from.

A secret is hidden as it is, as JSON writes it, and as URLs write it; and so is its beginning where a text was
cut in the middle of it.

Source: camunda/connectors, OutboundConnectorExceptionHandler
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from apify_camunda.expressions.excerpts import CUT
from apify_camunda.json_types import Json

MASK: Final = "***"
_LEAST_BEGINNING: Final = 4
"""Characters from which on the beginning of a secret, before a cut, is taken for one."""


def mask_text(text: str, secrets: Collection[str]) -> str:
    """Return the text with each secret value replaced by three asterisks.

    The longest go first, so that a secret that contains another leaves no rest behind.
    """
    return _Mask(secrets).text(text)


def mask_json(value: Json, secrets: Collection[str]) -> Json:
    """Return the value with secrets masked in its texts and names, at any depth."""
    return _Mask(secrets).json(value) if secrets else value


class _Mask:
    def __init__(self, secrets: Collection[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(filter(None, forms), key=lambda form: (-len(form), form))

    def json(self, value: Json) -> Json:
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(name): self.json(item) for name, item in value.items()}
            case list():
                return [self.json(item) for item in value]
            case _:
                return value

    def text(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, MASK)
        if CUT not in text:
            return text
        *cut, rest = text.split(CUT)
        return CUT.join([*(self._without_beginning(part) for part in cut), rest])

    def _without_beginning(self, text: str) -> str:
        """Return the text without what it ends in, where that is the beginning of a secret."""
        for form in self._forms:
            for length in range(min(len(form), len(text)), _LEAST_BEGINNING - 1, -1):
                if text.endswith(form[:length]):
                    return text[:-length] + MASK
        return text


def _forms(secret: str) -> Iterator[str]:
    """Yield the secret as it is written: plainly, in JSON, and in URLs."""
    yield secret
    for ascii_only in (True, False):
        yield json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
    plain = secret.encode(errors="replace")
    for encode in (quote, quote_plus):
        for safe in ("", "/"):
            yield encode(plain, safe=safe)
