"""What the operations' tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.outbound.operations.apify_at_hand import AtHand, apify_at_hand


@pytest.fixture
def at_hand() -> Iterator[AtHand]:
    """Return Apify, with a world of its own."""
    with apify_at_hand() as at_hand:
        yield at_hand
