"""The run that Apify's TEST event tells of: it looks like one and does not exist."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from emulators.apify.identity import derived_id
from emulators.apify.representations.runs import run_json
from emulators.apify.state import Dataset, Origin, Run, Store, Webhook
from emulators.apify.world import Actor, Behaviour, Build, RunDefaults


def dummy_event(webhook: Webhook, now: datetime) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the event data and the resource of a TEST event."""
    run = _dummy_run(webhook, now)
    return {"actorId": run.actor.id, "actorRunId": run.id}, run_json(run, now)


def _dummy_run(webhook: Webhook, now: datetime) -> Run:
    build = Build(id=derived_id("dummy", "build"), number="0.0.1", tags=("latest",))
    actor = Actor(
        id=webhook.settings.condition.actor_id or derived_id("dummy", "actor"),
        owner=webhook.user.username,
        name="dummy",
        title="Dummy",
        public=False,
        builds=(build,),
        runs=(),
    )
    run_id = derived_id("dummy", "run")
    started_at = now - timedelta(seconds=1)
    storage: dict[str, Any] = {
        "name": None,
        "user": webhook.user,
        "created_at": started_at,
        "modified_at": now,
        "actor_id": actor.id,
        "run_id": run_id,
    }
    return Run(
        id=run_id,
        user=webhook.user,
        actor=actor,
        task=None,
        build=build,
        options=RunDefaults(),
        origin=Origin(kind="WEB"),
        behaviour=Behaviour(),
        input=None,
        input_length=0,
        started_at=started_at,
        stretch_started_at=started_at,
        dataset=Dataset(id=derived_id("dummy", "dataset"), **storage),
        store=Store(id=derived_id("dummy", "keyValueStore"), **storage),
        request_queue_id=derived_id("dummy", "requestQueue"),
        status="SUCCEEDED",
        finished_at=now,
        status_message="This is a test run",
        exit_code=0,
    )
