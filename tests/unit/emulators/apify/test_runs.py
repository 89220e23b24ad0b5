"""A run goes the way its world says, in Apify's states."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from emulators.apify.rejections import Rejection
from emulators.apify.representations.runs import run_json
from emulators.apify.runs import OptionChanges

from tests.unit.emulators.apify.builders import START, Stage, a_world


def test_a_run_goes_from_ready_over_running_to_its_end() -> None:
    """A run is READY when it starts, RUNNING soon after, and ends when its duration is over."""
    stage = Stage(a_world({"durationSeconds": 10}))

    run = stage.start()
    seen = [run.status]
    for seconds in (0.2, 9.7, 0.1):
        stage.after(seconds)
        seen.append(run.status)

    assert seen == ["READY", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert run.finished_at == START + timedelta(seconds=10)


@pytest.mark.parametrize("end", ["SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"])
def test_a_run_ends_as_its_world_says(end: str) -> None:
    """The world decides the state, the message and the exit code."""
    stage = Stage(
        a_world({"durationSeconds": 1, "ends": end, "statusMessage": "Done {{input.n}}", "exitCode": 9})
    )

    run = stage.start(given={"n": 7})
    stage.after(5)

    assert (run.status, run.status_message, run.exit_code) == (end, "Done 7", 9)


def test_time_that_jumps_lets_things_happen_at_their_own_times() -> None:
    """A jump over the end of a run does not move the end."""
    stage = Stage(a_world({"durationSeconds": 10}))
    run = stage.start()

    stage.after(3600)

    assert run.finished_at == START + timedelta(seconds=10)
    assert [event.time for event in stage.machine.take_trace() if event.kind == "run"] == [
        START,
        START + timedelta(seconds=0.1),
        START + timedelta(seconds=10),
    ]


@pytest.mark.parametrize(
    ("timeout", "status", "ended_after"),
    [(4, "TIMED-OUT", 4), (10, "SUCCEEDED", 10), (20, "SUCCEEDED", 10), (0, "SUCCEEDED", 10)],
)
def test_a_timeout_that_is_shorter_ends_the_run(timeout: int, status: str, ended_after: float) -> None:
    """A timeout cuts a run only if it comes first; 0 is no timeout."""
    stage = Stage(a_world({"durationSeconds": 10}))

    run = stage.start(timeout_secs=timeout)
    stage.after(60)

    assert (run.status, run.finished_at) == (status, START + timedelta(seconds=ended_after))


def test_winding_down_takes_its_time() -> None:
    """Where a world says so, a run is TIMING-OUT before it is TIMED-OUT."""
    stage = Stage(a_world({"durationSeconds": 10}, timing={"windDownSeconds": 3}))

    run = stage.start(timeout_secs=5)
    stage.after(6)
    meanwhile = run.status
    stage.after(3)

    assert (meanwhile, run.status) == ("TIMING-OUT", "TIMED-OUT")


class TestAbort:
    def test_at_once(self) -> None:
        """An aborted run is ABORTED at once, and the end that was planned does not come."""
        stage = Stage()
        run = stage.start()
        stage.after(2)

        stage.machine.runs.abort(run, gracefully=False)
        stage.after(0)
        stage.after(60)

        assert (run.status, run.finished_at) == ("ABORTED", START + timedelta(seconds=2))

    @pytest.mark.parametrize(("duration", "ends_after"), [(300, 32), (12, 12)])
    def test_gracefully(self, duration: int, ends_after: int) -> None:
        """A run that is aborted gracefully has 30 seconds to end by itself, and is ABORTED even then."""
        stage = Stage(a_world({"durationSeconds": duration}))
        run = stage.start()
        stage.after(2)

        stage.machine.runs.abort(run, gracefully=True)
        meanwhile = run.status
        stage.after(60)

        assert (meanwhile, run.status) == ("ABORTING", "ABORTED")
        assert run.finished_at == START + timedelta(seconds=ends_after)

    def test_of_a_finished_run_does_nothing(self) -> None:
        """A run that has ended stays as it is."""
        stage = Stage()
        run = stage.start()
        stage.after(60)

        stage.machine.runs.abort(run, gracefully=False)
        stage.after(1)

        assert run.status == "SUCCEEDED"


class TestResurrect:
    def test_the_same_run_goes_on_and_ends_again(self) -> None:
        """A resurrected run keeps its id and start, and ends a second time, later."""
        stage = Stage(a_world({"durationSeconds": 10, "ends": "FAILED", "times": 1}, {"durationSeconds": 5}))
        run = stage.start()
        stage.after(100)
        first = run.status, run.finished_at

        stage.machine.runs.resurrect(run, OptionChanges())
        during = run.status, run.finished_at
        stage.after(100)

        assert first == ("FAILED", START + timedelta(seconds=10))
        assert during == ("RUNNING", None)
        assert (run.status, run.finished_at) == ("SUCCEEDED", START + timedelta(seconds=105))
        assert (run.started_at, run.resurrections) == (START, 1)

    def test_a_run_that_goes_on_cannot_be_resurrected(self) -> None:
        """Only what has ended can be resurrected."""
        stage = Stage()
        run = stage.start()

        with pytest.raises(Rejection, match="operation-not-allowed"):
            stage.machine.runs.resurrect(run, OptionChanges())


class TestBehaviours:
    @pytest.mark.parametrize(
        ("given", "changes", "status"),
        [
            ({"mode": {"fast": True, "x": 1}}, {}, "ABORTED"),
            ({"mode": {"fast": False}}, {}, "SUCCEEDED"),
            ({"mode": "other"}, {}, "SUCCEEDED"),
            (None, {"build": "beta"}, "FAILED"),
            (None, {"build": "1.3.1"}, "FAILED"),
            (None, {}, "SUCCEEDED"),
        ],
    )
    def test_the_first_that_fits_is_taken(
        self, given: dict[str, Any] | None, changes: dict[str, Any], status: str
    ) -> None:
        """`when` asks for a part of the input, or for a build by tag or number."""
        stage = Stage(
            a_world(
                {"when": {"input": {"mode": {"fast": True}}}, "ends": "ABORTED"},
                {"when": {"build": "beta"}, "ends": "FAILED"},
                {"ends": "SUCCEEDED"},
            )
        )

        run = stage.start(given=given, **changes)
        stage.after(10)

        assert run.status == status

    def test_times_makes_a_sequence(self) -> None:
        """A behaviour with `times` is for the first runs that it fits."""
        stage = Stage(a_world({"ends": "FAILED", "times": 2}, {"ends": "SUCCEEDED"}))

        runs = [stage.start() for _ in range(3)]
        stage.after(10)

        assert [run.status for run in runs] == ["FAILED", "FAILED", "SUCCEEDED"]

    def test_a_task_may_have_its_own(self) -> None:
        """A task's runs go as the task says, and as its Actor's if it says nothing."""
        document = [{"owner": "acme", "name": "crawl", "actor": "acme/crawler", "runs": [{"ends": "FAILED"}]}]
        own = Stage(a_world({"ends": "ABORTED"}, tasks=document))
        none = Stage(a_world({"ends": "ABORTED"}))

        runs = own.start("task:~crawl"), none.start("task:~crawl")
        own.after(10)
        none.after(10)

        assert [run.status for run in runs] == ["FAILED", "ABORTED"]


class TestResults:
    def test_items_and_records_are_there_when_it_ends_and_not_before(self) -> None:
        """What a run leaves appears with its end; its input is there from the start."""
        stage = Stage(
            a_world(
                {
                    "durationSeconds": 5,
                    "items": [{"n": "{{input.n}}"}],
                    "records": {"OUTPUT": {"value": {"run": "{{run.id}}"}}},
                }
            )
        )

        run = stage.start(given={"n": 4})
        before = list(run.dataset.items), sorted(run.store.records)
        stage.after(10)

        assert before == ([], ["INPUT"])
        assert run.dataset.items == [{"n": 4}]
        assert run.store.records["OUTPUT"].body == f'{{"run": "{run.id}"}}'.encode()

    def test_a_run_that_is_cut_short_leaves_a_part(self) -> None:
        """An aborted run has the items of the time it had."""
        stage = Stage(
            a_world({"durationSeconds": 10, "items": {"count": 100, "template": {"n": "{{index}}"}}})
        )

        run = stage.start(timeout_secs=4)
        stage.after(10)

        assert [item["n"] for item in run.dataset.items] == list(range(40))

    @pytest.mark.parametrize(
        ("model", "changes", "count"),
        [
            ("PAY_PER_EVENT", {"max_total_charge_usd": 0.3}, 3),
            ("PAY_PER_EVENT", {"max_items": 2}, 10),
            ("PRICE_PER_DATASET_ITEM", {"max_items": 2}, 2),
            ("PRICE_PER_DATASET_ITEM", {}, 10),
        ],
    )
    def test_charge_limits_cut_the_items_of_paid_actors(
        self, model: str, changes: dict[str, Any], count: int
    ) -> None:
        """maxTotalChargeUsd holds for every paid Actor, maxItems only where items are paid for."""
        stage = Stage(
            a_world(
                {"items": {"count": 10, "template": {}}},
                actor={"pricing": {"model": model, "usdPerItem": 0.1}},
            )
        )

        run = stage.start(**changes)
        stage.after(10)

        assert (run.status, len(run.dataset.items)) == ("SUCCEEDED", count)

    def test_the_input_of_a_task_goes_under_what_the_request_gives(self) -> None:
        """A request's input overrides the task's saved input field by field."""
        stage = Stage()

        saved, overridden = stage.start("task:~crawl"), stage.start("task:~crawl", given={"b": 5, "c": 6})

        assert (saved.input, overridden.input) == ({"a": 1, "b": 2}, {"a": 1, "b": 5, "c": 6})


class TestLimits:
    def test_concurrent_runs(self) -> None:
        """One run too many is refused without a trace, and is welcome once another has ended."""
        stage = Stage(a_world(limits={"concurrentRuns": 2}))
        for _ in range(2):
            stage.start()

        with pytest.raises(Rejection, match="concurrent-runs-limit-exceeded"):
            stage.start()

        assert len(stage.machine.runs.of(stage.caller.user)) == 2
        stage.after(60)
        stage.start()

    def test_memory(self) -> None:
        """The memory of all runs together has a limit; only runs that have not ended count."""
        stage = Stage(a_world(limits={"memoryMbytes": 4096}))
        stage.start(memory_mbytes=2048)

        with pytest.raises(Rejection, match="currently used: 2048MB, requested: 4096MB"):
            stage.start(memory_mbytes=4096)

        stage.start(memory_mbytes=2048)
        stage.after(60)
        stage.start(memory_mbytes=4096)

    def test_an_actor_may_refuse(self) -> None:
        """A world can let an Actor refuse its runs with any error of Apify's, data included."""
        refusal = {
            "status": 403,
            "type": "full-permission-actor-not-approved",
            "data": {"approvalUrl": "https://x"},
        }
        stage = Stage(a_world(actor={"refusesRuns": refusal}))

        with pytest.raises(Rejection) as caught:
            stage.start()

        assert caught.value.body()["error"]["data"] == {"approvalUrl": "https://x"}


def test_a_fresh_run_may_be_hidden() -> None:
    """Where a world says so, a new run is not found for a while, as on a replica that lags behind."""
    stage = Stage(a_world(timing={"freshRunHiddenSeconds": 2}))
    run = stage.start()

    with pytest.raises(Rejection, match="record-not-found"):
        stage.machine.runs.find(run.id, stage.caller)
    assert stage.machine.runs.of(stage.caller.user) == []

    stage.after(2)
    assert stage.machine.runs.find(run.id, stage.caller) is run


def test_a_run_is_its_users_own() -> None:
    """Another user's token does not find a run; no token does, without its cost."""
    world = a_world()
    stage = Stage(world)
    run = stage.start()
    stranger = stage.machine.directory.caller("token-of-stranger")

    with pytest.raises(Rejection, match="record-not-found"):
        stage.machine.runs.find(run.id, stranger)

    assert stage.machine.runs.find(run.id, None) is run
    assert "usageTotalUsd" not in run_json(run, stage.machine.now, with_usage=False)


@pytest.mark.parametrize(
    ("reference", "token", "found"),
    [
        ("acme~crawler", "token-of-acme", True),
        ("~crawler", "token-of-acme", True),
        ("crawler", "token-of-acme", False),
        ("acme~crawler", "token-of-stranger", False),
        ("~crawler", "token-of-stranger", False),
        ("apify~hello", "token-of-stranger", True),
        ("~hello", "token-of-acme", False),
    ],
)
def test_how_an_actor_is_named(reference: str, token: str, *, found: bool) -> None:
    """An Actor is found by `username~name` or one's own `~name`, if it is one's own or public."""
    stage = Stage(token=token)

    if found:
        stage.machine.directory.actor(reference, stage.caller)
    else:
        with pytest.raises(Rejection, match="record-not-found"):
            stage.machine.directory.actor(reference, stage.caller)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("latest", "1.2.3"), ("beta", "1.3.1"), ("1.3.1", "1.3.1"), ("gamma", None), ("9.9.9", None)],
)
def test_which_build_a_run_gets(wanted: str, number: str | None) -> None:
    """A build is named by tag or number; what is not there is refused."""
    stage = Stage()

    if number is None:
        with pytest.raises(Rejection) as caught:
            stage.start(build=wanted)
        assert caught.value.status == 404
    else:
        assert stage.start(build=wanted).build.number == number


def test_ids_follow_from_the_seed() -> None:
    """The same world goes the same way, and another seed has other ids."""
    ids = [Stage(a_world(seed=seed)).start().id for seed in ("one", "one", "two")]

    assert ids[0] == ids[1] != ids[2]
    assert all(len(run_id) == 17 and run_id.isalnum() for run_id in ids)
