"""Collects what tells why instances still wait: the events that came, and the runs that go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_camunda import PageCamunda
from apify_camunda_cli.deployment.page_hints import Hints
from apify_camunda_cli.deployment.page_instances import Instance
from apify_camunda_cli.deployment.page_ledger import PageLedger


async def hints_for(
    container: Container, camunda: PageCamunda, ledger: PageLedger, instances: Sequence[Instance]
) -> Hints:
    """Return what became of events and of runs, for what instances wait for."""
    messages = [row for each in instances for row in each.messages]
    if messages:
        return await hints_for_messages(container, camunda, ledger, messages)
    has_jobs = any(each.jobs for each in instances)
    return await ledger.hints(container) if has_jobs else Hints()


async def hints_for_messages(
    container: Container, camunda: PageCamunda, ledger: PageLedger, waiting: Sequence[Mapping[str, Any]]
) -> Hints:
    """Return what became of events, for open subscriptions."""
    if not waiting:
        return Hints()
    hints = await ledger.hints(container)
    names = {row["messageName"] for row in waiting} & hints.published.keys()
    return replace(hints, reached=await camunda.reached_keys(names))
