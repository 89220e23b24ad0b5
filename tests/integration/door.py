"""A way to a server that can be shut: connections are cut and refused until it is opened again."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536


class Door:
    """Listens on a port of its own and passes connections on to `address` while it is open."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._is_open = True
        self._accepting = threading.Thread(target=self._accept, name="door")

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def shut(self) -> None:
        """Cut every connection; new ones are closed at once."""
        with self._lock:
            self._is_open = False
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_open = True

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._is_open:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._sockets |= {near, far}
            passing = threading.Thread(target=self._pass, args=(near, far), name="door")
            self._threads.append(passing)
            passing.start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        """Copy in both directions until either side is done, then close both."""
        back = threading.Thread(target=_copy, args=(far, near), name="door")
        back.start()
        _copy(near, far)
        back.join()
        with self._lock:
            self._sockets -= {near, far}
            near.close()
            far.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            target.sendall(chunk)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
