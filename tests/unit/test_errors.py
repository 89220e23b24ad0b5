"""The codes of errors."""

from __future__ import annotations

import pytest
from apify_camunda.errors import ApifyUnavailable, ErrorCode, Handling, InvalidInput


@pytest.mark.parametrize("code", ErrorCode)
def test_code_is_its_name(code: ErrorCode) -> None:
    """A code equals the text that a modeller writes, and says in one sentence what happened."""
    assert code == code.name
    assert code.meaning.endswith(".")
    assert isinstance(code.handling, Handling)


def test_error_has_the_code_of_its_kind_or_its_own() -> None:
    """An error without a code of its own has that of its class."""
    assert InvalidInput("x").code is ErrorCode.INVALID_INPUT
    assert InvalidInput("x", code=ErrorCode.RESULT_TOO_LARGE).code is ErrorCode.RESULT_TOO_LARGE
    assert ApifyUnavailable("x").code is ErrorCode.APIFY_UNAVAILABLE
