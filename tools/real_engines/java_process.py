"""Runs a Java program that cannot outlive this process, and keeps what it writes for when it fails."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from .jdk import Jdk
from .maven import cache

_LAUNCHER: Final = Path(__file__).with_name("exec_bound_to_parent.py")
_LOOK_EVERY_S: Final = 0.1
_STOP_TIMEOUT_S: Final = 15.0
_SHOWN_BYTES: Final = 4000


class JavaFailed(RuntimeError):
    """A Java program ended, or did not become ready; the message ends with what it wrote last."""


class JavaProcess:
    """A running program, its leader bound to the life of the thread that started it.

    Args:
        command: Program and arguments.
        environment: What it gets beside this process's own environment.
        folder: Where it runs, and where its log `output.log` is written.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> None:
        self._log = folder / "output.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_LAUNCHER), str(os.getpid()), *command],
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def input(self) -> IO[bytes]:
        """What the program reads as its standard input."""
        assert self._process.stdin is not None
        return self._process.stdin

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until the program is ready; an OSError of `is_ready` means that it is not yet.

        Raises:
            JavaFailed: It ended, or the time is over.
        """
        end = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(OSError):
                if is_ready():
                    return
            if self._process.poll() is not None:
                raise JavaFailed(f"It ended with code {self._process.returncode}: {self._tail()}")
            if time.monotonic() > end:
                raise JavaFailed(f"It was not ready within {timeout_s} s: {self._tail()}")
            time.sleep(_LOOK_EVERY_S)

    def stop(self, *, at_once: bool = False) -> None:
        """End the program: politely first, unless `at_once`."""
        with contextlib.suppress(OSError):
            self.input.close()
        if at_once:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tail(self) -> str:
        return self._log.read_bytes()[-_SHOWN_BYTES:].decode("utf-8", "replace")


def compiled(jdk: Jdk, source: Path, classpath: str) -> Path:
    """Return a folder with the classes of a Java source file, compiled once for each text and JDK."""
    key = hashlib.sha256(f"{jdk.version} {classpath} {source.read_text(encoding='utf-8')}".encode())
    folder = cache() / "classes" / f"{source.stem}-{key.hexdigest()[:12]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        made = Path(scratch, "classes")
        command = [str(jdk.javac), "-nowarn", "-cp", classpath, "-d", str(made), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise JavaFailed(f"{source.name} does not compile: {done.stderr[-_SHOWN_BYTES:]}")
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder
