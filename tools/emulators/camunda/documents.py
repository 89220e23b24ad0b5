"""What the gateway checks of variables and tags before a command reaches the engine."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from emulators.camunda.expressions import type_name
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import Variables

MAX_TAGS = 10
_LEAST_NUMBER, _LARGEST_NUMBER = -(2**63), 2**64 - 1
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
    """Return `document` if it is an object with numbers that the engine can keep.

    Half a character becomes a question mark, as in the engine.

    Raises:
        Rejection: INVALID_ARGUMENT, in the words of the engine's gateway.
    """
    if not isinstance(document, dict):
        what = "Expected document to be a root level object"
        raise _refused(f"Property 'variables' is invalid: {what}, but was '{type_name(document)}'")
    texts_are_whole = True
    for value in _inside(document):
        match value:
            case float() if not math.isfinite(value):
                raise _refused("Property 'variables' is invalid: Expected every number to be finite")
            case int() if not _LEAST_NUMBER <= value <= _LARGEST_NUMBER:
                raise _refused("MessagePack cannot serialize BigInteger larger than 2^64-1")
            case str():
                texts_are_whole = texts_are_whole and _is_whole(value)
            case _:
                pass
    return document if texts_are_whole else _with_whole_texts(document)


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


def _inside(document: Any) -> Iterator[Any]:
    """Yield every value and name in a document; however deep it is nested, nothing here nests."""
    rest = [document]
    while rest:
        value = rest.pop()
        yield value
        match value:
            case dict():
                rest += value.keys()
                rest += value.values()
            case list():
                rest += value
            case _:
                pass


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_whole_texts(document: Variables) -> Variables:
    whole: Variables = json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    return whole


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"Non-standard token '{name}': numbers must be finite")


def _refused(reason: str) -> Rejection:
    return Rejection(RejectionKind.INVALID_ARGUMENT, reason)
