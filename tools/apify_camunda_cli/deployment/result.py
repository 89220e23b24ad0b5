"""What a command on a deployment reports, in the form for people and in the form for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a command.

    Attributes:
        value: What `--json` prints.
        lines: What a person reads on standard output.
        notes: What a person reads on standard error, with and without `--json`.
        is_printed: The command has printed its output itself, line by line.
        failure: What could not be done, in one sentence; the exit code is 1 then.
    """

    value: Any
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failure: str | None = None
    is_printed: bool = False


Work: TypeAlias = Callable[..., Awaitable[Result]]
"""What a command does with a deployment's container and the command's own parameters."""
