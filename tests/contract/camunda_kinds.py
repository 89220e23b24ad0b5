"""Which clusters there are for the suites of Camunda's ports, and on which of them a rule can be tried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import pytest
from emulators.camunda.rest import GatewayVersion

from tests.engines.fixtures import of_engine


@dataclass(frozen=True, slots=True)
class Kind:
    """Which cluster, and how our adapters reach it.

    Attributes:
        name: The fakes, the stand-in, or an engine of Camunda's by its version.
        transport: How the adapters speak to it; to fakes they do not.
        gateway: As which gateway fakes and the stand-in answer; engines of Camunda's have a catalogue of 8.8.
        is_tenanted: Whether the cluster has multi-tenancy; then we want the jobs of "acme".
        fetched: The variables that we want of a job; none named: all.
    """

    name: Literal["fake", "stand-in", "8.6.0", "8.8.21"]
    transport: Literal["grpc", "rest", "auto", ""] = ""
    gateway: GatewayVersion = GatewayVersion.V8_10
    is_tenanted: bool = False
    fetched: tuple[str, ...] = ()

    @property
    def is_real(self) -> bool:
        """Say whether it is an engine of Camunda's."""
        return self.name[0].isdigit()

    @property
    def knows_tags(self) -> bool:
        """Say whether instances that are started this way carry tags."""
        return self.transport != "grpc" and not self.is_real

    def __str__(self) -> str:
        version = "" if self.is_real or self.transport == "grpc" else self.gateway.minor_name
        return " ".join(part for part in (self.name, self.transport, version) if part)


def _params(*kinds: Kind) -> tuple[Any, ...]:
    return tuple(
        pytest.param(kind, marks=of_engine(kind.name) if kind.is_real else (), id=str(kind)) for kind in kinds
    )


# One object a kind: what asks for the same one gets the same cluster.
_FAKE: Final = Kind("fake")
_FAKE_OF_8_8: Final = Kind("fake", gateway=GatewayVersion.V8_8)
_GRPC: Final = Kind("stand-in", "grpc")
_AUTO: Final = Kind("stand-in", "auto")
_REST_8_8, _REST_8_9, _REST_8_10 = (Kind("stand-in", "rest", gateway) for gateway in GatewayVersion)
_OVER_REST: Final = (_REST_8_8, _REST_8_9, _REST_8_10)
_8_6_GRPC: Final = Kind("8.6.0", "grpc")
_8_6_REST: Final = Kind("8.6.0", "rest")
_8_8: Final = Kind("8.8.21", "grpc")


def _tenanted(*kinds: Kind) -> tuple[Kind, ...]:
    return tuple(replace(kind, is_tenanted=True) for kind in kinds)


EVERYWHERE: Final = _params(_FAKE, _GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST, _8_8)
"""Where messages, starts and jobs are commanded."""
AS_A_GATEWAY: Final = _params(_FAKE, _GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST)
"""The same but for 8.8.21, whose own small gateway differs where this is used; docs/engine-differences.md."""
TENANTED: Final = _params(*_tenanted(_FAKE, _GRPC, _AUTO, *_OVER_REST))
"""Where there is multi-tenancy; the engines of Camunda's here have none."""

TENANTED_ADAPTERS: Final = _params(*_tenanted(_GRPC, _AUTO, *_OVER_REST))
"""The same but for the fake: which tenants' jobs are wanted is a matter of the adapters."""
FETCHING_SOME: Final = _params(
    *(
        replace(kind, fetched=("url", "limit"))
        for kind in (_GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST, _8_8)
    )
)
"""Where of a job's variables only `url` and `limit` are wanted, which is a matter of the adapters, too."""

TAGGING: Final = _params(_FAKE, _AUTO, *_OVER_REST)
"""Where instances carry tags and are searched for."""
SEARCHED: Final = _params(_FAKE, _AUTO, *_OVER_REST, _8_6_REST, _8_8)
"""Where correlated messages are searched for; beside Camunda's engines by their records."""

CATALOGUED: Final = _params(_FAKE, _FAKE_OF_8_8, *_OVER_REST, _8_6_REST, _8_8)
"""Where there is a catalogue; beside Camunda's engines by their records."""
WITH_OWN_SEARCH: Final = _params(_FAKE, _FAKE_OF_8_8, *_OVER_REST)
"""The same but for Camunda's engines here, which have no search of their own and serve other tests too."""
WITH_DOCUMENTS: Final = _params(_FAKE, *_OVER_REST)
"""Where there is a document store."""
WITHOUT_DOCUMENTS: Final = _params(_8_6_REST)
"""Where there is none that gives back what it took."""
LISTS_WAITING: Final = _params(_FAKE, _REST_8_9, _REST_8_10)
"""Where the catalogue lists the definitions with message subscriptions."""
LISTS_NO_WAITING: Final = _params(_FAKE_OF_8_8, _REST_8_8, _8_6_REST, _8_8)
"""Where it cannot."""
SHOWS_STATE: Final = _params(_FAKE, _REST_8_10)
"""Where the catalogue tells which definitions are still active."""
HIDES_STATE: Final = _params(_FAKE_OF_8_8, _REST_8_8, _REST_8_9)
"""Where it shows definitions that were deleted."""
TENANTED_CATALOGUES: Final = _params(*_tenanted(_FAKE, *_OVER_REST))
"""Where processes of several tenants are listed."""
