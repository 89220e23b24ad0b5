"""What the stand-in does not support, and what it says of it."""

import re
from pathlib import Path

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection
from emulators.camunda.unsupported import UNSUPPORTED, refusal_of

from tests.builders_process import Bpmn

DOCUMENT = Path(__file__).parents[4] / "docs" / "engine-differences.md"


def test_the_document_lists_what_is_not_supported() -> None:
    """The table in docs/engine-differences.md and the list in the code are the same."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("## What the stand-in does not support")[2]
    rows = re.findall(r"^\| (.+?) \| yes \| (yes|no) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert rows == [(each.name, "yes" if each.is_in_8_6 else "no") for each in UNSUPPORTED.values()]


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_a_refusal_says_what_to_do(name: str) -> None:
    """The engine of --camunda engine is recommended for what it supports only."""
    refusal = UNSUPPORTED[name].refusal
    assert ("use --camunda engine" in refusal) is UNSUPPORTED[name].is_in_8_6
    assert ("deploy it to a cluster" in refusal) is not UNSUPPORTED[name].is_in_8_6


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("transaction", "Elements of type 'Transaction' are currently not supported."),
        ("complexGateway", "Elements of type 'ComplexGateway' are currently not supported."),
        ("cancelEventDefinition", "Event definition of this type is not supported"),
    ],
)
def test_what_camunda_does_not_support_is_refused_in_its_words(tag: str, words: str) -> None:
    """No other engine is recommended for what no engine of Camunda supports."""
    assert refusal_of(tag).startswith(words)


@pytest.mark.parametrize("event", ["signal", "escalation", "compensate", "link"])
def test_events_that_are_not_supported_are_refused(event: str) -> None:
    """The refusal names the element."""
    definition = f"<bpmn:{event}EventDefinition" + (' name="x"' if event == "link" else "") + "/>"
    thrown = (
        f'<bpmn:intermediateThrowEvent id="thrown">{definition}</bpmn:intermediateThrowEvent></bpmn:process>'
    )
    content = Bpmn().start().end().xml().replace(b"</bpmn:process>", thrown.encode())
    with pytest.raises(Rejection, match="- Element: thrown\n    - ERROR: The stand-in does not support"):
        Engine().deploy([("p.bpmn", content)])


@pytest.mark.parametrize("name", ["rules.dmn", "ask.form"])
def test_files_that_are_not_supported_are_refused(name: str) -> None:
    """Decisions and forms have another refusal than files of an unknown type."""
    with pytest.raises(Rejection, match="The stand-in does not support"):
        Engine().deploy([(name, b"{}")])
