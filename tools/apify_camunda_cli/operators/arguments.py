"""Declares how an operator names the deployment that a command is about."""

from __future__ import annotations

import argparse
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from apify_camunda_cli.showing import printable
from apify_camunda_cli.usage import name as not_empty

if TYPE_CHECKING:
    from apify_camunda_cli.operators.desk import Desk

Work: TypeAlias = "Callable[[Desk, argparse.Namespace], Awaitable[int]]"
"""What a command does at its desk; it returns the exit code."""
Look: TypeAlias = "Callable[[Desk], Awaitable[dict[str, Any]]]"
"""What a command finds at its desk, as JSON has it."""

DEFAULT_STACK = "apify-camunda"
WHERE = """\
By default the stack apify-camunda, in the region and with the identity that the AWS CLI would use
(AWS_REGION, AWS_PROFILE, ...; AWS_ENDPOINT_URL is honoured). The stack tells its tables and queues."""
EXIT_CODES = """\
exit code:
  0  it was done
  1  it could not be done; one line says why
  2  something that was given cannot be used, or is missing (a region, credentials); one line says what
"""


def add_action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    work: Work,
    *,
    about: str,
    details: str = "",
    examples: Sequence[str] = (),
) -> argparse.ArgumentParser:
    """Declare a command of the operator, with the options that all of them have, and return its parser."""
    shown = "".join(f"  apify-camunda {example}\n" for example in examples)
    parser = actions.add_parser(
        name,
        help=about,
        description="\n\n".join(part for part in (f"{about[0].upper()}{about[1:]}.", details) if part),
        epilog="\n".join([EXIT_CODES, *([f"examples:\n{shown}"] if shown else [])]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_where(parser.add_argument_group("which deployment", WHERE))
    parser.set_defaults(run=_at_the_desk(work))
    return parser


def add_look(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    look: Look,
    lines: Callable[[dict[str, Any]], Iterable[str]],
    *,
    about: str,
    examples: Sequence[str] = (),
) -> None:
    """Declare a command that shows what `look` finds: in `lines` to a person, with --json to a program."""

    async def show(desk: Desk, arguments: argparse.Namespace) -> int:
        found = await look(desk)
        if arguments.json:
            print(json.dumps(found, ensure_ascii=False))
        else:
            print("\n".join(map(printable, lines(found))))
        return 0

    parser = add_action(actions, name, show, about=about, examples=examples)
    parser.add_argument("--json", action="store_true", help="one JSON object")


def add_group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Declare a command that has actions, and return where they are declared."""
    parser = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        epilog=f"`apify-camunda {name} ACTION --help` tells more, with examples and exit codes.",
    )
    return parser.add_subparsers(title="actions", metavar="ACTION", required=True)


def _add_where(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--stack", type=not_empty, metavar="NAME", help=f"the stack's name (default: {DEFAULT_STACK})")
    add("--region", type=not_empty, help="the region (default: as the AWS CLI has it)")
    add("--ready", type=Path, metavar="FILE", help="the ready file of `apify-camunda local --serve`")
    add("--ledger-table", type=not_empty, metavar="NAME", help="with --registry-table: no stack is asked")
    add("--registry-table", type=not_empty, metavar="NAME", help="with --ledger-table: no stack is asked")


def _at_the_desk(work: Work) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        # It costs half a second, which other commands need not.
        from apify_camunda_cli.operators import carrying_out  # noqa: PLC0415

        return carrying_out.carry_out(work, arguments)

    return run
