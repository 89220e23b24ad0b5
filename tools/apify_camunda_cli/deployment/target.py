"""Which deployment a command is about, as the command line names it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STACK = "apify-camunda"
_COMMAND = re.compile(r"`apify-camunda ([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The options that name a deployment; None means not given."""

    stack: str | None = None
    region: str | None = None
    ready: Path | None = None
    ledger_table: str | None = None
    registry_table: str | None = None

    def command(self, words: str) -> str:
        """Return a command line that runs `words` on the same deployment, ready to be pasted."""
        given = {
            "--stack": self.stack,
            "--region": self.region,
            "--ready": self.ready,
            "--ledger-table": self.ledger_table,
            "--registry-table": self.registry_table,
        }
        options = (f" {name} {shlex.quote(str(value))}" for name, value in given.items() if value is not None)
        return f"apify-camunda {words}{''.join(options)}"

    def pasteable(self, text: str) -> str:
        """Return a text in which every command that it names runs on this deployment."""
        return _COMMAND.sub(lambda named: f"`{self.command(named[1])}`", text)
