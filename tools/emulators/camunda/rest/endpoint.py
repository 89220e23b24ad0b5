"""What is declared of one operation of the REST API: where it is, since when, what it takes, who answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from emulators.camunda.rest.http_exchange import Handler
from emulators.camunda.rest.shapes import Record
from emulators.camunda.rest.versions import Gateway, GatewayVersion


@dataclass(frozen=True)
class Endpoint:
    """One operation.

    Attributes:
        operation_id: its name in Camunda's OpenAPI document.
        method: the HTTP method.
        path: the path below /v2, with the names of its keys in braces.
        handle: who answers.
        body: what the JSON body may say, where need be as a gateway knows it; None where the body is not JSON
            or there is none.
        needs_body: whether a request without a body is refused.
        since: the version that has it.
        is_open: whether it answers without credentials.

    """

    operation_id: str
    method: str
    path: str
    handle: Handler
    body: Record | Callable[[Gateway], Record] | None = None
    needs_body: bool = False
    since: GatewayVersion = GatewayVersion.V8_8
    is_open: bool = False

    def body_as(self, gateway: Gateway) -> Record | None:
        return self.body if self.body is None or isinstance(self.body, Record) else self.body(gateway)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))
