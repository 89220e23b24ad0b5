"""What tests and the command line may ask of every real engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from .history import History


class RealEngine(Protocol):
    """A running engine of Camunda's.

    Attributes:
        name: Which one, with its version.
        grpc_address: `host:port`.
        rest_address: Base URL of its REST API, or None where it has none.
        history: What its records tell.
    """

    @property
    def name(self) -> str: ...
    @property
    def grpc_address(self) -> str: ...
    @property
    def rest_address(self) -> str | None: ...
    @property
    def history(self) -> History: ...

    def pass_time(self, by: timedelta) -> None:
        """Move the engine's clock forward; what is due then has been done, or soon will be."""
        ...

    def settle(self) -> None:
        """Wait until the engine has carried out its commands, as far as it can say so."""
        ...
