"""Moving a diagram to our templates and back: fields keep their values, everything else keeps its bytes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from element_templates.bpmn_text import NotBpmn
from element_templates.icon import icon_uri
from element_templates.template import VERSION
from element_templates.upgrade import Target, move

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.bpmn"))
OFFICIAL = (Path(__file__).parent / "official.bpmn").read_text()
OURS = (Path(__file__).parent / "ours.bpmn").read_text()
OURS = OURS.replace("@ICON@", icon_uri()).replace("@VERSION@", str(VERSION))


def test_official_templates_become_ours() -> None:
    """
    Ids, versions, icons and hidden fields are set; templates of others and all other text stay.
    """
    moved = move(OFFICIAL.encode(), Target.OURS)

    assert moved.content.decode() == OURS
    assert moved.changes == (
        f"Run: io.camunda.connector.outbound.Apify.v1 -> apify-camunda.outbound.v1, version {VERSION}",
        (
            "Failed: io.camunda.connector.inbound.Apify.v1:MessageStartEvent -> "
            f"apify-camunda.inbound.v1:EventSubProcessStartEvent, version {VERSION}"
        ),
    )
    assert moved.remarks == ()


def test_ours_become_official_again() -> None:
    """
    The way back removes what only ours have, and keeps what the official template knows too.
    """
    moved = move(OURS.encode(), Target.OFFICIAL)

    assert 'z:modelerTemplate="io.camunda.connector.outbound.Apify.v1" z:modelerTemplateVersion="1">' in (
        moved.content.decode()
    )
    assert "apify-camunda" not in moved.content.decode()
    assert "consumeUnmatchedEvents" not in moved.content.decode()
    assert '<z:property name="correlationRequired" value="required" />' in moved.content.decode()
    assert moved.remarks == ()


def parts(content: bytes) -> Counter[tuple[str, frozenset[tuple[str, str]], str]]:
    """Return the elements of a diagram with their attributes, in any order."""
    elements = ET.fromstring(content).iter()
    return Counter((each.tag, frozenset(each.items()), (each.text or "").strip()) for each in elements)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_there_and_back_again_changes_nothing(path: Path) -> None:
    """
    An example that is moved to the official templates and back to ours has the same elements again.
    """
    ours = path.read_bytes()
    official = move(ours, Target.OFFICIAL)
    again = move(official.content, Target.OURS)

    assert move(ours, Target.OURS).changes == ()
    assert parts(again.content) == parts(ours)


def test_current_diagram_stays_as_it_is() -> None:
    """
    A diagram that uses the current version is not touched.
    """
    moved = move(OURS.encode(), Target.OURS)

    assert moved.content == OURS.encode()
    assert moved.changes == ()


def test_older_version_is_raised() -> None:
    """
    A diagram with an older version of ours gets the current one, and its headers once.
    """
    mark, key = 'z:modelerTemplateVersion="{}"', 'key="elementTemplateVersion" value="{}"'
    old = OURS.replace(mark.format(VERSION), mark.format(1), 1).replace(key.format(VERSION), key.format(1))
    moved = move(old.encode(), Target.OURS)

    assert moved.content.decode() == OURS
    assert moved.changes == (
        f"Run: apify-camunda.outbound.v1 -> apify-camunda.outbound.v1, version {VERSION}",
    )


@pytest.mark.parametrize(
    ("condition", "choice"),
    [
        ("=connectorData.eventType = &#34;ACTOR.RUN.SUCCEEDED&#34;", ["succeeded"]),
        ("=connectorData.status = &#34;SUCCEEDED&#34;", []),
    ],
)
def test_choice_of_event_follows_the_condition(condition: str, choice: list[str]) -> None:
    """
    A condition that a choice would write selects this choice; any other stays an own condition.
    """
    line = f'<z:property name="activationCondition" value="{condition}" />'
    diagram = OFFICIAL.replace("</z:properties>", f"{line}</z:properties>")
    moved = move(diagram.encode(), Target.OURS).content.decode()

    assert re.findall(r'<z:property name="eventChoice" value="(\w+)" />', moved) == choice
    assert line in moved


def test_what_official_templates_lack_is_reported() -> None:
    """
    An operation or an element without an official template is left alone, and the output says so.
    """
    diagram = OURS.replace('source="runActor"', 'source="abortRun"').replace("b:startEvent", "b:receiveTask")
    moved = move(diagram.encode(), Target.OFFICIAL)

    assert moved.content == diagram.encode()
    assert moved.remarks == (
        "Run: the official template has no operation 'abortRun'; the element was left as it is.",
        "Failed: there is no official template for a receive task; the element was left as it is.",
    )


def test_missing_webhook_url_is_reported() -> None:
    """
    The official template demands a URL that ours do without.
    """
    diagram = OURS.replace(
        '<z:property name="connectorWebhookUrl" value="https://connectors.example.com" />', ""
    )

    assert move(diagram.encode(), Target.OFFICIAL).remarks == (
        "Failed: the official template needs the field 'Camunda webhook URL'.",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"tea", "It is not XML: syntax error"),
        (b"<a/>", "It is XML, but holds no BPMN definitions."),
        (b"<a>\xff</a>", "It is not text in UTF-8: invalid start byte at byte 3."),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "It declares a document type"),
        (OFFICIAL[:-20].encode(), "It is not XML: "),
    ],
)
def test_text_that_is_not_bpmn_is_refused(content: bytes, reason: str) -> None:
    """
    A file that cannot be edited safely is refused with the reason.
    """
    with pytest.raises(NotBpmn, match=reason):
        move(content, Target.OURS)
