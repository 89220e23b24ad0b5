"""`apify-camunda completion`: print the script that lets a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from apify_camunda_cli.command_line import COMPLETION_VARIABLE, PROGRAM, Command, argument


@click.command(
    cls=Command,
    help="Print the script that lets a shell complete commands and options.",
    exit_codes={0: "the script is printed", 2: "the shell is not known"},
    examples=(
        "completion bash >> ~/.bashrc",
        "completion zsh >> ~/.zshrc",
        "completion fish > ~/.config/fish/completions/apify-camunda.fish",
    ),
)
@argument("shell", type=click.Choice(("bash", "zsh", "fish")), about="the shell that reads the script")
def completion(shell: str) -> None:
    """Print the script."""
    made = get_completion_class(shell)
    assert made is not None  # one of the choices
    click.echo(made(click.Group(PROGRAM), {}, PROGRAM, COMPLETION_VARIABLE).source())
