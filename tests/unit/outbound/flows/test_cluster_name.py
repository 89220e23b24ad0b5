"""What a poller knows of the cluster's own name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.outbound.flows.cluster_name import ClusterName

from tests.event_loop import run_async
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock


class NamedCluster(FakeCatalog):
    """A cluster that tells one name after the other, or fails."""

    def __init__(self, *answers: str | Exception | None) -> None:
        super().__init__()
        self.answers = list(answers)

    async def told_cluster_id(self) -> str | None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_name_is_asked_for_once_a_minute() -> None:
    """Within a minute the name is not asked for again; after a minute a new name is seen."""
    clock = FrozenClock()
    name = ClusterName(catalog=NamedCluster("first", "second"), clock=clock)

    assert [run_async(name()) for _ in range(3)] == ["first"] * 3
    clock.advance(timedelta(seconds=59))
    assert run_async(name()) == "first"
    clock.advance(timedelta(seconds=1))
    assert run_async(name()) == "second"


@pytest.mark.parametrize(
    "answer",
    [None, EngineUnavailable("No answer."), EngineRejected("No such endpoint.", rejection="NOT_FOUND")],
)
def test_unknown_name_is_empty(answer: Exception | None) -> None:
    """A cluster without a name, or one that does not answer, has an empty name; it is asked again later."""
    clock = FrozenClock()
    name = ClusterName(catalog=NamedCluster("before", answer, "after"), clock=clock)
    names = []
    for _ in range(3):
        names.append(run_async(name()))
        clock.advance(timedelta(minutes=1))

    assert names == ["before", "", "after"]
