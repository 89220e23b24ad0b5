"""Which tenant a command is for; decides by the engine's gateway's rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Whether the cluster has several tenants."""

    is_enabled: bool

    def of(self, request: str, tenant_id: str) -> str:
        """Return the tenant of a request ("Publish Message") that names one or none.

        Raises:
            Rejection: INVALID_ARGUMENT, where it must or must not name one.
        """
        if self.is_enabled and not tenant_id:
            raise _refused(request, tenant_id, "but no tenant identifier was provided")
        if not self.is_enabled and tenant_id not in {"", DEFAULT_TENANT}:
            raise _refused(request, tenant_id, "but multi-tenancy is disabled")
        return tenant_id or DEFAULT_TENANT

    def of_all(self, request: str, tenant_ids: Sequence[str]) -> frozenset[str]:
        """Return the tenants of a request that may name several; without tenancy, the default one.

        Raises:
            Rejection: INVALID_ARGUMENT, as above.
        """
        return frozenset(self.of(request, t) for t in tenant_ids or ("",))


def _refused(request: str, tenant_id: str, why: str) -> Rejection:
    what = f"Expected to handle request {request} with tenant identifier '{tenant_id}'"
    return Rejection(RejectionKind.INVALID_ARGUMENT, f"{what}, {why}")
