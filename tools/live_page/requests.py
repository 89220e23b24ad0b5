"""Reads the queries and bodies of requests; each refusal says which field is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs

from apify_camunda.feel.json_faults import json_fault

from live_page.errors import PageError

_LONGEST_SHOWN = 80


def json_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; an empty body is an empty object.

    Raises:
        PageError: It is no JSON object.
    """
    if not body.strip():
        return {}
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise PageError(400, "The body is not text in UTF-8.") from None
    except ValueError as error:
        raise PageError(400, f"The body is not JSON: {json_fault(error)}.") from None
    except RecursionError:
        raise PageError(400, "The body is nested too deeply.") from None
    if not isinstance(found, dict):
        raise PageError(400, "The body must be a JSON object.")
    return found


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number there")


def text_of(body: Mapping[str, Any], name: str) -> str:
    """Return a text of the body that must be there and not empty."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise PageError(400, f"{name} must be a text that is not empty, but is {_shown(value)}.")
    return value


def text_or_empty(body: Mapping[str, Any], name: str) -> str:
    """Return a text of the body that must be there."""
    value = body.get(name)
    if not isinstance(value, str):
        raise PageError(400, f"{name} must be a text, but is {_shown(value)}.")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text of the body, or None where it is absent or null."""
    return None if body.get(name) is None else text_of(body, name)


def object_of(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object of the body; absent is empty."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise PageError(400, f"{name} must be a JSON object, but is {_shown(value)}.")
    return value


def flag_of(body: Mapping[str, Any], name: str) -> bool:
    """Return a boolean of the body that must be there."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise PageError(400, f"{name} must be true or false, but is {_shown(value)}.")
    return value


def optional_count(body: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number from 1 to 1000 of the body, or None where it is absent."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise PageError(400, f"{name} must be a whole number from 1 to 1000, but is {_shown(value)}.")
    return value


class Query:
    """The query of a request."""

    def __init__(self, text: str) -> None:
        self._values = parse_qs(text, keep_blank_values=True)

    def text(self, name: str) -> str | None:
        """Return a parameter, or None where it is absent or empty."""
        return self._values.get(name, [""])[-1] or None

    def number(self, name: str, *, default: int, most: int) -> int:
        """Return a parameter that is a whole number from 0 on; a larger one counts as `most`.

        Raises:
            PageError: It is something else.
        """
        given = self.text(name)
        if given is None:
            return default
        if not (given.isascii() and given.isdecimal()) or len(given) > 19:
            raise PageError(400, f"{name} must be a whole number, but is {given[:_LONGEST_SHOWN]!r}.")
        return min(int(given), most)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_SHOWN]
