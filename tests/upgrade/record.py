"""Records what a release leaves in tables, queue and webhooks: `python -m tests.upgrade.record FOLDER`.

Run it once for each release, with that release's code. The flows themselves write it all.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.inbound.domain.poison import OLDEST
from apify_camunda.inbound.sqs_parking import message_body

from tests import builders, builders_bpmn
from tests.contract.aws import aws_client, make_table
from tests.fakes.clock import NOON
from tests.fakes.engine import REQUEST_LOST, UNREACHABLE, Trouble
from tests.upgrade.files import Recording, write
from tests.upgrade.site import CLUSTER, DECIDED_JOB, TABLES, Site

REFUSED = Trouble(EngineRejected("Refused.", rejection="INVALID_ARGUMENT"))


def main(folder: str) -> None:
    with aws_client("dynamodb") as client:
        for table in TABLES:
            make_table(client, table)
        site = Site(client, NOON)
        register(site)
        receive(site)
        start_runs(site)
        operate(site)
        write(
            Path(folder),
            Recording(
                recorded_at=site.clock.now(),
                tables={table: client.scan(TableName=table)["Items"] for table in TABLES},
                queue=[message_body(event) for event in site.parking.events],
                apify=site.apify,
            ),
        )


def register(site: Site) -> None:
    """Let the reconciler register the Actor's webhook, and remove that of a task."""
    gone: ProcessDefinition = site.reconciler.catalog.deploy(
        builders_bpmn.start(resourceType="task", resourceId="task1"), process_id="gone"
    )
    site.reconciler.tick()
    site.reconciler.catalog.undeploy(gone.process_id)
    for _ in range(20):
        site.reconciler.tick()
    asyncio.run(site.registry.begin_tick(until=site.clock.now() + timedelta(days=400)))


def receive(site: Site) -> None:
    """Let events end in each way that leaves a trace."""
    site.post("run-done")
    site.engine.troubles = [UNREACHABLE] * 2
    site.post("run-parked")
    site.engine.troubles = [REQUEST_LOST] * 2
    site.engine.search_trouble = EngineRejected("There is no search.", rejection="NOT_OFFERED")
    site.post("run-in-doubt")
    site.engine.search_trouble = None
    asyncio.run(site.registry.set_paused("inbound", paused=True))
    site.post("run-while-paused")
    asyncio.run(site.registry.set_paused("inbound", paused=False))
    site.engine.troubles = [REFUSED, REFUSED]
    site.post("run-refused")
    too_old = replace(
        builders.received(builders.body(resource=builders.run() | {"id": "run-too-old"}), route=site.route),
        received_at=site.clock.now() - OLDEST - timedelta(minutes=1),
    )
    parked = list(site.parking.events)
    asyncio.run(site.parking.park(too_old, delay=timedelta()))
    site.engine.troubles = [UNREACHABLE] * 20
    site.work_queue()
    assert len(site.parking.events) == len(parked)


def start_runs(site: Site) -> None:
    """Let one job wait for its run, and another have an outcome that is not reported yet."""
    site.add_jobs()
    site.outbound.invoke()
    [decided] = [run for run, given in site.apify.inputs.items() if str(DECIDED_JOB) in str(given)]
    site.apify.end_run(decided)
    site.outbound.jobs.report_troubles = [EngineUnavailable("Camunda is away.")] * 50
    site.clock.advance(timedelta(minutes=61))
    site.outbound.invoke(lasting=timedelta(seconds=40))


def operate(site: Site) -> None:
    """Leave what an operator does."""
    asyncio.run(site.registry.set_paused("outbound", paused=True))
    asyncio.run(
        site.registry.remove_process(
            CLUSTER, builders.definition().tenant_id, "taken-off", up_to=builders.definition().key
        )
    )
    asyncio.run(site.slots.take(until=site.clock.now() + timedelta(days=400)))


if __name__ == "__main__":
    main(*sys.argv[1:])
