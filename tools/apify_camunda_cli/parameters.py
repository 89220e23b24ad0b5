"""Reads the values of the command line; a value that cannot be used is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click
from apify_camunda.expressions.strict_json import json_fault

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import as_utf8

_LAST_PORT = 65535
_LONGEST_S = timedelta(days=365).total_seconds()
_LONGEST_SHOWN = 80
_LONGEST_AGE = 100_000


class Value(click.ParamType[Any]):
    """A parameter type that reads its value with one of the functions below."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what was read; refuse what cannot be used."""
        if not isinstance(value, str):  # a default
            return value
        try:
            return self._read(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


def read_bytes(path: Path, what: str) -> bytes:
    """Return a file's content.

    Raises:
        UsageError: There is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{what} {path} does not exist.") from None
    except OSError as error:
        raise UsageError(f"{what} {path} cannot be read: {error.strerror}.") from error


def read_text(path: Path, what: str) -> str:
    """Return a file's text without its byte order mark.

    Raises:
        UsageError: There is no such file, or it is not text.
    """
    try:
        return read_bytes(path, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} {path} is not text in UTF-8: {error.reason} {error.start}.") from error


def parse_json(text: str, what: str) -> Any:
    """Return the JSON value that `text` is.

    Raises:
        UsageError: It is not JSON; the message gives line and column.
    """

    def refuse(word: str) -> NoReturn:
        raise UsageError(f"{what} is not JSON: {word} is no number there.")

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {json_fault(error)}.") from error
    except RecursionError:
        raise UsageError(f"{what} is nested too deeply.") from None


def json_object(value: str, what: str) -> dict[str, Any]:
    """Return the JSON object that an argument gives: as text, as `FILE.json` or as `@FILE`.

    Raises:
        UsageError: It is not a JSON object.
    """
    if value.startswith("@") or value.endswith(".json"):
        path = Path(value.removeprefix("@"))
        found = parse_json(read_text(path, f"The file of {what}"), f"The file {path} of {what}")
    else:
        found = parse_json(as_utf8(value), what)
    if not isinstance(found, dict):
        shown = json.dumps(found)[:_LONGEST_SHOWN]
        raise UsageError(f'{what} must be a JSON object like {{"name": 1}}, but is {shown}.')
    return found


def host_and_port(value: str) -> str:
    """Return `HOST:PORT`.

    Raises:
        UsageError: It is not of that form.
    """
    host, _, port = value.removeprefix("http://").rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        raise UsageError(f"An address must be HOST:PORT, for example 127.0.0.1:26500, but is {value!r}.")
    return f"{host}:{port}"


def port_number(value: str) -> int:
    """Return a port's number; 0 means a free one.

    Raises:
        UsageError: It has another form.
    """
    if not value.isdecimal() or int(value) > _LAST_PORT:
        raise UsageError(f"A port must be a number from 0 (a free one) to {_LAST_PORT}, but is {value!r}.")
    return int(value)


def seconds(value: str) -> float:
    """Return how many seconds.

    Raises:
        UsageError: It is not a number above 0, or it is longer than a year.
    """
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number <= _LONGEST_S:
        raise UsageError(f"A time limit must be seconds above 0, at most a year of them, but is {value!r}.")
    return number


def age(value: str) -> timedelta:
    """Return a duration that is given in minutes, hours or days, like `30m`, `12h` or `7d`.

    Raises:
        UsageError: It has another form.
    """
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = value[:-1], value[-1:]
    if not (number.isascii() and number.isdecimal() and 0 < int(number) < _LONGEST_AGE and unit in units):
        raise UsageError(f"A duration must be like 30m, 12h or 7d, but is {value!r}.")
    return timedelta(**{units[unit]: int(number)})


def http_url(value: str) -> str:
    """Return a URL without a slash at its end.

    Raises:
        UsageError: It has another form.
    """
    try:
        address = urlsplit(value)
        is_address = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # an impossible port, a bracket that is not closed
        is_address = False
    if not is_address:
        raise UsageError(f"An address must be a URL like http://127.0.0.1:8000, but is {value!r}.")
    return value.rstrip("/")


def emulator_or_url(value: str) -> str:
    """Return `emulator`, or a URL without a slash at its end.

    Raises:
        UsageError: It is neither.
    """
    return value if value == "emulator" else http_url(value)


def moto_or_url(value: str) -> str:
    """Return `moto`, or a URL without a slash at its end.

    Raises:
        UsageError: It is neither.
    """
    return value if value == "moto" else http_url(value)


def name(value: str) -> str:
    """Return a name as it was given.

    Raises:
        UsageError: It is empty, as an unset variable of a shell is.
    """
    if not value.strip():
        raise UsageError("A name was given that is empty.")
    return value


FILE = click.Path(path_type=Path)
HOST_AND_PORT = Value("HOST:PORT", host_and_port)
PORT = Value("PORT", port_number)
SECONDS = Value("SECONDS", seconds)
URL = Value("URL", http_url)
EMULATOR_OR_URL = Value("emulator|URL", emulator_or_url)
MOTO_OR_URL = Value("moto|URL", moto_or_url)
AGE = Value("DURATION", age)
NAME = Value("NAME", name)
