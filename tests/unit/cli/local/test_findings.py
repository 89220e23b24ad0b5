"""What our own tables say about a process that does not go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from apify_camunda.identifiers import DefinitionKey, TenantId
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.platform.settings import Settings
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda_cli.local.findings import findings, ignored_events, warnings_of
from apify_camunda_cli.local.process_file import ProcessFile
from apify_camunda_cli.local.steps import Step

from tests import builders
from tests.builders_process import Bpmn
from tests.fakes.clock import NOON

PROCESS = "orders"


def status(state: str, detail: str | None, element: str = "orders/1/Catch") -> ElementStatus:
    return ElementStatus(element, DefinitionKey(1), TenantId("<default>"), state, detail, NOON)


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (
            builders.message_effect(state=EffectState.REJECTED, reason="The key is null."),
            "Event_1: the event was rejected: The key is null.",
        ),
        (
            builders.start_effect(state=EffectState.ATTEMPTED, attempted_at=NOON),
            "Event_1: it is in doubt whether Camunda received the event, since 2026-11-21T12:00:00+00:00",
        ),
    ],
    ids=["rejected", "in doubt"],
)
def test_effect_that_needs_a_person_is_named(effect: Effect, said: str) -> None:
    """
    The reason of a rejection, or since when an effect is in doubt, is said with its element.
    """
    effect = replace(
        effect,
        element=effect.element.model_copy(update={"process_id": PROCESS, "element_id": "Event_1"}),
    )
    assert findings(PROCESS, [effect], []) == (said,)


def test_element_without_a_webhook_is_named() -> None:
    """
    An element that is not registered is named with the reason that its row holds.
    """
    found = findings(PROCESS, [], [status("faulty", "Actor acme/crawlr was not found.")])
    assert found == ("Catch is not registered (faulty): Actor acme/crawlr was not found.",)


def test_healthy_elements_and_other_processes_are_not_named() -> None:
    """
    What is registered, and what belongs to another process, explains nothing.
    """
    elements = [status("registered", None), status("faulty", "No such Actor.", "orders-2/1/Catch")]
    assert findings(PROCESS, [], elements) == ()


def test_the_same_reason_is_said_once() -> None:
    """
    A reason that several events share is one finding.
    """
    effect = builders.message_effect(state=EffectState.REJECTED, reason="The key is null.")
    assert len(findings(effect.element.process_id, [effect, effect], [])) == 1


def test_run_whose_event_no_element_took_is_named_once() -> None:
    """
    An ignored event is named with its run and the field to look at; an event that had an effect is not.
    """
    what = "event was processed"
    steps = [
        Step("receive_webhook", what, {"run_id": "a", "event_status": "ok"}),
        Step("receive_webhook", what, {"run_id": "b", "event_status": "ignored"}),
        Step("receive_webhook", what, {"run_id": "b", "event_status": "ignored"}),
        Step("apify", "webhook.called", {"status": 200}),
    ]

    assert ignored_events(steps) == (
        "an event of run b was ignored: the activation condition of no element was true for it",
    )


def test_odd_elements_of_the_process_are_named() -> None:
    """
    A misspelt job type explains why no job is done; what cannot be read explains nothing.
    """
    model = Bpmn("orders").start().task("Work", job_type="io.camunda:apify-outbond:1").end()
    settings = Settings(
        deployment_id="d",
        ledger_table="l",
        registry_table="r",
        signing_secret_id="s",
        camunda_rest_url="http://camunda",
    )
    process = ProcessFile(Path("orders.bpmn"), model.xml(), "orders", "Orders", starts_by_hand=True)

    [said] = warnings_of(process, settings)
    assert said.startswith("Work has the job type 'io.camunda:apify-outbond:1'; this deployment works")
    assert warnings_of(replace(process, content=b"\xff"), settings) == ()
