"""Lets only calls with a good bearer token through to the gRPC server."""

from collections.abc import Callable
from typing import Any

import grpc
from typing_extensions import override

from emulators.camunda.auth import TokenIssuer

_WITHOUT_TOKEN = frozenset({"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"})


class RequiresToken(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Answers UNAUTHENTICATED where the issuer does not know the token."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer

    @override
    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        metadata = dict(handler_call_details.invocation_metadata)
        token = metadata.get("authorization")
        if handler_call_details.method in _WITHOUT_TOKEN:
            return continuation(handler_call_details)
        if self._issuer.accepts(token if isinstance(token, str) else None):
            return continuation(handler_call_details)
        return grpc.unary_unary_rpc_method_handler(_refuse)


def _refuse(_: Any, context: grpc.ServicerContext) -> None:
    reason = "Expected bearer token at header with key [authorization], but found nothing that is valid"
    context.abort(grpc.StatusCode.UNAUTHENTICATED, reason)
