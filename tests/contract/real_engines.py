"""Starts Camunda's own engine, to hold the stand-in to it; needs a JDK 21+ and the Maven client."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import IO

FOLDER = Path(__file__).with_name("real_engine")
OLDEST_JAVA = 21
LONGEST_START_S = 60


class NotHere(Exception):
    """This machine cannot run the engine; the message says what is missing."""


@dataclass
class RealEngine:
    """Camunda's engine of 8.8.21 in a process of its own."""

    address: str
    _commands: IO[str]
    _answers: IO[str]

    def settle(self) -> None:
        """Wait until the engine has nothing to do."""
        self._tell("idle")

    def pass_time(self, by: timedelta) -> None:
        """Move the engine's clock forward."""
        self._tell(f"time PT{by.total_seconds()}S")
        self._tell("idle")

    def _tell(self, command: str) -> None:
        self._commands.write(f"{command}\n")
        self._commands.flush()
        _await_line(self._answers, "done")


@contextmanager
def running_engine() -> Iterator[RealEngine]:
    """Run the engine while the block lasts.

    Raises:
        NotHere: There is no JDK or Maven client, or Maven cannot fetch the engine.
    """
    java, classpath, port = _java(), _classpath(), _free_port()
    command = [
        *(str(java), "-Xmx512m", "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"),
        *("-cp", classpath, str(FOLDER / "RealEngine.java"), str(port)),
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = Timer(LONGEST_START_S, process.kill)
        watchdog.start()
        try:
            _await_line(process.stdout, "ready")
            watchdog.cancel()
            yield RealEngine(f"127.0.0.1:{port}", process.stdin, process.stdout)
        finally:
            watchdog.cancel()
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_line(answers: IO[str], beginning: str) -> None:
    for line in answers:
        if line.startswith(beginning):
            return
    raise NotHere("The engine ended before it answered")


def _java() -> Path:
    homes = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    for home in homes:
        release = home / "release"
        found = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
        if found and int(found[1]) >= OLDEST_JAVA and (home / "bin" / "javac").exists():
            return home / "bin" / "java"
    raise NotHere(f"There is no JDK {OLDEST_JAVA}+ in JAVA_HOME or /usr/lib/jvm")


def _classpath() -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotHere("There is no Maven client (mvn)")
    with TemporaryDirectory() as folder:
        written = Path(folder) / "classpath"
        goal = ["dependency:build-classpath", f"-Dmdep.outputFile={written}", "-DincludeScope=runtime"]
        run = subprocess.run(
            [maven, "-q", "-B", "-f", str(FOLDER / "pom.xml"), *goal], check=False, capture_output=True
        )
        if run.returncode != 0 or not written.exists():
            raise NotHere("Maven cannot fetch the engine")
        return written.read_text().strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
