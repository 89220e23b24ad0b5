"""Our FEEL engine against Camunda's own, started here: Maven fetches it, a JDK runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.feel_judge.__main__ import differences
from tests.conformance.feel_judge.generator import Generator
from tests.conformance.feel_judge.judge import Judge
from tests.engines import available_or_skip

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with available_or_skip(Judge) as started:
        yield started


@pytest.mark.parametrize("part", range(10))
def test_generated_expressions_have_camundas_answers(judge: Judge, part: int) -> None:
    """Each of 10,000 expressions, of all operators and functions, right and wrong, has Camunda's answer."""
    found = list(differences(judge, Generator(seed=part), count=1_000))
    assert not found, "\n".join(map(str, found[:20]))
