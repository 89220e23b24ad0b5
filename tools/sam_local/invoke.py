"""Invokes a function as Lambda does: `python -m sam_local.invoke FOLDER EVENT SECONDS HOST`.

The set-up fills its stores so, with the very code that runs in containers later.
"""

from __future__ import annotations

import json
import runpy
import socket
import sys
import time
from pathlib import Path
from typing import Any

from sam_local.container_host import LOOPBACK


class Context:
    """What Lambda tells of an invocation."""

    function_name = "set-up"
    aws_request_id = "set-up"

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may go on."""
        return round((self._end - time.monotonic()) * 1000)


def _resolve_here(host: str) -> None:
    """Let the name that containers have for this machine lead to its loopback interface; no DNS knows it."""
    resolve: Any = socket.getaddrinfo

    def resolve_here(name: Any, *arguments: Any, **options: Any) -> Any:
        return resolve(LOOPBACK if name in (host, host.encode()) else name, *arguments, **options)

    setattr(socket, "getaddrinfo", resolve_here)  # noqa: B010  # mypy would want its whole signature


def main(folder: str, event: str, seconds: str, host: str) -> None:
    """Print what the function returns, as JSON, on standard error; its log goes to standard output."""
    _resolve_here(host)
    handler = runpy.run_path(str(Path(folder) / "app.py"))["handler"]
    print(json.dumps(handler(json.loads(event), Context(float(seconds)))), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
