"""The child process that is DynamoDB, SQS, Secrets Manager and SSM: moto on a socket that it inherits."""

import sys

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


class _QuietRequestHandler(MotoRequestHandler):
    """Answers without a line of log a request."""

    def log_request(self, *_args: object) -> None:
        """Do nothing; what calls whom is the caller's to log."""


def main(listening_fd: int) -> None:
    """Serve on the listening socket until killed."""
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_QuietRequestHandler, fd=listening_fd
    )
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
