"""Reads what a person gives on the command line; anything wrong is one clear line, and exit code 2."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EXIT_USAGE = 2
_LAST_PORT = 65535
_EMULATED = ("emulator", "moto")


class UsageError(Exception):
    """What was given cannot be used; the message is one line: what, with which value, what to do."""


def read_text(path: Path, what: str) -> str:
    """Return a file's text.

    Raises:
        UsageError: There is no such file, or it is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"{what} {path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} {path} cannot be read: {error}.") from error


def parse_json(text: str, what: str) -> Any:
    """Return the JSON value that `text` is.

    Raises:
        UsageError: It is no JSON; the message gives line and column.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{what} is not JSON: {error}.") from error


def json_object(value: str, what: str) -> dict[str, Any]:
    """Return the JSON object that an argument gives: as text, as `FILE.json` or as `@FILE`.

    Raises:
        UsageError: It is no JSON object.
    """
    if value.startswith("@") or value.endswith(".json"):
        path = Path(value.removeprefix("@"))
        found = parse_json(read_text(path, f"The file of {what}"), f"The file {path} of {what}")
    else:
        found = parse_json(value, what)
    if not isinstance(found, dict):
        raise UsageError(f'{what} must be a JSON object like {{"name": 1}}, but is {json.dumps(found)[:80]}.')
    return found


def host_and_port(value: str) -> str:
    """Return `HOST:PORT`.

    Raises:
        UsageError: It is not of that form.
    """
    host, _, port = value.removeprefix("http://").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
        raise UsageError(f"An address must be HOST:PORT, for example 127.0.0.1:26500, but is {value!r}.")
    return f"{host}:{port}"


def port_number(value: str) -> int:
    """Return a port's number; 0 means a free one.

    Raises:
        UsageError: It is none.
    """
    if not value.isdigit() or int(value) > _LAST_PORT:
        raise UsageError(f"A port must be a number from 0 (a free one) to {_LAST_PORT}, but is {value!r}.")
    return int(value)


def seconds(value: str) -> float:
    """Return how many seconds.

    Raises:
        UsageError: It is no number above 0.
    """
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise UsageError(f"A time limit must be seconds above 0, but is {value!r}.")
    return number


def http_url(value: str) -> str:
    """Return a URL without a slash at its end.

    Raises:
        UsageError: It is none.
    """
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise UsageError(f"An address must be a URL like http://127.0.0.1:8000, but is {value!r}.")
    return value.rstrip("/")


def emulated_or_url(value: str) -> str:
    """Return a URL without a slash at its end, or the word that names what is emulated.

    Raises:
        UsageError: It is neither.
    """
    return value if value in _EMULATED else http_url(value)
