"""Endpoints that start and resurrect runs."""

from __future__ import annotations

from datetime import timedelta

from emulators.apify import rejections
from emulators.apify.representations.runs import run_json
from emulators.apify.routing import Answer, Call, Outcome, Routes, WaitForRun, data_answer
from emulators.apify.run_inputs import input_of_task, read_input
from emulators.apify.runs import OptionChanges, StartRequest
from emulators.apify.state import Origin, Run
from emulators.apify.webhook_requests import read_ad_hoc_webhooks
from emulators.apify.world import A_MEMORY_SIZE, MEMORY_SIZES_MBYTES, Actor, Task


def register(routes: Routes) -> None:
    routes.add("POST", "/v2/actors/{actorId}/runs", _start_actor)
    routes.add("POST", "/v2/actor-tasks/{actorTaskId}/runs", _start_task)
    routes.add("POST", "/v2/actor-runs/{runId}/resurrect", _resurrect)


def run_outcome(call: Call, run: Run, *, status: int = 200, **headers: str) -> Outcome:
    """Return the run, at once or when it has ended, as `waitForFinish` asks."""
    with_usage = call.optional_caller is not None

    def answer() -> Answer:
        return data_answer(run_json(run, call.machine.now, with_usage=with_usage), status, **headers)

    wait = call.wait_seconds()
    if not wait or run.is_terminal:
        return answer()
    return WaitForRun(run=run, until=call.machine.now + timedelta(seconds=wait), answer=answer)


def _start_actor(call: Call) -> Outcome:
    return _start(call, call.machine.directory.actor(call.params["actorId"], call.caller))


def _start_task(call: Call) -> Outcome:
    return _start(call, call.machine.directory.task(call.params["actorTaskId"], call.caller))


def _start(call: Call, target: Actor | Task) -> Outcome:
    headers = call.request.headers
    given = read_input(call.request.body, headers.get("content-type"))
    webhooks = call.text("webhooks")
    run = call.machine.runs.start(
        StartRequest(
            user=call.caller.user,
            target=target,
            changes=_changes(call),
            input=input_of_task(target, given) if isinstance(target, Task) else given,
            webhooks=read_ad_hoc_webhooks(webhooks) if webhooks else (),
            origin=Origin(client_ip=call.request.client_ip, user_agent=headers.get("user-agent")),
        )
    )
    location = f"{call.request.base_url}/v2/actor-runs/{run.id}"
    return run_outcome(call, run, status=201, Location=location)


def _resurrect(call: Call) -> Outcome:
    run = call.machine.runs.find(call.params["runId"], call.caller)
    call.machine.runs.resurrect(run, _changes(call))
    return run_outcome(call, run)


def _changes(call: Call) -> OptionChanges:
    memory = call.optional_integer("memory")
    if memory is not None and memory not in MEMORY_SIZES_MBYTES:
        raise rejections.invalid_value("memory", memory, f"must be {A_MEMORY_SIZE}")
    return OptionChanges(
        build=call.text("build"),
        timeout_secs=call.optional_integer("timeout"),
        memory_mbytes=memory,
        max_items=call.optional_integer("maxItems", minimum=1),
        max_total_charge_usd=call.optional_number("maxTotalChargeUsd"),
    )
