"""Endpoints that look at runs and abort them."""

from __future__ import annotations

from emulators.apify import rejections
from emulators.apify.representations.runs import run_json, run_short_json
from emulators.apify.routes.pages import page
from emulators.apify.routes.run_starts import run_outcome
from emulators.apify.routing import Answer, Call, Outcome, Routes, data_answer
from emulators.apify.state import RUN_STATUSES, Run


def register(routes: Routes) -> None:
    routes.add("GET", "/v2/actor-runs", _list_all)
    routes.add("GET", "/v2/actor-runs/{runId}", _get)
    routes.add("POST", "/v2/actor-runs/{runId}/abort", _abort)
    routes.add("GET", "/v2/actor-runs/{runId}/log", _log)
    routes.add("GET", "/v2/logs/{runId}", _log)
    routes.add("GET", "/v2/actors/{actorId}/runs", _list_of_actor)
    routes.add("GET", "/v2/actors/{actorId}/runs/last", _last_of_actor)
    routes.add("GET", "/v2/actors/{actorId}/runs/{runId}", _get)
    routes.add("POST", "/v2/actors/{actorId}/runs/{runId}/abort", _abort)
    routes.add("GET", "/v2/actor-tasks/{actorTaskId}/runs", _list_of_task)
    routes.add("GET", "/v2/actor-tasks/{actorTaskId}/runs/last", _last_of_task)


def _get(call: Call) -> Outcome:
    return run_outcome(call, call.machine.runs.find(call.params["runId"], call.optional_caller))


def _abort(call: Call) -> Answer:
    run = call.machine.runs.find(call.params["runId"], call.caller)
    call.machine.runs.abort(run, gracefully=call.flag("gracefully"))
    call.machine.advance(call.machine.now)
    return data_answer(run_json(run, call.machine.now))


def _log(call: Call) -> Answer:
    run = call.machine.runs.find(call.params["runId"], call.optional_caller)
    text = "".join(f"{line}\n" for line in run.log)
    return Answer(status=200, body=text.encode(errors="replace"), content_type="text/plain; charset=utf-8")


def _list_all(call: Call) -> Answer:
    return _page(call, _started_between(call, call.machine.runs.of(call.caller.user)))


def _list_of_actor(call: Call) -> Answer:
    actor = call.machine.directory.actor(call.params["actorId"], call.caller)
    return _page(call, _started_between(call, call.machine.runs.of(call.caller.user, actor=actor)))


def _list_of_task(call: Call) -> Answer:
    # Apify's document gives the runs of a task no startedAfter and no startedBefore, so they do nothing here.
    task = call.machine.directory.task(call.params["actorTaskId"], call.caller)
    return _page(call, call.machine.runs.of(call.caller.user, task=task))


def _last_of_actor(call: Call) -> Outcome:
    actor = call.machine.directory.actor(call.params["actorId"], call.caller)
    return _last(call, call.machine.runs.of(call.caller.user, actor=actor))


def _last_of_task(call: Call) -> Outcome:
    task = call.machine.directory.task(call.params["actorTaskId"], call.caller)
    return _last(call, call.machine.runs.of(call.caller.user, task=task))


def _last(call: Call, runs: list[Run]) -> Outcome:
    origin = call.text("origin")
    found = [run for run in _of_status(call, runs) if origin in (None, run.origin.kind)]
    if not found:
        raise rejections.not_found("Actor run")
    return run_outcome(call, found[-1])


def _page(call: Call, runs: list[Run]) -> Answer:
    return page(call, _of_status(call, runs), lambda run: run_short_json(run, call.machine.now))


def _of_status(call: Call, runs: list[Run]) -> list[Run]:
    text = call.text("status")
    if text is None:
        return runs
    wanted = {status.strip() for status in text.split(",")}
    for status in wanted - RUN_STATUSES:
        raise rejections.invalid_value("status", status, f"must be one of {', '.join(sorted(RUN_STATUSES))}")
    return [run for run in runs if run.status in wanted]


def _started_between(call: Call, runs: list[Run]) -> list[Run]:
    after, before = call.moment("startedAfter"), call.moment("startedBefore")
    return [
        run
        for run in runs
        if (after is None or run.started_at >= after) and (before is None or run.started_at <= before)
    ]
