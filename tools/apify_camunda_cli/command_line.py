"""The shape of every command: how its options, help text, examples and exit codes are declared."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

PROGRAM = "apify-camunda"
COMPLETION_VARIABLE = "_APIFY_CAMUNDA_COMPLETE"
"""The shell sets it while it asks for completions."""
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Section:
    """A heading in a help text under which options are listed."""

    title: str
    text: str = ""


class Option(click.Option):
    """An option that is listed under a section of its own, if it names one."""

    def __init__(self, *declarations: Any, section: Section | None = None, **attributes: Any) -> None:
        super().__init__(*declarations, **attributes)
        self.section = section


class Argument(click.Argument):
    """A positional argument with a help text, as options have."""

    def __init__(self, *declarations: Any, about: str, **attributes: Any) -> None:
        super().__init__(*declarations, **attributes)
        self.about = about
        self.section = Section("Arguments")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return the name and the help text."""
        return self.make_metavar(ctx), self.about


class Command(click.Command):
    """A command whose help ends with its exit codes and examples, printed as they were written.

    Args:
        arguments: As click has them.
        exit_codes: What each exit code means.
        examples: Command lines without the program's name.
        details: Further paragraphs of the help text.
        exactly_one: Names of parameters of which exactly one must be given.
        attributes: As click has them.
    """

    def __init__(
        self,
        *arguments: Any,
        exit_codes: Mapping[int, str],
        examples: Sequence[str],
        details: str = "",
        exactly_one: Sequence[str] = (),
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.exactly_one = exactly_one
        self.exit_codes = exit_codes
        self.examples = tuple(f"{PROGRAM} {example}" for example in examples)
        if details:
            self.help = f"{self.help or ''}\n\n{details}"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the parameters.

        Raises:
            click.UsageError: They cannot be used, or not together.
        """
        left = super().parse_args(ctx, args)
        if self.exactly_one and not ctx.resilient_parsing:
            self._require_exactly_one(ctx)
        return left

    def _require_exactly_one(self, ctx: click.Context) -> None:
        labels = {  # as a person types them
            parameter.name: parameter.opts[0]
            if isinstance(parameter, click.Option)
            else parameter.human_readable_name.strip("[]")
            for parameter in self.params
        }
        given = [labels[name] for name in self.exactly_one if ctx.params[name] not in (None, False)]
        if len(given) > 1:
            raise click.UsageError(f"{' and '.join(given)} exclude each other", ctx)
        if not given:
            raise click.UsageError(
                f"{' or '.join(labels[name] for name in self.exactly_one)} is required", ctx
            )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the arguments, then the options, those with a section under its heading."""
        plain = Section("Options")
        records: dict[Section, list[tuple[str, str]]] = {Section("Arguments"): [], plain: []}
        for parameter in self.get_params(ctx):
            if record := parameter.get_help_record(ctx):
                records.setdefault(getattr(parameter, "section", None) or plain, []).append(record)
        for section, rows in records.items():
            if not rows:
                continue
            with formatter.section(section.title):
                if section.text:
                    formatter.write_text(section.text)
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the exit codes and the examples."""
        formatter.write("\nexit code:\n")
        formatter.write("".join(f"  {code:<3}  {meaning}\n" for code, meaning in self.exit_codes.items()))
        formatter.write("\nexamples:\n")
        formatter.write("".join(f"  {example}\n" for example in self.examples))


class Group(click.Group):
    """A command that has commands; a name that is not known is answered with the ones that are similar."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        attributes.setdefault("context_settings", CONTEXT)
        attributes.setdefault("subcommand_metavar", "COMMAND [OPTIONS]")
        super().__init__(*arguments, **attributes)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which they were declared."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a call without a command in one line, in place of the whole help.

        Raises:
            click.UsageError: No command is given.
        """
        if not args and not ctx.resilient_parsing:
            raise click.UsageError("Missing command.", ctx)
        return super().parse_args(ctx, args)


class DeferredGroup(Group):
    """A group of commands whose module is imported only when one of them is needed, because that takes long.

    Args:
        name: The group's name.
        about: What its commands do, for the list of commands.
        module: The module that declares the group under its name.
    """

    def __init__(self, name: str, *, about: str, module: str) -> None:
        super().__init__(name, help=about, short_help=about)
        self._module = module

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were declared."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, or None."""
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        if not self.commands:
            loaded = getattr(importlib.import_module(self._module), self.name or "")
            self.commands.update(loaded.commands)


def option(*declarations: str, section: Section | None = None, **attributes: Any) -> Callable[[F], F]:
    """Declare an option, under a section of the help text if one is given."""
    return click.option(*declarations, cls=Option, section=section, **attributes)


def argument(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """Declare a positional argument; it needs a help text."""
    return click.argument(*declarations, cls=Argument, **attributes)
