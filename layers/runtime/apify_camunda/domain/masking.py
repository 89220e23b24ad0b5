"""Decides how secrets are hidden in what leaves us; it must not know where secrets come from.

Source: camunda/connectors, OutboundConnectorExceptionHandler
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from apify_camunda.contracts.json_types import Json

MASK: Final = "***"


def mask_text(text: str, secrets: Collection[str]) -> str:
    """Return the text with each secret value replaced by three asterisks.

    The longest go first, so that a secret that contains another leaves no rest behind.
    """
    for secret in sorted(filter(None, secrets), key=lambda value: (-len(value), value)):
        text = text.replace(secret, MASK)
    return text


def mask_json(value: Json, secrets: Collection[str]) -> Json:
    """Return the value with secrets masked in its texts and names, at any depth."""
    if not secrets:
        return value
    match value:
        case str():
            return mask_text(value, secrets)
        case dict():
            return {mask_text(name, secrets): mask_json(item, secrets) for name, item in value.items()}
        case list():
            return [mask_json(item, secrets) for item in value]
        case _:
            return value
