"""The page over a deployed stack: what it shows with AWS's answers alone, and what it may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda_cli.deployment.discovery import find_deployment
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_room import PageRoom
from apify_camunda_cli.deployment.page_source import DeploymentPage
from apify_camunda_cli.deployment.target import Target
from live_page import PageError

from tests import builders
from tests.cli.stack import PUBLIC_URL, STACK, Stack, deployed
from tests.contract.aws import REGION


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as running:
        yield running


@pytest.fixture
def page(stack: Stack) -> Iterator[DeploymentPage]:
    deployment = find_deployment(Target(stack=STACK, region=REGION))
    with PageRoom(deployment, stack.clock) as room:
        yield DeploymentPage(room, PageLedger(timedelta()), allows_changes=False)


def test_head_names_the_stack(page: DeploymentPage) -> None:
    """
    The head names the stack and its addresses; it has no examples, and nothing may be changed.
    """
    state = page.state()
    assert state["mode"] == "stack"
    assert STACK in state["title"]
    assert PUBLIC_URL in [each["value"] for each in state["addresses"]]
    assert {name for name, allowed in page.may.to_json().items() if allowed} == {"feel"}


def test_kept_event_is_shown_and_replayed(stack: Stack, page: DeploymentPage) -> None:
    """
    An event that was rejected is shown with its payload and reason; a replay parks it.
    """
    stack.keep(builders.faulty_effect())

    [row] = page.events(10, None)["items"]
    assert (row["id"], row["state"]) == (builders.EVENT, "rejected")
    event = page.event(builders.EVENT)
    assert event["payload"]["connectorData"]["runId"] == "run1"
    assert [each["reason"] for each in event["effects"]] == ["The correlation key is null. [INVALID_INPUT]"]
    assert page.ledger()["effectCounts"] == {"rejected": 1}

    assert "Effects that are tried again now" in page.replay(builders.EVENT)["message"]


def test_pause_is_set(stack: Stack, page: DeploymentPage) -> None:
    """
    A pause is written where the functions read it.
    """
    page.set_paused("inbound", paused=True)
    assert stack.run(stack.registry.is_paused("inbound"))
    assert page.state()["paused"] == {"inbound": True, "outbound": False}


def test_cluster_that_does_not_answer_is_told(page: DeploymentPage) -> None:
    """
    Where Camunda is not reached, the sections that need it say so, and the others go on.
    """
    with pytest.raises(PageError) as refused:
        page.processes()
    assert refused.value.status == 502
    assert "Camunda" in refused.value.message
    assert page.events(10, None)["items"] == []
