"""Decides what the page masks: the secret values of its source, and what looks like a token of Apify."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from apify_camunda.expressions.masking import MASK, mask_json, mask_text

SHORTEST_SECRET: Final = 5
"""A shorter secret value is not masked: its text would be everywhere, in times and keys too."""

APIFY_TOKEN: Final = re.compile(r"apify_api_[A-Za-z0-9]{8,}")
"""A token of Apify, whether it is known here or not."""


def masked_text(text: str, secrets: Collection[str]) -> str:
    """Return a text as the page shows it."""
    return APIFY_TOKEN.sub(MASK, mask_text(text, _long_enough(secrets)))


def masked_json(value: Any, secrets: Collection[str]) -> Any:
    """Return a JSON value as the page shows it."""
    return _without_tokens(mask_json(value, _long_enough(secrets)))


def _long_enough(secrets: Collection[str]) -> list[str]:
    return [value for value in secrets if len(value) >= SHORTEST_SECRET]


def _without_tokens(value: Any) -> Any:
    match value:
        case str():
            return APIFY_TOKEN.sub(MASK, value)
        case dict():
            return {_without_tokens(name): _without_tokens(item) for name, item in value.items()}
        case list() | tuple():
            return [_without_tokens(item) for item in value]
        case _:
            return value
