"""One call of a command: what it is about, at what time, and how it reports progress."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apify_camunda_cli.deployment.target import Target
from apify_camunda_cli.formatting import printable

if TYPE_CHECKING:
    from apify_camunda.platform.ports import Clock


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command.

    Attributes:
        target: Which deployment it is about.
        clock: The time by which rows are read and written.
        as_json: Whether standard output is for a program.
    """

    target: Target
    clock: Clock
    as_json: bool

    def report_progress(self, text: str) -> None:
        """Show a line at once, while the command still runs; standard output of a program stays JSON."""
        print(printable(text), file=sys.stderr if self.as_json else sys.stdout, flush=True)
