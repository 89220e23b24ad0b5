"""Which jobs the adapters ask for, and how much of them: what a deployment says beside the port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from apify_camunda.camunda.model import ActivatedJob

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import FETCHING_SOME, TENANTED_ADAPTERS
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import job_process


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    return cluster.world(unique_name(request))


def activated(world: World) -> Sequence[ActivatedJob]:
    lock, no_wait = timedelta(minutes=1), timedelta(0)
    poll = world.ports.jobs.activate(job_type=world.name, max_jobs=9, lock=lock, wait=no_wait)
    return world.ports.run(poll)


@pytest.mark.parametrize("cluster", FETCHING_SOME, indirect=True)
def test_a_job_brings_the_variables_that_are_wanted(world: World) -> None:
    """Other variables of the process stay in the cluster: they may be large or private."""
    world.deploy(job_process(world.name, world.name))
    world.start(world.name, url="u", blob="x" * 10_000)
    assert [each.variables for each in activated(world)] == [{"url": "u"}]


@pytest.mark.parametrize("cluster", TENANTED_ADAPTERS, indirect=True)
def test_the_jobs_of_our_tenants_come(world: World) -> None:
    """Those of other tenants are left to others."""
    for tenant in ("acme", "globex"):
        world.deploy(job_process(world.name, world.name), tenant=tenant)
        world.start(world.name, tenant)
    assert [each.tenant_id for each in activated(world)] == ["acme"]
