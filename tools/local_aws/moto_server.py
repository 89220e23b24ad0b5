"""The child process that is DynamoDB, SQS, Secrets Manager and SSM: moto on a socket that it inherits."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from emulators.browser_guard import REFUSAL, is_from_a_page
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from local_aws.authorization import calls_of
from local_aws.authorizing import Guard, from_json

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


class Guarded:
    """Answers functions only what their roles allow.

    Args:
        app: The application that answers.
        guard: Knows the roles.
        place: Region and account, as ARNs have them.
    """

    def __init__(self, app: WSGIApplication, guard: Guard, place: str) -> None:
        self._app = app
        self._guard = guard
        self._place = place

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        calls = calls_of(environ.get("HTTP_X_AMZ_TARGET", ""), body, self._place)
        refusal = self._guard.refusal(environ.get("HTTP_AUTHORIZATION", ""), calls)
        if refusal is None:
            return self._app(environ, start_response)
        print(refusal, flush=True)
        headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amzn-ErrorType", "AccessDeniedException"),
        ]
        start_response("400 Bad Request", headers)
        return [json.dumps({"__type": "AccessDeniedException", "message": refusal}).encode()]


class NotForPages:
    """Refuses requests of web pages, and moto's own pages, which list everything that it holds.

    Args:
        app: The application that answers.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if not is_from_a_page(headers) and not environ.get("PATH_INFO", "").startswith("/moto-api"):
            return self._app(environ, start_response)
        start_response("403 Forbidden", [("content-type", "application/json")])
        return [json.dumps({"message": REFUSAL}).encode()]


class _QuietRequestHandler(MotoRequestHandler):
    """Answers without a line of log a request."""

    def log_request(self, *_args: object) -> None:
        """Do nothing; what calls whom is the caller's to log."""


def main(listening_fd: int, place: str, roles: str, calls: str) -> None:
    """Serve on the listening socket until killed.

    Args:
        listening_fd: The socket.
        place: Region and account, as ARNs have them.
        roles: What each function may do, as `authorizing.to_json` writes it.
        calls: A file to which the functions' calls are added, or empty.
    """
    guard = Guard(from_json(roles), Path(calls) if calls else None)
    app = NotForPages(Guarded(OneAtATime(DomainDispatcherApplication(create_backend_app)), guard, place))
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_QuietRequestHandler, fd=listening_fd
    )
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
