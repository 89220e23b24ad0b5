"""`python -m tests.conformance.feel_judge`: compare the two engines, cut down what differs, and print it."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.conformance.feel_judge.comparison import agree, our_answer, reason_to_differ
from tests.conformance.feel_judge.corpora import recorded
from tests.conformance.feel_judge.generator import Generator
from tests.conformance.feel_judge.judge import Answer, Judge
from tests.conformance.feel_judge.mutations import Mutator
from tests.conformance.feel_judge.questions import Question, Source
from tests.conformance.feel_judge.trees import shrink


class Difference(NamedTuple):
    """An expression, as small as it could be made, on which the engines do not agree."""

    expression: str
    question: Question
    theirs: Answer
    ours: Answer

    def __str__(self) -> str:
        given = f"   of {json.dumps(self.question.input_value)}" if self.question.is_tests else ""
        named = {name: value for name, value in self.question.context.items() if name in self.expression}
        context = f"\n    in:      {json.dumps(named)}" if named else ""
        return (
            f"{self.expression}{given}{context}\n"
            f"    Camunda: {_shown(self.theirs)}\n    ours:    {_shown(self.ours)}"
        )


def differences(judge: Judge, source: Source, count: int | None) -> Iterator[Difference]:
    """Return what the engines differ in among so many questions; None is without end."""
    for _ in itertools.count() if count is None else range(count):
        question = source.question()
        if differs(judge, question):
            yield smallest(judge, question)


def smallest(judge: Judge, question: Question) -> Difference:
    """Return what is left when all is taken out of the question that the difference does not need."""
    text = shrink(question.tree, lambda text: differs(judge, question, text)).text
    return Difference(text, question, judge.answer(question, text), our_answer(question, text))


def differs(judge: Judge, question: Question, text: str | None = None) -> bool:
    """Return whether the engines differ on a question without being allowed to."""
    theirs, ours = judge.answer(question, text), our_answer(question, text)
    return not agree(theirs, ours) and reason_to_differ(text or question.text, theirs, ours) is None


def sources(seed: int, depth: int, *, wanted: str = "both") -> list[Source]:
    """Return where questions come from: made by rule, and, where the corpora are here, changed from those."""
    found: list[Source] = [] if wanted == "mutated" else [Generator(seed, depth)]
    records = None if wanted == "generated" else recorded()
    return [*found, Mutator(seed, records)] if records else found


class Alternating:
    """One source made of several, which take turns."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._turns = itertools.cycle(sources)

    def question(self) -> Question:
        """Return the next question of the source whose turn it is."""
        return next(self._turns).question()


def main(arguments: list[str]) -> int:
    """Compare, print each difference once; return 1 if there was one."""
    parser = argparse.ArgumentParser(prog="feel_judge", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000, help="how many expressions")
    parser.add_argument("--depth", type=int, default=4, help="how deep they nest")
    parser.add_argument("--source", choices=("generated", "mutated", "both"), default="both")
    parser.add_argument("--forever", action="store_true", help="go on until stopped")
    options = parser.parse_args(arguments)
    found = sources(options.seed, options.depth, wanted=options.source)
    if not found:
        parser.error("the recorded corpora are not here")
    seen: set[str] = set()
    with Judge() as judge:
        for difference in differences(judge, Alternating(found), None if options.forever else options.count):
            if difference.expression not in seen:
                seen.add(difference.expression)
                sys.stdout.write(f"{difference}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(seen)} differences\n")
    return 1 if seen else 0


def _shown(answer: Answer) -> str:
    if not answer.ok:
        return f"failure: {answer.error}"
    return answer.typed if answer.json is None else f"{answer.json}   {answer.typed}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
