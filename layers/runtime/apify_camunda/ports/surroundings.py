"""What is needed beside the two sides and our memory: time, a queue, secrets, a wake-up, counters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from apify_camunda.contracts.delivery import ReceivedEvent
from apify_camunda.contracts.signing import SigningKeys


class Clock(Protocol):
    """Time, and waiting."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`."""
        ...


class ParkedEvents(Protocol):
    """Events that are durable and wait for a better time."""

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Make the event durable; when this returns it will not be lost.

        Raises:
            StoreUnavailable: It could not be made durable.
        """
        ...

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        """Let a parked event that is being worked on come back after `delay`."""
        ...


class SecretSource(Protocol):
    """Names -> values of secrets, and our own signing keys."""

    async def secrets(self) -> Mapping[str, str]:
        """Return all secrets by name, cached for some minutes.

        Raises:
            ConfigurationError: The store refuses us, or holds no JSON object.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...

    async def signing_keys(self, *, naming: str | None = None) -> SigningKeys:
        """Return the keys that sign our webhook paths, cached for some minutes.

        Args:
            naming: The id of a key that was met. One that the cache does not know may have been made since:
                then the store is asked anew, but at most every half a minute, whoever asks.

        Raises:
            ConfigurationError: The store refuses us, or the secret has not the form that we expect.
            StoreUnavailable: The store did not answer and nothing is cached.
        """
        ...


class PollerWaker(Protocol):
    """Wakes the poller if it sleeps."""

    async def wake(self) -> None:
        """Ask for an invocation of the poller; failing is harmless (the schedule wakes it) and is logged."""
        ...


class PollerPlaces(Protocol):
    """So many places as pollers may work side by side.

    Both raise StoreUnavailable where the store did not answer.
    """

    async def take(self, *, until: datetime) -> int | None:
        """Take a free place until then, when the poller has surely ended; None: all are taken."""
        ...

    async def leave(self, place: int, *, until: datetime) -> None:
        """Give a place back that was taken until then, unless another poller has it by now."""
        ...


class Metrics(Protocol):
    """Counters that alarms and the dashboard read."""

    def count(self, name: str, value: int = 1) -> None:
        """Add to a counter."""
        ...
