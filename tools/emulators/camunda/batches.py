"""How much one command may write: the records of its batch have 4 MB together, and repeat its variables.

It decides only whether a command fits; seen alike on 8.6.0 and 8.8.21 (docs/engine-differences.md).
"""

from typing import Any

from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import Variables

MAX_BATCH_BYTES = 4 * 1024 * 1024
COPIES = 2
"""How often most commands write their variables: in their own record, and in that of the variables."""

_RECORD_BYTES = 300
"""About what a record takes beside its variables."""
_NUMBER_LIMITS = ((0x80, 1), (0x100, 2), (0x1_0000, 3), (0x1_0000_0000, 5))
_NEGATIVE_LIMITS = ((0x20, 1), (0x80, 2), (0x8000, 3), (0x8000_0000, 5))
_LENGTH_LIMITS = ((0x20, 1), (0x100, 2), (0x1_0000, 3))
_COUNT_LIMITS = ((0x10, 1), (0x1_0000, 3))


def must_fit(command: str, document: Variables, copies: int = COPIES) -> None:
    """Refuse a command that would write more than a batch holds.

    Raises:
        Rejection: EXCEEDED_BATCH_RECORD_SIZE, without a reason, as the engine gives none.
    """
    if copies * (packed_size(document) + _RECORD_BYTES) > MAX_BATCH_BYTES:
        raise Rejection.of_command(command, RejectionKind.EXCEEDED_BATCH_RECORD_SIZE, "")


def copies_of_message(takers: int, *, is_kept: bool) -> int:
    """Return how often a message is written: published, twice for each who takes it, expired if not kept."""
    return 1 + 2 * takers + (not is_kept)


def packed_size(value: Any) -> int:
    """Return the length of a value in MessagePack, which is how the engine keeps variables."""
    size, rest = 0, [value]
    while rest:
        each = rest.pop()
        size += _own_size(each)
        if isinstance(each, dict):
            rest += each.keys()
            rest += each.values()
        elif isinstance(each, list | tuple):
            rest += each
    return size


def _own_size(value: Any) -> int:
    """Return the length of a value without those in it."""
    match value:
        case None | bool():
            return 1
        case int() if value < 0:
            return _head(-value - 1, _NEGATIVE_LIMITS, 9)
        case int():
            return _head(value, _NUMBER_LIMITS, 9)
        case str():
            length = len(value.encode(errors="surrogatepass"))
            return _head(length, _LENGTH_LIMITS, 5) + length
        case dict() | list() | tuple():
            return _head(len(value), _COUNT_LIMITS, 5)
        case _:
            return 9


def _head(number: int, limits: tuple[tuple[int, int], ...], longest: int) -> int:
    return next((size for limit, size in limits if number < limit), longest)
