"""Runs `apify-camunda` as a person would, in a process of its own, and reads what it said."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TIMEOUT_S = 180.0
ENDS_WITHIN_S = 60.0

Step = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    exit_code: int
    out: str
    err: str

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """Return the last line, which must be the summary."""
        summary = self.lines[-1]["summary"]
        assert isinstance(summary, dict)
        return summary

    @property
    def steps(self) -> Sequence[Step]:
        return self.lines[:-1]

    def of(self, who: str, what: str) -> list[Step]:
        """Return the steps of this kind, in order."""
        return [step for step in self.steps if (step["who"], step["what"]) == (who, what)]

    @property
    def path(self) -> list[str]:
        """Return the elements that were completed, in order."""
        return [str(step["element_id"]) for step in self.of("camunda", "element.completed")]


def arguments(*given: str | Path) -> list[str]:
    return [sys.executable, "-m", "apify_camunda_cli", "local", *(str(argument) for argument in given)]


def environment(home: Path) -> dict[str, str]:
    """Return an environment whose HOME, which every child inherits, tells our processes from others."""
    return {**os.environ, "HOME": str(home)}


def run(home: Path, *given: str | Path) -> Said:
    """Run `apify-camunda local` to its end."""
    done = subprocess.run(
        arguments(*given),
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(home: Path, *given: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Start `apify-camunda local`; all its processes are killed when the test ends."""
    with subprocess.Popen(
        arguments(*given),
        env=environment(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            for pid in processes_of(home):
                with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                    os.kill(pid, signal.SIGKILL)


def serving(home: Path, *given: str | Path) -> AbstractContextManager[subprocess.Popen[str]]:
    """Start `apify-camunda local --serve`."""
    return started(home, "--serve", *given)


def when_ready(path: Path) -> dict[str, Any]:
    """Return what the ready file tells, once it is there."""
    eventually(path.exists)
    ready = json.loads(path.read_text())
    assert isinstance(ready, dict)
    return ready


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until the condition is true, by polling."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.05)


def run_example(home: Path, name: str, *given: str) -> Said:
    """Run an example in its world; what Apify has to send once more, a minute later, may still come."""
    files = ("--process", EXAMPLES / f"{name}.bpmn", "--world", EXAMPLES / f"{name}.world.json")
    return run(home, *files, "--json", "--until", str(TIMEOUT_S - 20), *given)


def processes_of(home: Path) -> dict[int, str]:
    """Return the command line of every live process with this HOME, by its id; zombies do not live."""
    marker = f"HOME={home}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        variables = variables_of(int(folder.name))
        try:
            state = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended, or it is not ours to look at
            continue
        if state != "Z" and marker in variables:
            found[int(folder.name)] = command
    return found


def variables_of(pid: int) -> list[bytes]:
    """Return the environment with which a process was started; none where it is gone, or not ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
