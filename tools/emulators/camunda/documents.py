"""What the gateway checks of variables and tags before a command reaches the engine."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from emulators.camunda.expressions import type_name
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import Variables

MAX_TAGS = 10
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_\-:.]{0,99}")


def read_variables(text: str) -> Variables:
    """Return the variables that a JSON text holds; an empty text holds none.

    Raises:
        Rejection: INVALID_ARGUMENT.
    """
    if not text.strip():
        return {}
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise _refused(f"Invalid JSON value: {text}") from error
    return check_variables(document)


def check_variables(document: object) -> Variables:
    """Return `document` if it is an object with finite numbers.

    Raises:
        Rejection: INVALID_ARGUMENT, in the words of the engine's gateway.
    """
    if not isinstance(document, dict):
        what = "Expected document to be a root level object"
        raise _refused(f"Property 'variables' is invalid: {what}, but was '{type_name(document)}'")
    if not _is_finite(document):
        raise _refused("Property 'variables' is invalid: Expected every number to be finite")
    return document


def check_tags(tags: Sequence[str]) -> frozenset[str]:
    """Return a process instance's tags.

    Raises:
        Rejection: INVALID_ARGUMENT, where there are too many or one is malformed.
    """
    if len(tags) > MAX_TAGS:
        raise _refused(f"Tags must not be more than {MAX_TAGS}, but were {len(tags)}")
    for tag in tags:
        if not _TAG.fullmatch(tag):
            rule = "begin with a letter, then letters, digits and _-:. up to 100 characters"
            raise _refused(f"Tag '{tag}' is not valid: it must {rule}")
    return frozenset(tags)


def _is_finite(value: object) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case dict():
            return _all_finite(value.values())
        case list():
            return _all_finite(value)
        case _:
            return True


def _all_finite(values: Iterable[Any]) -> bool:
    return all(map(_is_finite, values))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}': numbers must be finite")


def _refused(reason: str) -> Rejection:
    return Rejection(RejectionKind.INVALID_ARGUMENT, reason)
