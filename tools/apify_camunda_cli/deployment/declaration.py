"""Declares a command on a deployment: its options, its help, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from apify_camunda_cli.command_line import Command, Section, option
from apify_camunda_cli.deployment.invocation import Invocation
from apify_camunda_cli.deployment.result import Result, Work
from apify_camunda_cli.deployment.target import DEFAULT_STACK, Target
from apify_camunda_cli.parameters import FILE, NAME

EXIT_CODES = {
    0: "it was done",
    1: "it could not be done; one line says why",
    2: "a given value cannot be used, or is missing (a region, credentials); one line says which",
}
_WHERE = Section(
    "Which deployment",
    "By default the stack apify-camunda, in the region and with the identity that the AWS CLI would use "
    "(AWS_REGION, AWS_PROFILE, ...; AWS_ENDPOINT_URL is honoured).",
)
_TARGET_OPTIONS = (
    option("--stack", type=NAME, section=_WHERE, help=f"the stack's name (default: {DEFAULT_STACK})"),
    option(
        "--region", type=NAME, metavar="REGION", section=_WHERE, help="the region (default: the AWS CLI's)"
    ),
    option(
        "--ready",
        type=FILE,
        metavar="FILE",
        section=_WHERE,
        help="the ready file of `apify-camunda local --serve`",
    ),
    option("--ledger-table", type=NAME, section=_WHERE, help="with --registry-table: no stack is read"),
    option("--registry-table", type=NAME, section=_WHERE, help="with --ledger-table: no stack is read"),
    option("--json", "as_json", is_flag=True, help="print one JSON value"),
)


def on_deployment(
    name: str,
    *,
    about: str,
    details: str = "",
    examples: Sequence[str],
    exit_codes: dict[int, str] | None = None,
    exactly_one: Sequence[str] = (),
) -> Callable[[Work], click.Command]:
    """Make a command of an async function that takes the deployment's `Container` and its own parameters.

    Args:
        name: The command's name.
        about: What it does, as a sentence without its full stop.
        details: Further paragraphs of its help text.
        examples: Command lines without the program's name.
        exit_codes: Other meanings of its exit codes than the usual ones.
        exactly_one: Names of parameters of which exactly one must be given.
    """

    def declare(work: Work) -> click.Command:
        async def with_container(invocation: Invocation, **given: Any) -> Result:
            from apify_camunda_cli.deployment.runner import run_with_container  # noqa: PLC0415

            return await run_with_container(work, invocation, given)

        with_container.__click_params__ = getattr(work, "__click_params__", [])  # type: ignore[attr-defined] # click's
        make = on_target(
            name,
            about=about,
            details=details,
            examples=examples,
            exit_codes=exit_codes,
            exactly_one=exactly_one,
        )
        return make(with_container)

    return declare


def on_target(
    name: str,
    *,
    about: str,
    details: str = "",
    examples: Sequence[str],
    exit_codes: dict[int, str] | None = None,
    exactly_one: Sequence[str] = (),
) -> Callable[[Work], click.Command]:
    """Make a command of an async function that takes the `Invocation` and its own parameters.

    It finds the deployment itself, if it needs one; the arguments are those of `on_deployment`.
    """

    def declare(work: Work) -> click.Command:
        def run(*, as_json: bool, **given: Any) -> int:
            # Imported here: boto3 costs half a second, which `--help` and other commands save.
            from apify_camunda_cli.deployment.runner import run_command  # noqa: PLC0415

            target = Target(**{each: given.pop(each) for each in Target.__slots__})
            new_clock = click.get_current_context().find_root().obj
            return run_command(work, Invocation(target, new_clock(), as_json), given)

        run.__click_params__ = list(getattr(work, "__click_params__", []))  # type: ignore[attr-defined] # click's
        for declare_option in reversed(_TARGET_OPTIONS):
            run = declare_option(run)
        make = click.command(
            name,
            cls=Command,
            help=f"{about}.",
            short_help=f"{about}.",
            details=details,
            exit_codes={**EXIT_CODES, **(exit_codes or {})},
            examples=examples,
            exactly_one=exactly_one,
        )
        return make(run)

    return declare
