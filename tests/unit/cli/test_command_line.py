"""How commands are chosen, refused, completed and explained."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.command_line import COMPLETION_VARIABLE, Command, Group
from apify_camunda_cli.commands import apify_camunda


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Command]]:
    """Yield each command that does something, with the words that choose it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            assert isinstance(command, Command)
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(apify_camunda))
EXAMPLES = [example for command in COMMANDS.values() for example in command.examples]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_exit_codes_and_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The help of every command explains its exit codes and shows how it is used.
    """
    assert main([*command.split(), "--help"]) == 0

    told = capsys.readouterr().out
    assert "exit code:\n  0 " in told
    examples = told.partition("examples:\n")[2].splitlines()
    assert examples
    assert all(f"{example} ".startswith(f"  apify-camunda {command} ") for example in examples)
    assert max(map(len, told.splitlines())) <= 110


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_right(example: str) -> None:
    """
    Each example of a help text is accepted as it is printed.
    """
    line = example.replace(" >> ", " # ").replace(" > ~", " # ~")
    program, *arguments = shlex.split(line, comments=True)
    assert program == "apify-camunda"

    group: click.Command = apify_camunda
    context = apify_camunda.make_context(program, arguments)
    while isinstance(group, click.Group):
        name, found, left = group.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        group, context = found, found.make_context(name, left, parent=context)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_parameter_is_explained(command: str) -> None:
    """
    Every option and every argument has a help text.
    """
    context = click.Context(COMMANDS[command])
    records = [parameter.get_help_record(context) for parameter in COMMANDS[command].params]
    assert all(record and record[1] for record in records)


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"completion"}))
def test_each_command_has_a_form_for_programs(command: str) -> None:
    """
    `--json` makes every command print JSON.
    """
    assert "--json" in [name for parameter in COMMANDS[command].params for name in parameter.opts]


@pytest.mark.parametrize(
    "arguments",
    [
        ["local", "--process", "nowhere.bpmn"],
        ["local", "--serve", "--world", "nowhere.json"],
        ["local", "--serve", "--camunda-grpc", "127.0.0.1:26500"],
        ["local", "--serve", "--http-port", "99999"],
        ["local", "--serve", "--transport", "telegraph"],
        ["local", "--serve", "--bogus"],
        ["local"],
        ["local", "--serve", "--process", "p.bpmn"],
        ["local", "--serve", "--ready-file", "/"],
        ["status", "--stack", ""],
        ["webhooks"],
        ["nonsense"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    What cannot be used is reported in one line on standard error, with exit code 2, before anything starts.
    """
    assert main(arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("apify-camunda: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("webhoks", "'webhooks'"),
        ("webhooks lst", "'list'"),
        ("status --jsn", "'--json'"),
        ("local --proces p", "'--process'"),
    ],
)
def test_mistyped_name_is_answered_with_a_similar_one(
    capsys: pytest.CaptureFixture[str], given: str, meant: str
) -> None:
    """
    A command or an option that does not exist is answered with the one that was probably meant.
    """
    assert main(given.split()) == 2
    assert f"Did you mean {meant}?" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_printed(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    """
    `completion` prints the script for each shell that is supported.
    """
    assert main(["completion", shell]) == 0
    assert COMPLETION_VARIABLE in capsys.readouterr().out


def test_shell_completes_what_may_follow(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While the shell asks for completions, the names that fit are printed and no command runs.
    """
    monkeypatch.setenv(COMPLETION_VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "apify-camunda webhooks re")
    monkeypatch.setenv("COMP_CWORD", "2")

    assert main([]) == 0
    assert capsys.readouterr().out == "plain,remove\n"


def test_help_does_not_import_what_it_does_not_need() -> None:
    """
    The list of commands comes without the libraries of AWS and gRPC and without the templates.
    """
    heavy = ("boto3", "grpc", "pydantic", "element_templates", "emulators", "local_aws")
    program = f"""
import sys
from apify_camunda_cli.__main__ import main
code = main(["--help"])
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""
    paths = os.pathsep.join(path for path in sys.path if path)
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths},
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "[]\n")


def test_groups_list_their_commands_in_order() -> None:
    """
    The main job comes first in the list of commands.
    """
    assert isinstance(apify_camunda, Group)
    assert apify_camunda.list_commands(click.Context(apify_camunda))[0] == "local"
