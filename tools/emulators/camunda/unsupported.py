"""What Camunda carries out and the stand-in does not: one list, and one sentence for each entry.

`docs/engine-differences.md` shows the list; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that a model may ask for.

    Attributes:
        name: What it is called in Camunda's documents.
        is_in_8_6: Whether Camunda 8.6.0, which `--camunda engine` starts, carries it out.
    """

    name: str
    is_in_8_6: bool = True

    @property
    def refusal(self) -> str:
        """What a deployment is refused with; the advice holds for this very thing."""
        if self.is_in_8_6:
            return (
                f"The stand-in does not support {self.name}; Camunda's own engine does: use --camunda engine."
            )
        advice = "Camunda 8.8 does, the engine of --camunda engine (8.6.0) does not: deploy it to a cluster."
        return f"The stand-in does not support {self.name}; {advice}"


UNSUPPORTED: Final[Mapping[str, Unsupported]] = {
    "signalEventDefinition": Unsupported("signal events"),
    "escalationEventDefinition": Unsupported("escalation events"),
    "compensateEventDefinition": Unsupported("compensation events"),
    "linkEventDefinition": Unsupported("link events"),
    "calledDecision": Unsupported("decisions (zeebe:calledDecision)"),
    "decisions": Unsupported("decisions (DMN files)"),
    "forms": Unsupported("forms (form files)"),
    "executionListeners": Unsupported("execution listeners"),
    "taskListeners": Unsupported("task listeners", is_in_8_6=False),
    "bindingType": Unsupported("called processes that are bound to a deployment or a version tag"),
    "inclusiveJoin": Unsupported("inclusive gateways that join flows"),
}
"""By the word in the model, or by a word of ours."""

_CAMUNDAS_LIST: Final = "https://docs.camunda.io/docs/components/modeler/bpmn/bpmn-coverage/"
_NO_EVENT: Final = frozenset({"cancelEventDefinition", "conditionalEventDefinition"})


def refusal_of(tag: str) -> str:
    """Return why an element or event definition of BPMN is refused: by the stand-in, or by Camunda too."""
    if tag in UNSUPPORTED:
        return UNSUPPORTED[tag].refusal
    if tag in _NO_EVENT:
        return "Event definition of this type is not supported"
    what = f"Elements of type '{tag[:1].upper()}{tag[1:]}' are currently not supported."
    return f"{what} Please refer to the documentation for a list of supported elements: {_CAMUNDAS_LIST}"
