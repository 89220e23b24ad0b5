"""What every capability needs from AWS and the process, one Protocol for each need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from apify_camunda.platform.signing_keys import SigningKeys


class Clock(Protocol):
    """Time, and waiting."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`."""
        ...


class SecretSource(Protocol):
    """Names -> values of secrets, and our own signing keys."""

    async def secrets(self, *, refresh: bool = False) -> Mapping[str, str]:
        """Return all secrets by name, cached for some minutes.

        Args:
            refresh: Return values that are at most some seconds old, because one was refused and may have
                been rotated.

        Raises:
            ConfigurationError: The store refuses us, or holds no JSON object.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...

    async def signing_keys(self, *, naming: str | None = None) -> SigningKeys:
        """Return the keys that sign our webhook paths, cached for some minutes.

        Args:
            naming: The id of a key that was met. One that the cache does not know may have been made since:
                then the store is asked again, but at most once in 30 seconds for all callers.

        Raises:
            ConfigurationError: The store refuses us, or the secret has not the form that we expect.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...


class Metrics(Protocol):
    """Counts and durations that alarms and the dashboard read."""

    def count(self, name: str, value: int = 1) -> None:
        """Add to a counter; 0 tells that there is one."""
        ...

    def measure(self, name: str, duration: timedelta) -> None:
        """Note how long something took."""
        ...


class PauseStore(Protocol):
    """Stores whether an operator has paused a direction."""

    async def is_paused(self, direction: str) -> bool:
        """Return whether `inbound` or `outbound` is paused.

        Raises:
            StoreUnavailable: The store did not answer.
        """
        ...
