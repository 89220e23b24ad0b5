"""Our FEEL engine against Camunda's own, started here: Maven fetches it, a JDK runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.feel_judge.__main__ import differences
from tests.conformance.feel_judge.corpora import Recorded, recorded
from tests.conformance.feel_judge.generator import Generator
from tests.conformance.feel_judge.judge import Judge
from tests.conformance.feel_judge.mutations import Mutator
from tests.engines import available_or_skip
from tests.shared_data import shared_data

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with available_or_skip(Judge) as started:
        yield started


@pytest.fixture(scope="module")
def records() -> list[Recorded]:
    shared_data("feel")
    found = recorded()
    assert found is not None, "the folder holds both corpora"
    return found


@pytest.mark.parametrize("part", range(10))
def test_generated_questions_have_camundas_answers(judge: Judge, part: int) -> None:
    """Each of 13,000 expressions and unary tests, of all operators and functions, has Camunda's answer."""
    found = list(differences(judge, Generator(seed=part), count=1_300))
    assert not found, "\n".join(map(str, found[:20]))


@pytest.mark.parametrize("part", range(4))
def test_changed_questions_have_camundas_answers(judge: Judge, records: list[Recorded], part: int) -> None:
    """Each of 4,000 questions that others have written, and that were changed, has Camunda's answer."""
    found = list(differences(judge, Mutator(seed=part, records=records), count=1_000))
    assert not found, "\n".join(map(str, found[:20]))
