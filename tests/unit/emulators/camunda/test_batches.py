"""What fits into one command of the stand-in."""

from typing import Any

import pytest
from emulators.camunda.batches import MAX_BATCH_BYTES, copies_of_message, must_fit, packed_size
from emulators.camunda.rejection import Rejection, RejectionKind


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 1),
        (True, 1),
        (127, 1),
        (128, 2),
        (-32, 1),
        (-33, 2),
        (-129, 3),
        (65_535, 3),
        (2**31, 5),
        (2**40, 9),
        (1.5, 9),
        ("", 1),
        ("x" * 31, 32),
        ("x" * 32, 34),
        ("ä", 3),
        ("x" * 70_000, 70_005),
        ([1, 2], 3),
        ({"a": 1}, 4),
        ({"a": [None, {"b": "c"}]}, 3 + 1 + 1 + 5),
    ],
)
def test_variables_are_measured_as_the_engine_keeps_them(value: Any, size: int) -> None:
    """The size is that of MessagePack, in which numbers are small and texts have no escapes."""
    assert packed_size(value) == size


@pytest.mark.parametrize(
    ("takers", "is_kept", "copies"), [(0, True, 1), (0, False, 2), (1, True, 3), (1, False, 4), (3, True, 7)]
)
def test_a_message_is_copied(takers: int, is_kept: bool, copies: int) -> None:  # noqa: FBT001 - a column
    """Once when it is published, twice for each taker, once when it expires at once."""
    assert copies_of_message(takers, is_kept=is_kept) == copies


def test_what_does_not_fit_is_refused_without_a_reason() -> None:
    """The refusal names the command and the limit, as the engine's does."""
    must_fit("CREATE", {"blob": "x" * (MAX_BATCH_BYTES // 2 - 1000)})

    with pytest.raises(Rejection) as refused:
        must_fit("CREATE", {"blob": "x" * (MAX_BATCH_BYTES // 2)})

    assert refused.value.kind is RejectionKind.EXCEEDED_BATCH_RECORD_SIZE
    assert refused.value.message == "Command 'CREATE' rejected with code 'EXCEEDED_BATCH_RECORD_SIZE': "


def test_nesting_is_not_limited() -> None:
    """However deep a value is nested, it is measured."""
    value: Any = 1
    for _ in range(5_000):
        value = {"a": value}

    assert packed_size(value) == 5_000 * 3 + 1
