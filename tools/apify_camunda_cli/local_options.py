"""Reads what `apify-camunda local` was called with into one plan, or refuses it; starts nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulators.apify import World, WorldError, default_world, load_world

from apify_camunda_cli.local_world import WorldOptions, token_secrets
from apify_camunda_cli.process_file import ProcessFile, read_process_file
from apify_camunda_cli.usage import UsageError, json_object, one_line

DEFAULT_LIMIT_S = 120.0
_ANOTHER_APIFY = "--apify URL"
_NOT_TOGETHER = (
    ("--serve", "--variables", "variables are those of the instance that --process starts"),
    ("--serve", "--until", "it is the time limit of --process"),
    ("--process", "--ready-file", "it tells when --serve is ready"),
    ("--process", "--camunda-grpc", "to a cluster of yours deploy the process, and use --serve"),
    ("--process", "--camunda-rest", "to a cluster of yours deploy the process, and use --serve"),
    ("--camunda", "--camunda-grpc", "the one is started here, the other one runs already"),
    ("--camunda", "--camunda-rest", "the one is started here, the other one runs already"),
    (_ANOTHER_APIFY, "--world", "a world is that of the emulated Apify"),
    (_ANOTHER_APIFY, "--apify-port", "the port is that of the emulated Apify"),
)
"""Options of which one would be without effect beside the other, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run.

    Attributes:
        process: What runs to its end; None means to serve until stopped.
        variables: Those of its instance.
        limit: How long it may take.
        ready_file: Where is told that everything is up; None means nowhere.
    """

    options: WorldOptions
    process: ProcessFile | None
    variables: Mapping[str, Any]
    limit: timedelta
    ready_file: Path | None


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return what the arguments ask for.

    Raises:
        UsageError: They do not go together, or one of them cannot be used.
    """
    _refuse_what_would_be_ignored(arguments)
    process = read_process_file(arguments.process) if arguments.process else None
    variables = json_object(arguments.variables, "--variables") if arguments.variables is not None else {}
    if process is not None and not process.starts_by_hand and variables:
        raise UsageError(
            f"--variables would be without effect: {process.path} is started by an event with its own."
        )
    return Plan(
        options=_options(arguments),
        process=process,
        variables=variables,
        limit=timedelta(seconds=DEFAULT_LIMIT_S if arguments.until is None else arguments.until),
        ready_file=arguments.ready_file,
    )


def _refuse_what_would_be_ignored(arguments: argparse.Namespace) -> None:
    def is_given(option: str) -> bool:
        if option == _ANOTHER_APIFY:
            return _other_apify(arguments) is not None
        value = getattr(arguments, option.removeprefix("--").replace("-", "_"))
        return value is not None and value is not False

    for one, other, why in _NOT_TOGETHER:
        if is_given(one) and is_given(other):
            raise UsageError(f"{other} does not go with {one}: {why}.")
    if (arguments.camunda_grpc is None) != (arguments.camunda_rest is None):
        raise UsageError("--camunda-grpc and --camunda-rest go together: a real engine has both addresses.")


def _other_apify(arguments: argparse.Namespace) -> str | None:
    return None if arguments.apify in (None, "emulator") else str(arguments.apify)


def _options(arguments: argparse.Namespace) -> WorldOptions:
    world = _world(arguments.world)
    other_apify = _other_apify(arguments)
    return WorldOptions(
        world=world,
        secrets=_secrets(arguments.secrets, world, is_emulated=other_apify is None),
        apify_url=other_apify,
        apify_port=arguments.apify_port or 0,
        http_port=arguments.http_port,
        camunda_grpc=arguments.camunda_grpc,
        camunda_rest=arguments.camunda_rest,
        camunda_engine=arguments.camunda == "engine",
        dynamodb=arguments.dynamodb,
        transport=arguments.transport,
    )


def _world(path: Path | None) -> World:
    if path is None:
        return default_world()
    try:
        return load_world(path)
    except WorldError as error:
        raise UsageError(f"The world file {one_line(error)}.") from error
    except RecursionError:
        raise UsageError(f"The world file {path}: nested too deeply.") from None


def _secrets(path: Path | None, world: World, *, is_emulated: bool) -> Mapping[str, str]:
    """Return what processes call `{{secrets.NAME}}`; tokens of the emulated Apify are for it alone."""
    if path is not None:
        return {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in json_object(f"@{path}", "--secrets").items()
        }
    return token_secrets(world) if is_emulated else {}
