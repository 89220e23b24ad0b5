"""The child process that is DynamoDB, SQS, Secrets Manager and SSM: moto on a socket that it inherits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class OneAtATime:
    """Answers DynamoDB's requests one at a time, and all others at once.

    moto looks at a condition first and writes then, and where a transaction fails it puts the whole table
    back as it was: of two requests at once both could win, or one could be undone by the other. All others
    stay apart, since a request for messages waits for them.

    Args:
        app: The application that answers.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            return self._app(environ, start_response)
        with self._turn:
            return self._app(environ, start_response)


class _QuietRequestHandler(MotoRequestHandler):
    """Answers without a line of log a request."""

    def log_request(self, *_args: object) -> None:
        """Do nothing; what calls whom is the caller's to log."""


def main(listening_fd: int) -> None:
    """Serve on the listening socket until killed."""
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_QuietRequestHandler, fd=listening_fd
    )
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
