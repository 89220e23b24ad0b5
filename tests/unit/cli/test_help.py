"""What `--help` teaches: every command ends with its exit codes and with examples that are right."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

import pytest
from apify_camunda_cli.__main__ import command_line


def commands(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield each command that does something, with its parser."""
    deeper = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not deeper:
        yield " ".join(path), parser
    for action in deeper:
        for name, child in action.choices.items():
            yield from commands(child, (*path, name))


COMMANDS = dict(commands(command_line()))
EXAMPLES = [
    line.strip()
    for parser in COMMANDS.values()
    for line in (parser.epilog or "").splitlines()
    if line.startswith("  apify-camunda ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_exit_codes_and_examples(command: str) -> None:
    """
    Who asks a command for help learns what its exit codes mean, and sees it used.
    """
    told = COMMANDS[command].format_help()

    assert "exit code:\n  0 " in told
    examples = told.partition("examples:\n")[2].splitlines()
    assert examples
    assert all(f"{example} ".startswith(f"  apify-camunda {command} ") for example in examples)
    assert max(map(len, (COMMANDS[command].epilog or "").splitlines())) <= 110


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_right(example: str) -> None:
    """
    Each example of a help text is accepted as it stands there.
    """
    program, *arguments = shlex.split(example)

    assert program == "apify-camunda"
    assert command_line().parse_args(arguments).run


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_is_explained(command: str) -> None:
    """
    No option and no argument stands in a help text without a word on what it is for.
    """
    assert [action.dest for action in COMMANDS[command]._actions if not action.help] == []
