"""`apify-camunda`: run processes locally, try expressions, and operate a deployment."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from apify_camunda_cli.command_line import COMPLETION_VARIABLE, PROGRAM
from apify_camunda_cli.errors import UsageError

if TYPE_CHECKING:
    from apify_camunda.platform.ports import Clock

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
"""The code that a shell shows for a program that ended by SIGPIPE."""
EXIT_NOT_WRITTEN = 1
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
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
            return _refusals_reported(sys.argv[1:] if argv is None else argv, new_clock or _system_clock)
        finally:
            _flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_PIPE_CLOSED
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        print(f"{PROGRAM}: The output cannot be written: {error.strerror}.", file=sys.stderr)
        return EXIT_NOT_WRITTEN


def _refusals_reported(argv: list[str], new_clock: Callable[[], Clock]) -> int:
    try:
        return _run(argv, new_clock)
    except click.exceptions.Exit as ended:  # `--help` and `--version`
        return ended.exit_code
    except UsageError as error:
        message = str(error)
    except click.UsageError as error:
        message = _with_help(error)
    print(f"{PROGRAM}: {message}", file=sys.stderr)
    return EXIT_USAGE


def _run(argv: list[str], new_clock: Callable[[], Clock]) -> int:
    # Imported here, so that Ctrl-C during the import is as quiet as it is later.
    from apify_camunda_cli.commands import apify_camunda  # noqa: PLC0415

    if instruction := os.environ.get(COMPLETION_VARIABLE):
        from click.shell_completion import shell_complete  # noqa: PLC0415

        return shell_complete(apify_camunda, {}, PROGRAM, COMPLETION_VARIABLE, instruction)
    # click's own `main` would end the process itself and print a line when Ctrl-C is pressed.
    with apify_camunda.make_context(PROGRAM, list(argv), obj=new_clock) as context:
        return int(apify_camunda.invoke(context) or 0)


def _system_clock() -> Clock:
    from apify_camunda.platform.system_clock import SystemClock  # noqa: PLC0415 - only some commands need it

    return SystemClock()


def _with_help(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else PROGRAM
    said = " ".join(error.format_message().split()).rstrip(".")
    return f"{said}; `{path} --help` shows how it is used."


def _prepare_standard_streams() -> None:
    """Open standard streams that were closed, and escape characters that the terminal does not know."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD_STREAM:
        pass
    os.close(number)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Write buffered output while a failure can still be reported.

    Raises:
        OSError: The reader has closed its end, or the disk is full.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again at its end
        raise


if __name__ == "__main__":
    sys.exit(main())
