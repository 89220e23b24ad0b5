"""Stands for what is put together when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


class Later:
    """Stands for something that is put together once, at its first use."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call what is put together."""
        return self._make()(*args, **kwargs)
