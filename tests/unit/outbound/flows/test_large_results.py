"""Many jobs share one function's memory: few hold a large result at a time."""

from __future__ import annotations

import asyncio

import pytest
from apify_camunda.apify.model import LARGE_BYTES, SMALL_BYTES, TOO_LARGE
from apify_camunda.camunda.model import CompleteJob
from apify_camunda.errors import AnswerTooLarge, ApifyRejected, ErrorCode, InvalidInput, PermanentError
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.flows.large_results import AT_ONCE, LargeResults

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.outbound_deployment import Deployment

LARGE_ITEM: JsonObject = {"text": "x" * SMALL_BYTES}


class Reader:
    """A result of a size, and who reads it now."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.asked: list[int] = []
        self.at_work: dict[int, int] = {}
        self.most_at_work: dict[int, int] = {}

    async def __call__(self, most_bytes: int) -> OperationResult:
        self.asked.append(most_bytes)
        self.at_work[most_bytes] = self.at_work.get(most_bytes, 0) + 1
        self.most_at_work[most_bytes] = max(self.at_work[most_bytes], self.most_at_work.get(most_bytes, 0))
        try:
            await asyncio.sleep(0)
            if self.size_bytes > most_bytes:
                raise AnswerTooLarge("There is more.", code=TOO_LARGE, status=200)
            return OperationResult({"read": most_bytes})
        finally:
            self.at_work[most_bytes] -= 1


async def completed(result: OperationResult) -> CompleteJob:
    return CompleteJob(result.response)


async def at_once(reader: Reader, jobs: int) -> list[object]:
    room = LargeResults()
    return list(await asyncio.gather(*(room.outcome(reader, completed) for _ in range(jobs))))


def test_small_results_are_read_once_and_all_together() -> None:
    """A small result does not wait."""
    reader = Reader(SMALL_BYTES)
    assert run_async(at_once(reader, 10)) == [CompleteJob({"read": SMALL_BYTES})] * 10
    assert reader.most_at_work == {SMALL_BYTES: 10}


def test_between_two_results_clocks_have_their_turn() -> None:
    """A job whose time is up while others compute is stopped before it computes, too."""
    room = LargeResults()
    made: list[int] = []
    jobs: list[asyncio.Task[object]] = []

    async def make(number: int) -> CompleteJob:
        async with room.turn():
            made.append(number)
            if number == 0:
                asyncio.get_running_loop().call_later(0, jobs[-1].cancel)
            return CompleteJob({})

    async def play() -> list[object]:
        reader = Reader(SMALL_BYTES)
        for number in range(3):
            work = room.outcome(reader, lambda _result, number=number: make(number))  # type: ignore[misc]  # a default
            jobs.append(asyncio.create_task(work))
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    *others, last = run_async(play())

    assert isinstance(last, asyncio.CancelledError)
    assert made == [0, 1]
    assert others == [CompleteJob({})] * 2


def test_large_results_are_read_few_at_a_time() -> None:
    """What turns out to be large is read again, when there is room."""
    reader = Reader(LARGE_BYTES)
    assert run_async(at_once(reader, 10)) == [CompleteJob({"read": LARGE_BYTES})] * 10
    assert reader.most_at_work == {SMALL_BYTES: 10, LARGE_BYTES: AT_ONCE}


def test_what_no_room_holds_is_refused_and_frees_its_place() -> None:
    """A result beyond the largest room fails with its code, and the next one finds room."""
    with pytest.raises(PermanentError) as refused:
        run_async(at_once(Reader(LARGE_BYTES + 1), 5))
    assert refused.value.code == TOO_LARGE


@pytest.mark.parametrize(
    "error", [InvalidInput("No."), ApifyRejected("No.", code=ErrorCode.DATASET_NOT_FOUND, status=404)]
)
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    """Only a result that is too large is read a second time."""
    asked: list[int] = []

    async def read(most_bytes: int) -> OperationResult:
        asked.append(most_bytes)
        raise error

    with pytest.raises(type(error)):
        run_async(LargeResults().outcome(read, completed))
    assert asked == [SMALL_BYTES]


def test_large_datasets_are_worked_by_the_poller() -> None:
    """A result expression picks from a dataset that many jobs could not hold together."""
    deployment = Deployment()
    deployment.world.datasets["acme~products"] = [LARGE_ITEM, LARGE_ITEM, LARGE_ITEM]
    headers = {"resultExpression": "={n: count(response.items)}"}
    for number in range(8):
        deployment.jobs.add(a.job(a.get_items(), headers=headers, key=a.JOB + number))
    deployment.invoke()
    assert [outcome for _, outcome in deployment.jobs.reported] == [CompleteJob({"n": 3})] * 8


def test_large_page_of_a_scrape_is_picked_from() -> None:
    """The one item that a crawl leaves may be large, too."""
    deployment = Deployment()
    deployment.jobs.add(a.job(a.scrape(), headers={"resultExpression": "={kind: data.kind}"}))
    deployment.invoke()
    deployment.end_and_wake(items=[{**LARGE_ITEM, "html": LARGE_ITEM["text"], "kind": "page"}])
    assert deployment.outcome == CompleteJob({"kind": "page"})
