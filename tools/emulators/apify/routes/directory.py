"""Endpoints of users, Actors, tasks and builds."""

from __future__ import annotations

from typing import Any

from emulators.apify.input_schema import check_input
from emulators.apify.representations.directory import (
    actor_json,
    actor_short_json,
    build_json,
    build_short_json,
    limits_json,
    task_json,
    task_short_json,
    user_json,
)
from emulators.apify.routes.pages import page
from emulators.apify.routing import Answer, Call, Routes, data_answer, json_answer
from emulators.apify.world import Actor, Build, Task


def register(routes: Routes) -> None:
    routes.add("GET", "/v2/users/me", _me)
    routes.add("GET", "/v2/users/me/limits", _limits)
    routes.add("GET", "/v2/actors", _list_actors)
    routes.add("GET", "/v2/actors/{actorId}", _get_actor)
    routes.add("GET", "/v2/actors/{actorId}/builds", _list_builds)
    routes.add("GET", "/v2/actors/{actorId}/builds/default", _default_build)
    routes.add("GET", "/v2/actors/{actorId}/builds/{buildId}", _get_build)
    routes.add("POST", "/v2/actors/{actorId}/validate-input", _validate_input)
    routes.add("GET", "/v2/actor-builds/{buildId}", _get_build)
    routes.add("GET", "/v2/actor-tasks", _list_tasks)
    routes.add("GET", "/v2/actor-tasks/{actorTaskId}", _get_task)
    routes.add("GET", "/v2/actor-tasks/{actorTaskId}/input", _get_task_input)


def _me(call: Call) -> Answer:
    return data_answer(user_json(call.caller.user))


def _limits(call: Call) -> Answer:
    user = call.caller.user
    active = [run for run in call.machine.runs.of(user) if not run.is_terminal]
    return data_answer(limits_json(user, active))


def _list_actors(call: Call) -> Answer:
    caller = call.caller
    own = [actor for actor in call.machine.directory.actors if actor.owner == caller.user.username]
    return page(call, own, actor_short_json)


def _actor(call: Call) -> Actor:
    return call.machine.directory.actor(call.params["actorId"], call.caller)


def _get_actor(call: Call) -> Answer:
    actor = _actor(call)
    runs = call.machine.runs.of(call.caller.user, actor=actor)
    return data_answer(actor_json(actor, call.machine.directory.owner_id(actor), runs))


def _list_builds(call: Call) -> Answer:
    actor = _actor(call)
    owner_id = call.machine.directory.owner_id(actor)
    return page(call, actor.builds, lambda build: build_short_json(actor, build, owner_id))


def _default_build(call: Call) -> Answer:
    actor = _actor(call)
    return _build_answer(call, actor, call.machine.directory.build_for(actor, actor.default_run.build))


def _get_build(call: Call) -> Answer:
    # Who knows a build's id may see it without a token.
    _ = call.optional_caller
    return _build_answer(call, *call.machine.directory.build(call.params["buildId"]))


def _build_answer(call: Call, actor: Actor, build: Build) -> Answer:
    return data_answer(build_json(actor, build, call.machine.directory.owner_id(actor)))


def _validate_input(call: Call) -> Answer:
    actor = _actor(call)
    build = call.machine.directory.build_for(actor, call.text("build") or actor.default_run.build)
    check_input(build.input_schema, call.json_object())
    return json_answer({"valid": True})


def _list_tasks(call: Call) -> Answer:
    caller = call.caller
    own = [task for task in call.machine.directory.tasks if task.owner == caller.user.username]
    return page(call, own, lambda task: _shown(call, task))


def _shown(call: Call, task: Task) -> dict[str, Any]:
    user = call.caller.user
    return task_short_json(task, user.id, call.machine.runs.of(user, task=task))


def _task(call: Call) -> Task:
    return call.machine.directory.task(call.params["actorTaskId"], call.caller)


def _get_task(call: Call) -> Answer:
    task, user = _task(call), call.caller.user
    return data_answer(task_json(task, user.id, call.machine.runs.of(user, task=task)))


def _get_task_input(call: Call) -> Answer:
    return json_answer(dict(_task(call).input))
