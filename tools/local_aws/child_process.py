"""A child process that cannot outlive us: started through the launcher, its output read line by line.

It knows how to start, freeze, thaw and kill; what the child says and does is its owner's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launcher.py")
_READ_BYTES = 65_536
_INHERITED = ("PATH", "HOME", "LANG", "LD_PRELOAD", "CALENDAR_SHIFT_S")
"""A preloaded library that shifts the calendar must shift it for functions too: their rows carry times."""


def inherited_environment() -> dict[str, str]:
    """Return what a child has of our own environment; everything else it is given by name."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


class ChildProcess:
    """One running child; made by `start`.

    Args:
        process: The running process, the leader of its group.
        output: The end of the pipe to which both of its outputs go.
        on_line: Gets each line that it writes, without its end.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, output: int, on_line: Callable[[str], None]
    ) -> None:
        self._process = process
        self._output: int | None = output
        self._on_line = on_line
        self._unfinished = b""
        self._is_frozen = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(output, self.drain)
        self._end = self._loop.create_task(self._wait())

    @classmethod
    async def start(
        cls,
        module: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        pass_fds: Sequence[int] = (),
    ) -> ChildProcess:
        """Run `python -m module arguments` in the folder, with that environment and no other."""
        output, its_output = os.pipe()
        os.set_blocking(output, False)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the launcher's folder is not the child's to import from
                str(_LAUNCHER),
                str(os.getpid()),
                module,
                *arguments,
                cwd=folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=its_output,
                stderr=its_output,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(its_output)
        return cls(process, output, on_line)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Return whether the child is gone, even if no observer knows it yet."""
        if self._end.done():
            return True
        try:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._process.pid, flags) is not None
        except ChildProcessError:  # it was waited for already
            return True

    async def wait(self) -> int:
        """Return the return code once the child has ended; negative is the signal that ended it."""
        return await asyncio.shield(self._end)

    def drain(self) -> None:
        """Hand over all that the child has written until now."""
        while self._output is not None:
            try:
                chunk = os.read(self._output, _READ_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._close()
                return
            *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
            for line in lines:
                self._on_line(line.decode("utf-8", "replace"))

    def freeze(self) -> None:
        """Stop the child and its own children where they are, as Lambda does between invocations."""
        self._is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen child go on."""
        if self._is_frozen:
            self._is_frozen = False
            self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Kill the child and its own children, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        await self.wait()

    def _close(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            self._loop.remove_reader(output)
            os.close(output)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def _wait(self) -> int:
        return_code = await self._process.wait()
        self._signal(signal.SIGKILL)  # children that it left behind
        self.drain()
        if self._unfinished:
            self._on_line(self._unfinished.decode("utf-8", "replace"))
        self._close()
        return return_code
