"""Receives an engine's records, line by line, and passes each to its consumers without reading it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from .loopback import HOST


class RecordStream:
    """Listens on a port to which an engine sends its records.

    Args:
        on_record: Gets each record, in a thread of the stream's own.
    """

    def __init__(self, on_record: Callable[[dict[str, Any]], None]) -> None:
        self._on_record = on_record
        self._listener = socket.create_server((HOST, 0))
        self._connection: socket.socket | None = None
        self._answers = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._receive, name="records of the engine", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def is_connected(self) -> bool:
        """Return whether the engine has connected."""
        return self._connection is not None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for open_socket in (self._listener, self._connection):
            if open_socket is not None:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def wait_for_answer(self, timeout_s: float) -> None:
        """Wait for the next line that is not a record.

        Raises:
            TimeoutError: None came.
        """
        if not self._answers.acquire(timeout=timeout_s):
            raise TimeoutError(f"The engine did not answer within {timeout_s} s")

    def _receive(self) -> None:
        try:
            self._connection, _ = self._listener.accept()
        except OSError:  # no engine connected before the end
            return
        with (
            contextlib.suppress(OSError),
            self._connection,
            self._connection.makefile(encoding="utf-8") as lines,
        ):
            for line in lines:
                if not line.endswith("\n"):  # the engine ended in the middle of it
                    return
                if line.startswith("{"):
                    self._on_record(json.loads(line))
                else:
                    self._answers.release()
