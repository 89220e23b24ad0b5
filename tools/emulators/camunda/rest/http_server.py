"""Carry the REST API over HTTP/1.1; what is answered is left to `api`."""

import ssl
from functools import partial
from typing import Any, Final

from emulators.camunda.rest.api import ConnectionCut, Incoming, RestApi
from emulators.camunda.rest.http_exchange import Answer
from emulators.camunda.rest.problems import Problem
from emulators.loopback_http import HOST, BodyTooLarge, Exchange, LoopbackServer, MalformedBody

MAX_BODY_BYTES: Final = 16 * 1024 * 1024


class RestServer(LoopbackServer):
    """Serves an API on a port of this machine until it is stopped."""

    def __init__(self, api: RestApi, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Prepare to listen on `port`, 0 for a free one; with `tls`, HTTPS is spoken."""
        super().__init__(partial(_Exchange, api), name="camunda-rest", address=(HOST, port), tls=tls)
        self.api = api

    def wake(self) -> None:
        """Let long polls end."""
        self.api.engine.wake_waiters()


class _Exchange(Exchange):
    """Hands requests to the API."""

    server_version = "CamundaStandIn"

    def __init__(self, api: RestApi, *connection: Any) -> None:
        self._api = api
        super().__init__(*connection)

    def serve(self) -> None:
        try:
            body = self.read_body(MAX_BODY_BYTES)
        except BodyTooLarge:
            self._write(
                Answer.problem(Problem(413, "Payload Too Large", "The body is too large."), self.path)
            )
            return
        except MalformedBody as malformed:
            self._write(Answer.problem(Problem(400, "Bad Request", str(malformed)), self.path))
            return
        incoming = Incoming(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            is_wanted=lambda: self.is_wanted,
        )
        try:
            answer = self._api.answer(incoming)
        except ConnectionCut:
            self.close_connection = True
            return
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        headers = {"Content-Type": answer.content_type} if answer.content_type else {}
        self.write(answer.status, headers, answer.body)
