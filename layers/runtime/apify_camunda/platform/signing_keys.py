"""The keys that prove that a request comes from a webhook of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

KEY_GRACE: Final = timedelta(hours=48)
"""How long a replaced key is accepted; Apify repeats a delivery, with its signature, for 34 hours."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and those that are still accepted (the current one among them), by id."""

    current_id: str
    accepted: Mapping[str, bytes] = field(repr=False)
