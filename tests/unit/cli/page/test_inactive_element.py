"""What the page says of an element of a version that does not listen any more."""

from __future__ import annotations

from apify_camunda.identifiers import TenantId
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda_cli.deployment.page_camunda import Definition
from apify_camunda_cli.deployment.page_elements import PageElement
from apify_camunda_cli.deployment.page_registered import Registered

from tests import builders


def test_element_of_an_older_version_has_one_reason() -> None:
    """
    An element that does not listen any more is inactive, with one sentence that says why.
    """
    at = builders.received().received_at
    gone = "No deployed version listens with it any more."
    row = ElementStatus(
        "orders/1/Caught", builders.catch().definition_key, TenantId("t"), "inactive", gone, at
    )
    definition = Definition("7", "orders", 1, "orders", "t", "orders.bpmn", is_latest=False)
    element = PageElement(
        id="Caught",
        name="Caught",
        kind="inbound",
        bpmn_type="bpmn:IntermediateCatchEvent",
        template=None,
        properties=(),
        message_name="call",
        correlation_key=None,
    )

    shown = Registered([row], [], []).shown(definition, element)

    assert shown["status"] == "inactive"
    assert shown["statusText"].startswith("It gets no events: a newer version of the process is deployed")
    assert (shown["reason"], shown["notes"]) == (None, [])
