"""The keys that prove that a request comes from a webhook of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and those that are still accepted (the current one among them), by id."""

    current_id: str
    accepted: Mapping[str, bytes] = field(repr=False)
