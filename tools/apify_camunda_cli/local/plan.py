"""Decides from the options of `apify-camunda local` what is to be run, or refuses them; starts nothing."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulators.apify import World, WorldError, default_world, load_world
from emulators.apify.default_world import DEFAULT_WORLD

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import one_line
from apify_camunda_cli.local.process_file import ProcessFile, read_process_file
from apify_camunda_cli.local.world import WorldOptions, token_secrets
from apify_camunda_cli.parameters import json_object, read_bytes

DEFAULT_LIMIT_S = 120.0
RUNTIME_CLIENT = "awslambdaric"
_CREDENTIALS = ({"clientId", "clientSecret"}, {"username", "password"})
_ANOTHER_APIFY = "--apify URL"
_NOT_TOGETHER = (
    ("--serve", "--variables", "variables are those of the instance that --process starts"),
    ("--serve", "--until", "it is the time limit of --process"),
    ("--process", "--ready-file", "it tells when --serve is ready"),
    ("--process", "--page-port", "the page is served with --serve"),
    ("--process", "--no-page", "the page is served with --serve only"),
    ("--no-page", "--page-port", "no page is served"),
    ("--process", "--camunda-grpc", "to a cluster of yours deploy the process, and use --serve"),
    ("--process", "--camunda-rest", "to a cluster of yours deploy the process, and use --serve"),
    ("--process", "--watch", "it goes with --serve"),
    ("--process", "--camunda-credentials", "they are for a cluster of yours, with --serve"),
    ("--process", "--public-url", "it goes with --serve"),
    ("--camunda-grpc", "--camunda-grpc-port", "the port is that of the stand-in"),
    ("--camunda-grpc", "--camunda-rest-port", "the port is that of the stand-in"),
    ("--camunda", "--camunda-grpc", "the one is started here, the other one runs already"),
    ("--camunda", "--camunda-rest", "the one is started here, the other one runs already"),
    (_ANOTHER_APIFY, "--world", "a world is that of the emulated Apify"),
    (_ANOTHER_APIFY, "--apify-port", "the port is that of the emulated Apify"),
)
"""Options of which one would have no effect beside the other, and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options as they were given; None means not given."""

    process: Path | None
    serve: bool
    variables: str | None
    until: float | None
    ready_file: Path | None
    files: tuple[Path, ...] = ()
    watch: bool = False
    camunda_grpc_port: int | None = None
    camunda_rest_port: int | None = None
    camunda_credentials: Path | None = None
    public_url: str | None = None
    page_port: int | None
    no_page: bool
    camunda_grpc: str | None
    camunda_rest: str | None
    world: Path | None
    secrets: Path | None
    camunda: str | None
    transport: str
    apify: str | None
    apify_port: int | None
    http_port: int
    dynamodb: str
    as_json: bool
    verbose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run.

    Attributes:
        process: What runs to its end; None means to serve until stopped.
        variables: Those of its instance.
        limit: How long it may take.
        ready_file: The file that says that everything is up; None means no file.
        page_port: Where the page is served, 0 for a free port; None means no page.
        files: What is deployed at the start, with --serve.
        watches: Whether these files are deployed again when they are saved.
        has_examples: Whether the page offers the examples, which belong to the default world.
        world_document: The world, as its file has it.
    """

    options: WorldOptions
    process: ProcessFile | None
    variables: Mapping[str, Any]
    limit: timedelta
    ready_file: Path | None
    page_port: int | None
    files: tuple[Path, ...]
    watches: bool
    has_examples: bool
    world_document: Mapping[str, Any]


def plan_of(given: Given) -> Plan:
    """Return what the options ask for.

    Raises:
        UsageError: They do not go together, or one of them cannot be used.
    """
    _refuse_without_runtime_client()
    _refuse_without_effect(given)
    process = read_process_file(given.process) if given.process else None
    variables = json_object(given.variables, "--variables") if given.variables is not None else {}
    if process is not None and not process.starts_by_hand and variables:
        raise UsageError(
            f"--variables would have no effect: {process.path} is started by an event with its own."
        )
    return Plan(
        options=_options(given),
        process=process,
        variables=variables,
        limit=timedelta(seconds=DEFAULT_LIMIT_S if given.until is None else given.until),
        ready_file=given.ready_file,
        page_port=None if given.no_page or not given.serve else given.page_port or 0,
        files=given.files,
        watches=given.watch,
        has_examples=given.world is None and _other_apify(given) is None,
        world_document=_world_document(given.world),
    )


def _refuse_without_runtime_client() -> None:
    """Refuse a machine on which no function can run.

    Raises:
        UsageError: AWS's runtime client is not installed.
    """
    if importlib.util.find_spec(RUNTIME_CLIENT) is None:
        raise UsageError(
            f"{RUNTIME_CLIENT}, AWS's own runtime client for functions, is not installed on {sys.platform}: "
            "AWS publishes it for Linux only, so `apify-camunda local` needs Linux, WSL 2 or a Linux "
            "container (docs/page.md has the command); every other command works here."
        )


def _refuse_without_effect(given: Given) -> None:
    def is_given(option: str) -> bool:
        if option == _ANOTHER_APIFY:
            return _other_apify(given) is not None
        value = getattr(given, option.removeprefix("--").replace("-", "_"))
        return value is not None and value is not False

    for one, other, why in _NOT_TOGETHER:
        if is_given(one) and is_given(other):
            raise UsageError(f"{other} does not go with {one}: {why}.")
    _check_files(given)
    if (given.camunda_grpc is None) != (given.camunda_rest is None):
        raise UsageError("--camunda-grpc and --camunda-rest go together: a real engine has both addresses.")


def _check_files(given: Given) -> None:
    if given.files and given.process is not None:
        raise UsageError(f"FILE {given.files[0]} does not go with --process: it goes with --serve.")
    if given.files and given.camunda_grpc is not None:
        raise UsageError(
            f"FILE {given.files[0]} does not go with --camunda-grpc: to a cluster of yours deploy it by "
            "`apify-camunda deploy`."
        )
    for path in given.files:
        read_bytes(path, "The file")
    if given.watch and not given.files:
        raise UsageError("--watch needs a FILE.bpmn that it can deploy again.")
    if given.camunda == "engine" and (given.camunda_grpc_port or given.camunda_rest_port):
        raise UsageError("--camunda-grpc-port and --camunda-rest-port are ports of the stand-in.")


def _other_apify(given: Given) -> str | None:
    return None if given.apify in (None, "emulator") else str(given.apify)


def _options(given: Given) -> WorldOptions:
    world = _world(given.world)
    other_apify = _other_apify(given)
    return WorldOptions(
        world=world,
        secrets=_secrets(given.secrets, world, is_emulated=other_apify is None),
        apify_url=other_apify,
        apify_port=given.apify_port or 0,
        http_port=given.http_port,
        camunda_grpc=given.camunda_grpc,
        camunda_rest=given.camunda_rest,
        camunda_grpc_port=given.camunda_grpc_port or 0,
        camunda_rest_port=given.camunda_rest_port or 0,
        camunda_credentials=_credentials(given),
        parameters={} if given.public_url is None else {"PublicUrl": given.public_url},
        camunda_engine=given.camunda == "engine",
        dynamodb=given.dynamodb,
        transport=given.transport,
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


def _world_document(path: Path | None) -> Mapping[str, Any]:
    """Return a world that was read before, as its file has it."""
    if path is None:
        return DEFAULT_WORLD
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    return found


def _credentials(given: Given) -> Mapping[str, str]:
    """Return the credentials for a cluster of the user's own; none where none are given."""
    path = given.camunda_credentials
    if path is None:
        return {}
    if given.camunda_grpc is None:
        raise UsageError(
            "--camunda-credentials go with --camunda-grpc and --camunda-rest: a cluster of yours."
        )
    found = json_object(f"@{path}", "--camunda-credentials")
    if found.keys() not in _CREDENTIALS or not all(isinstance(each, str) for each in found.values()):
        raise UsageError(
            f'The file {path} of --camunda-credentials must hold {{"clientId", "clientSecret"}} or '
            '{"username", "password"}, each a text.'
        )
    return found


def _secrets(path: Path | None, world: World, *, is_emulated: bool) -> Mapping[str, str]:
    """Return what processes call `{{secrets.NAME}}`; tokens of the emulated Apify are for it alone.

    The file's secrets come beside the emulated Apify's token, and over it where they name it.
    """
    own = {} if path is None else json_object(f"@{path}", "--secrets")
    given = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in own.items()
    }
    return {**(token_secrets(world) if is_emulated else {}), **given}
