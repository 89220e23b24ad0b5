"""Cuts lists into the pages that Apify answers with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from emulators.apify.routing import Answer, Call, data_answer

_MAX_LIMIT = 1000
Item = TypeVar("Item")


def page(call: Call, items: Sequence[Item], shown: Callable[[Item], dict[str, Any]]) -> Answer:
    """Return the page of the items (oldest first) that `offset`, `limit` and `desc` ask for."""
    offset = call.integer("offset", 0)
    limit = min(call.integer("limit", _MAX_LIMIT) or _MAX_LIMIT, _MAX_LIMIT)
    desc = call.flag("desc")
    ordered = list(reversed(items)) if desc else list(items)
    chosen = ordered[offset : offset + limit]
    return data_answer(
        {
            "total": len(items),
            "offset": offset,
            "limit": limit,
            "desc": desc,
            "count": len(chosen),
            "items": [shown(item) for item in chosen],
        }
    )
