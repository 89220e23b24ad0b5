"""What a person does by hand: ends a run, repeats a delivery, brings another world's Actors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from emulators.apify.state import Call, RunStatus
from emulators.apify.world_file import parse_world

from tests.unit.emulators.apify.builders import START, Stage, a_world, a_world_document


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"])
def test_run_ends_when_a_person_ends_it(status: RunStatus) -> None:
    """A run ends at once with the status, tells of it, and what was planned for it does not happen."""
    stage = Stage(a_world({"durationSeconds": 10}))
    stage.listen("ACTOR.RUN.SUCCEEDED", "ACTOR.RUN.FAILED", "ACTOR.RUN.TIMED_OUT", "ACTOR.RUN.ABORTED")
    run = stage.start()
    stage.after(4)

    stage.machine.runs.finish(run, status)
    stage.machine.runs.finish(run, "FAILED")  # it has ended
    stage.after(60)

    assert (run.status, run.finished_at) == (status, START + timedelta(seconds=4))
    assert len(stage.machine.dispatches.of(stage.caller.user)) == 1


def test_delivery_is_repeated() -> None:
    """A finished delivery is made once more at once, with the same body; one under way is left alone."""
    stage = Stage(a_world({"durationSeconds": 1}))
    stage.listen("ACTOR.RUN.SUCCEEDED")
    stage.start()
    stage.after(2)
    [dispatch] = stage.machine.dispatches.of(stage.caller.user)
    [first] = stage.machine.take_due_calls()
    assert not stage.machine.dispatches.repeat(dispatch)
    answered = Call(started_at=START, finished_at=START, response_status=200)
    stage.machine.record_call(first.dispatch_id, answered)
    assert (dispatch.status, stage.machine.take_due_calls()) == ("SUCCEEDED", [])

    assert stage.machine.dispatches.repeat(dispatch)

    [second] = stage.machine.take_due_calls()
    assert (second.dispatch_id, second.body, second.attempt) == (first.dispatch_id, first.body, 2)
    stage.machine.record_call(second.dispatch_id, answered)
    assert (dispatch.status, len(dispatch.calls)) == ("SUCCEEDED", 2)


def test_other_world_is_added() -> None:
    """Actors, tasks, storages and users of another world are there; an Actor of both keeps its id."""
    stage = Stage(a_world({"durationSeconds": 10}))
    before = {f"{each.owner}/{each.name}": each.id for each in stage.machine.directory.actors}
    other = a_world_document({"durationSeconds": 1, "ends": "FAILED"}, seed="another")
    other["actors"].append({"owner": "acme", "name": "watcher"})
    other["tasks"].append({"owner": "acme", "name": "watch", "actor": "acme/watcher"})
    other["users"].append({"username": "globex", "tokens": ["token-of-globex"]})
    other["datasets"] = [{"owner": "acme", "name": "prices", "items": [1]}]

    stage.machine.adopt(parse_world(other))

    after = {f"{each.owner}/{each.name}": each.id for each in stage.machine.directory.actors}
    assert {name: after[name] for name in before} == before
    assert after.keys() == {*before, "acme/watcher"}
    assert stage.machine.storages.dataset("~prices", stage.caller).items == [1]
    assert stage.machine.directory.caller("token-of-globex").user.username == "globex"
    run, of_task = stage.start(), stage.start("task:~watch")
    stage.after(2)
    assert (run.status, of_task.actor.name) == ("FAILED", "watcher")
