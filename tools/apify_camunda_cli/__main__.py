"""`apify-camunda`: run processes locally, try expressions, and look after a deployment."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from apify_camunda_cli.usage import EXIT_USAGE, Parser, UsageError

if TYPE_CHECKING:
    from apify_camunda.platform.ports import Clock

EPILOG = """\
`apify-camunda COMMAND --help` tells more, with exit codes and examples.

examples:
  apify-camunda local --process examples/async-actor.bpmn --variables '{"query": "tea"}'
  apify-camunda feel '= items[price > 10].name' --context FILE.json
  apify-camunda status --region eu-central-1
"""
EXIT_INTERRUPTED = 130
EXIT_NOBODY_READS = 141
"""What a shell tells of a program that ended by SIGPIPE."""
EXIT_NOT_WRITTEN = 1
_NO_PLACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LAST_STANDARD_STREAM = 2


def main(argv: list[str] | None = None, *, new_clock: Callable[[], Clock] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: The command line without the program's name; None means that of the process.
        new_clock: Makes the clock of commands that read stored rows; None means the machine's clock.
    """
    _prepare_standard_streams()
    try:
        try:
            arguments = command_line().parse_args(argv)
            arguments.new_clock = new_clock or _system_clock
            return int(arguments.run(arguments))
        finally:
            _flush()
    except UsageError as error:
        print(f"apify-camunda: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_NOBODY_READS
    except OSError as error:
        if error.errno not in _NO_PLACE:
            raise
        print(f"apify-camunda: The output cannot be written: {error.strerror}.", file=sys.stderr)
        return EXIT_NOT_WRITTEN


def _system_clock() -> Clock:
    from apify_camunda.platform.system_clock import SystemClock  # noqa: PLC0415 - only some commands need it

    return SystemClock()


def command_line() -> argparse.ArgumentParser:
    """Return what reads the command line: every command with its options."""
    # Here, so that Ctrl-C while they are imported is as quiet as it is later.
    from apify_camunda import __version__  # noqa: PLC0415

    from apify_camunda_cli import feel_command, local_command  # noqa: PLC0415
    from apify_camunda_cli.operators.commands import add_parsers as add_operators_parsers  # noqa: PLC0415

    parser: argparse.ArgumentParser = Parser(
        prog="apify-camunda",
        description="Apify connectors for Camunda 8, serverless: run them locally, look after a deployment.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"apify-camunda {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    local_command.add_parser(commands)
    feel_command.add_parser(commands)
    add_operators_parsers(commands)
    return parser


def _prepare_standard_streams() -> None:
    """Let no file that is opened later take the place of a stream that was closed, nor a sign stop us."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD_STREAM:
        pass
    os.close(number)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Write what is left to be written, while it can still be said that it cannot.

    Raises:
        OSError: It cannot: nobody reads it, or the disk is full.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries, and tells, again
        raise


if __name__ == "__main__":
    sys.exit(main())
