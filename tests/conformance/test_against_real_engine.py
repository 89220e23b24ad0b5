"""Our FEEL engine against Camunda's own, started here: Maven fetches it, a JDK runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.feel_judge.__main__ import differences
from tests.conformance.feel_judge.comparison import agree, our_answer_to_tests, reason_to_differ
from tests.conformance.feel_judge.generator import CONTEXT, Generator
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


def test_generated_unary_tests_have_camundas_answers(judge: Judge) -> None:
    """Each of 4,000 cells of decision tables says of its input what Camunda says."""
    generator = Generator(seed=77)
    differing = []
    for _ in range(4_000):
        tests, value = generator.unary_tests()
        theirs = judge.answer_tests(tests.text, value, CONTEXT)
        ours = our_answer_to_tests(tests.text, value, CONTEXT)
        if not agree(theirs, ours) and reason_to_differ(tests.text, theirs, ours) is None:
            differing.append(f"{tests.text}   of {value}: Camunda {theirs}, ours {ours}")
    assert not differing, "\n".join(differing[:20])
