"""Endpoints of webhooks and their dispatches."""

from __future__ import annotations

from emulators.apify import rejections
from emulators.apify.representations.webhooks import dispatch_json, webhook_json, webhook_short_json
from emulators.apify.routes.pages import page
from emulators.apify.routing import Answer, Call, Routes, data_answer
from emulators.apify.state import Condition, Webhook, WebhookSettings
from emulators.apify.webhook_requests import read_changed_webhook, read_new_webhook


def register(routes: Routes) -> None:
    routes.add("GET", "/v2/webhooks", _list)
    routes.add("POST", "/v2/webhooks", _create)
    routes.add("GET", "/v2/webhooks/{webhookId}", _get)
    routes.add("PUT", "/v2/webhooks/{webhookId}", _change)
    routes.add("DELETE", "/v2/webhooks/{webhookId}", _delete)
    routes.add("POST", "/v2/webhooks/{webhookId}/test", _test)
    routes.add("GET", "/v2/webhooks/{webhookId}/dispatches", _dispatches_of_webhook)
    routes.add("GET", "/v2/webhook-dispatches", _dispatches)
    routes.add("GET", "/v2/webhook-dispatches/{dispatchId}", _dispatch)
    routes.add("GET", "/v2/actors/{actorId}/webhooks", _of_actor)
    routes.add("GET", "/v2/actor-tasks/{actorTaskId}/webhooks", _of_task)


def _webhook(call: Call) -> Webhook:
    return call.machine.webhooks.find(call.params["webhookId"], call.caller)


def _list(call: Call) -> Answer:
    return page(call, call.machine.webhooks.of(call.caller.user), webhook_short_json)


def _create(call: Call) -> Answer:
    settings, key = read_new_webhook(call.json_object())
    _check_condition(call, settings)
    webhook = call.machine.webhooks.create(call.caller.user, settings, key)
    location = f"{call.request.base_url}/v2/webhooks/{webhook.id}"
    return data_answer(webhook_json(webhook), 201, Location=location)


def _get(call: Call) -> Answer:
    return data_answer(webhook_json(_webhook(call)))


def _change(call: Call) -> Answer:
    webhook = _webhook(call)
    settings = read_changed_webhook(webhook.settings, call.json_object())
    _check_condition(call, settings)
    call.machine.webhooks.change(webhook, settings)
    return data_answer(webhook_json(webhook))


def _delete(call: Call) -> Answer:
    call.machine.webhooks.delete(_webhook(call))
    return Answer(status=204)


def _test(call: Call) -> Answer:
    return data_answer(dispatch_json(call.machine.webhooks.test(_webhook(call))), 201)


def _dispatches_of_webhook(call: Call) -> Answer:
    return page(call, _webhook(call).dispatches, dispatch_json)


def _dispatches(call: Call) -> Answer:
    return page(call, call.machine.dispatches.of(call.caller.user), dispatch_json)


def _dispatch(call: Call) -> Answer:
    return data_answer(dispatch_json(call.machine.dispatches.find(call.params["dispatchId"], call.caller)))


def _of_actor(call: Call) -> Answer:
    actor = call.machine.directory.actor(call.params["actorId"], call.caller)
    webhooks = call.machine.webhooks.of(call.caller.user)
    return page(call, [w for w in webhooks if w.settings.condition.actor_id == actor.id], webhook_short_json)


def _of_task(call: Call) -> Answer:
    task = call.machine.directory.task(call.params["actorTaskId"], call.caller)
    webhooks = call.machine.webhooks.of(call.caller.user)
    return page(call, [w for w in webhooks if w.settings.condition.task_id == task.id], webhook_short_json)


def _check_condition(call: Call, settings: WebhookSettings) -> None:
    """Refuse a condition about something that is not there, or about one run without being ad hoc."""
    condition: Condition = settings.condition
    directory, caller = call.machine.directory, call.caller
    if condition.actor_id is not None:
        _by_id_only(condition.actor_id, directory.actor(condition.actor_id, caller).id)
    if condition.task_id is not None:
        _by_id_only(condition.task_id, directory.task(condition.task_id, caller).id)
    if condition.run_id is not None:
        call.machine.runs.find(condition.run_id, caller)
        if not settings.is_ad_hoc:
            message = 'Webhook is not valid: only an ad-hoc webhook may have "actorRunId" in its condition'
            raise rejections.invalid_input(message)


def _by_id_only(given: str, resource_id: str) -> None:
    if given != resource_id:
        raise rejections.invalid_input(f'Webhook is not valid: "{given}" in "condition" is not an id')
