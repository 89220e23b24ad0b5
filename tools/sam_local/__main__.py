"""Runs the set-up for `sam local`: `python -m sam_local serve | check | record`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shlex
import signal
import sys
from pathlib import Path

from sam_local import event_files
from sam_local.check import check
from sam_local.container_host import LOOPBACK, ContainerHost, container_host
from sam_local.environment_file import environment_file
from sam_local.surroundings import SetUpFailed, project_root, surroundings

_SERVING = """\
Everything is up. In another terminal:

    sam local invoke ReceiveWebhook -e events/receive_webhook_succeeded.json --env-vars {path}
    sam local start-api --env-vars {path}

`sam` is .venv-sam/bin/sam. events/README.md shows what each event is answered. Stop this with Ctrl-C.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sam_local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the set-up until it is stopped")
    serve.add_argument(
        "--env-file", type=Path, default=Path("env.json"), help="where the variables are written"
    )
    checking = commands.add_parser("check", help="run every file of events/ in containers")
    checking.add_argument("--sam", default=".venv-sam/bin/sam", help="the SAM CLI")
    checking.add_argument(
        "--options", default="", help="options of `sam local` that this machine needs, in one text"
    )
    checking.add_argument(
        "--invoke-each",
        action="store_true",
        help="send every event through `sam local invoke`, which takes a container for each",
    )
    for command in (serve, checking):
        command.add_argument(
            "--container-host",
            help="name or address by which containers reach this machine, if it is not found",
        )
    commands.add_parser("record", help="write events/ again, after a change of how paths or ids are made")
    return parser.parse_args()


async def _serve(host: ContainerHost, path: Path) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    print("Starting AWS, Apify and Camunda on this machine ...", flush=True)
    async with surroundings(host, lambda line: print(line, flush=True)) as running:
        with environment_file(running, path):
            print(_SERVING.format(path=path), flush=True)
            await stop.wait()
    return 0


async def _check(host: ContainerHost, arguments: argparse.Namespace) -> int:
    _end_on_termination()
    async with surroundings(host, lambda _line: None) as running:
        sam, options = shlex.split(arguments.sam), shlex.split(arguments.options)
        wrong = await check(running, sam, options, invoke_each=arguments.invoke_each)
    print("Every answer is right." if wrong == 0 else f"{wrong} answers are wrong.")
    return min(wrong, 1)


def _end_on_termination() -> None:
    """Cancel the current task at SIGTERM, so that it removes its containers.

    `make` passes SIGTERM on to a process that has got it already: the second must not cancel the removal.
    """
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: None if task.cancelling() else task.cancel()
        )


async def _record() -> int:
    async with surroundings(ContainerHost(LOOPBACK), lambda _line: None) as running:
        event_files.write(project_root() / "events", running.ids())
    return 0


def main() -> int:
    """Run the command and return the exit code."""
    arguments = _arguments()
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a background process inherits that it is ignored
    try:
        match arguments.command:
            case "serve":
                return asyncio.run(_serve(container_host(arguments.container_host), arguments.env_file))
            case "check":
                return asyncio.run(_check(container_host(arguments.container_host), arguments))
            case _:
                return asyncio.run(_record())
    except (SetUpFailed, OSError) as error:
        print(f"sam-local: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


if __name__ == "__main__":
    sys.exit(main())
