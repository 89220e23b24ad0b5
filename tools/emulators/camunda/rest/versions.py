"""The gateway versions that the REST API can emulate, and how they differ."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self


class GatewayVersion(IntEnum):
    """A minor version of Camunda 8; a later one compares as greater."""

    V8_8 = 8
    V8_9 = 9
    V8_10 = 10

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the version called `name`, such as "8.10".

        Raises:
            ValueError: `name` is not one of the versions.

        """
        for version in cls:
            if version.minor_name == name:
                return version
        known = ", ".join(version.minor_name for version in cls)
        raise ValueError(f"The stand-in speaks as {known}, not as {name!r}.")

    @property
    def minor_name(self) -> str:
        return f"8.{self.value}"


@dataclass(frozen=True, slots=True)
class Gateway:
    """Which gateway the API pretends to be.

    Attributes:
        version: decides which endpoints, request properties and answered fields exist.
        knows_definition_state: whether process definitions can be filtered by `state`. It came with 8.10
            and was brought back to patches of 8.8 and 8.9 in August 2026; None means as the first release
            of the version did.
        knows_cluster_id: whether the topology tells the cluster's id; None means from 8.9 on.

    """

    version: GatewayVersion = GatewayVersion.V8_10
    knows_definition_state: bool | None = None
    knows_cluster_id: bool | None = None

    @property
    def tells_cluster_id(self) -> bool:
        if self.knows_cluster_id is None:
            return self.version >= GatewayVersion.V8_9
        return self.knows_cluster_id

    @property
    def filters_definition_state(self) -> bool:
        if self.knows_definition_state is None:
            return self.version >= GatewayVersion.V8_10
        return self.knows_definition_state
