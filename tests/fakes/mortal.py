"""Kills an invocation at its n-th step: a proxy around each port counts the calls of all of them."""

from __future__ import annotations

import inspect
from typing import Any, Protocol


class Killed(BaseException):
    """The machine is gone; nothing that the program could catch."""


class Mortality(Protocol):
    """What may end an invocation between any two of its calls."""

    def mortal(self, port: Any) -> Any:
        """Return the port, living only as long as the invocation."""
        ...


class Lifetime:
    """Lets `steps` calls through and dies in the next one: before it reaches the port, or after."""

    def __init__(self, steps: int | None = None, *, after: bool = False) -> None:
        self._left = steps
        self._after = after
        self.taken = 0
        self._is_dead = False

    @property
    def is_dead(self) -> bool:
        """Whether a call has ended the invocation."""
        return self._is_dead

    def mortal(self, port: Any) -> Any:
        """Return the port, living only as long as this invocation."""
        return _Mortal(port, self)

    async def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        dies_here = self._left is not None and self.taken == self._left
        self.taken += 1
        if self._is_dead or (dies_here and not self._after):
            self._is_dead = True
            raise Killed
        answer = await method(*args, **kwargs)
        if dies_here:
            self._is_dead = True
            raise Killed
        return answer


class _Mortal:
    def __init__(self, port: Any, lifetime: Lifetime) -> None:
        self._port = port
        self._lifetime = lifetime

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method
        return lambda *args, **kwargs: self._lifetime.call(method, *args, **kwargs)
