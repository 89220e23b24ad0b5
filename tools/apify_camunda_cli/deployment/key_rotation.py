"""Decides how the signing secret changes when its key is rotated; the old key stays accepted for a while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from apify_camunda.platform.secrets import signing_keys_of
from apify_camunda.platform.signing_keys import KEY_GRACE


@dataclass(frozen=True, slots=True)
class Rotated:
    """The secret with its new key.

    Attributes:
        value: What is stored.
        accepted_until: When the old key ends.
    """

    value: Mapping[str, Any]
    new_id: str
    old_id: str
    accepted_until: datetime


@dataclass(frozen=True, slots=True)
class GraceLasts:
    """An earlier key is still accepted; a rotation now would end its grace early."""

    key_id: str
    until: datetime


Rotation: TypeAlias = Rotated | GraceLasts


def rotate(value: Mapping[str, Any], *, new_secret: str, now: datetime) -> Rotation:
    """Return the secret with a new key and the present one as the previous, or why that must wait.

    Args:
        value: The secret as it is stored.
        new_secret: The key of the future, random.
        now: The time.

    Raises:
        ConfigurationError: The stored secret has another form.
    """
    keys = signing_keys_of(value, now=now)
    earlier = [key_id for key_id in keys.accepted if key_id != keys.current_id]
    if earlier:
        return GraceLasts(earlier[0], datetime.fromisoformat(value["previous"]["acceptedUntil"]))
    accepted_until = now + KEY_GRACE
    new_id = _next_id(keys.current_id)
    previous = {"id": keys.current_id, "secret": value["secret"], "acceptedUntil": accepted_until.isoformat()}
    rotated = {"id": new_id, "secret": new_secret, "previous": previous}
    return Rotated(rotated, new_id, keys.current_id, accepted_until)


def _next_id(current: str) -> str:
    """Return the id of the next key: `k2` after `k1`."""
    counted = re.fullmatch(r"(.*?)(\d+)", current)
    return f"{counted[1]}{int(counted[2]) + 1}" if counted else f"{current}2"
