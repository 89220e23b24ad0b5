"""Decides what the page masks: the secret values of its source."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from apify_camunda.expressions.masking import mask_json, mask_text

SHORTEST_SECRET: Final = 5
"""A shorter secret value is not masked: its text would be everywhere, in times and keys too."""


def masked_text(text: str, secrets: Collection[str]) -> str:
    """Return a text as the page shows it."""
    return mask_text(text, _long_enough(secrets))


def masked_json(value: Any, secrets: Collection[str]) -> Any:
    """Return a JSON value as the page shows it."""
    return mask_json(value, _long_enough(secrets))


def _long_enough(secrets: Collection[str]) -> list[str]:
    return [value for value in secrets if len(value) >= SHORTEST_SECRET]
