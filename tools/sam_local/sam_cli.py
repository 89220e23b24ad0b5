"""Runs functions in containers by the SAM CLI: one by itself, or many in one process with warm containers."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sam_local.container_host import LOOPBACK
from sam_local.surroundings import SetUpFailed, project_root

_LONGEST_S = 120.0
_LONGEST_START_S = 300.0
_LONGEST_END_S = 30.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one invocation.

    Attributes:
        output: What the function answered, as the last line.
        log: What SAM and the function logged meanwhile.
    """

    output: str
    log: str


Invoke = Callable[[str, Path], Awaitable[Answered]]
"""Invokes a function, by its logical id, with the event in a file."""


@dataclass(frozen=True, slots=True)
class SamCli:
    """The SAM CLI with the set-up's variables.

    Attributes:
        command: The program and perhaps its first arguments.
        options: Options that this machine needs, for example `--skip-pull-image`.
        environment: The file for `--env-vars`.
    """

    command: Sequence[str]
    options: Sequence[str]
    environment: Path

    async def invoke(self, function: str, event: Path) -> Answered:
        """Return what `sam local invoke` prints: a process and a container for this invocation alone."""
        arguments = ["invoke", function, "--event", str(event)]
        process = await self._start(
            *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(_LONGEST_S):
                output, log = await process.communicate()
        except TimeoutError:
            return Answered("", f"no answer after {_LONGEST_S:.0f} s")
        finally:
            await _end(process)
        return Answered(output.decode(errors="replace"), log.decode(errors="replace"))

    @contextlib.asynccontextmanager
    async def start_lambda(self, log: Path) -> AsyncIterator[Invoke]:
        """Run `sam local start-lambda` until the block ends, with one warm container for each function.

        Args:
            log: The file that takes what SAM and the functions log.

        Raises:
            SetUpFailed: It did not start; the message ends with its log.
        """
        port = _free_port()
        arguments = ["start-lambda", "--port", str(port), "--warm-containers", "EAGER", "--no-watch"]
        with log.open("wb") as file:
            process = await self._start(*arguments, stdout=file, stderr=file)
        try:
            await _until_it_listens(process, port, log)
            yield _LambdaApi(port, log)
        finally:
            await _end(process)

    async def _start(self, *arguments: str, stdout: object, stderr: object) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            "local",
            *arguments,
            "--env-vars",
            str(self.environment),
            *self.options,
            cwd=project_root(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,  # type: ignore[arg-type]  # a file or a constant
            stderr=stderr,  # type: ignore[arg-type]
            start_new_session=True,  # Ctrl-C reaches it through us, once
        )


@dataclass(frozen=True, slots=True)
class _LambdaApi:
    """Lambda's Invoke, as `sam local start-lambda` serves it."""

    port: int
    log: Path

    async def __call__(self, function: str, event: Path) -> Answered:
        return await asyncio.to_thread(self._invoke, function, event)

    def _invoke(self, function: str, event: Path) -> Answered:
        before = self.log.stat().st_size
        try:
            output = self._post(function, event.read_bytes())
        except (OSError, http.client.HTTPException) as error:
            output = f"{type(error).__name__}: {error}"
        with self.log.open("rb") as file:
            file.seek(before)
            return Answered(output, file.read().decode(errors="replace"))

    def _post(self, function: str, event: bytes) -> str:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=_LONGEST_S)
        with contextlib.closing(connection):
            connection.request("POST", f"/2015-03-31/functions/{function}/invocations", event)
            return connection.getresponse().read().decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


async def _until_it_listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    """Return once the port is open: SAM opens it when all containers are up."""
    try:
        async with asyncio.timeout(_LONGEST_START_S):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(LOOPBACK, port)
                    writer.close()
                    return
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pass
    raise SetUpFailed(f"sam local start-lambda did not start:\n{_last_lines(log)}")


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-20:])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Interrupt SAM, so that it removes its containers; kill it if it does not end.

    It takes SIGINT at any time; a process that was started in the background may ignore it. It takes SIGTERM
    once it serves.
    """
    interrupt = partial(process.send_signal, signal.SIGINT)
    for end in (interrupt, process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError, ValueError):  # ValueError: Windows has no SIGINT
            end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_END_S):
                await process.wait()
