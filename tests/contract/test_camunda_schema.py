"""What BPMN's schema allows: the stand-in refuses the files that Camunda's engines refuse, in their words."""

from collections.abc import Iterator

import pytest
from pyzeebe.proto import gateway_pb2 as pb

from tests.contract.engine_targets import OLD, OVER_GRPC, SINCE_8_8, Target, running_target

TASK = '<bpmn:extensionElements><zeebe:taskDefinition type="w"/></bpmn:extensionElements>'
BODY = (
    '<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
    f'<bpmn:serviceTask id="t">{TASK}</bpmn:serviceTask>'
)
VALID = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="d" targetNamespace="x">'
    f'<bpmn:process id="schema" isExecutable="true">{BODY}</bpmn:process>'
    '<bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="plane" bpmnElement="schema">'
    '<bpmndi:BPMNShape id="s_di" bpmnElement="s"><dc:Bounds x="1" y="1.5" width="1" height="1"/>'
    "</bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"
)
END = "</bpmn:process>"
PROPERTIES = '<zeebe:properties><zeebe:property name="a" value="1"/></zeebe:properties>'
EXTENSIONS = "<bpmn:extensionElements>"


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=SINCE_8_8)
def new(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=OLD)
def old(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


REFUSED = {
    "no target namespace": (
        ' targetNamespace="x"',
        "",
        "cvc-complex-type.4: Attribute 'targetNamespace' must appear on element 'bpmn:definitions'.",
    ),
    "an attribute that there is not": (
        '<bpmn:serviceTask id="t"',
        '<bpmn:serviceTask id="t" foo="1"',
        "cvc-complex-type.3.2.2: Attribute 'foo' is not allowed to appear in element 'bpmn:serviceTask'.",
    ),
    "an id that begins with a digit": (
        '<bpmn:startEvent id="s"',
        '<bpmn:startEvent id="1s"',
        "cvc-datatype-valid.1.2.1: '1s' is not a valid value for 'NCName'.",
    ),
    "an id with a blank": ('id="f"', 'id="f f"', "cvc-datatype-valid.1.2.1: 'f f' is not a valid value for"),
    "an id with a colon": ('id="f"', 'id="f:f"', "cvc-datatype-valid.1.2.1: 'f:f' is not a valid value for"),
    "an empty id": ('id="f"', 'id=""', "cvc-datatype-valid.1.2.1: '' is not a valid value for 'NCName'."),
    "an id twice": ('id="f"', 'id="s"', "cvc-id.2: There are multiple occurrences of ID value 's'."),
    "the diagram repeats an id": ('id="plane"', 'id="s"', "cvc-id.2: There are multiple occurrences of ID"),
    "a flow to nothing": (
        'targetRef="t"',
        'targetRef="u"',
        "cvc-id.1: There is no ID/IDREF binding for IDREF 'u'.",
    ),
    "a flow without a target": (
        ' targetRef="t"',
        "",
        "cvc-complex-type.4: Attribute 'targetRef' must appear on element 'bpmn:sequenceFlow'.",
    ),
    "an invalid truth value": (
        'isExecutable="true"',
        'isExecutable="yes"',
        "cvc-datatype-valid.1.2.1: 'yes' is not a valid value for 'boolean'.",
    ),
    "children in the wrong order": (
        TASK,
        f"<bpmn:incoming>f</bpmn:incoming>{TASK}",
        (
            "cvc-complex-type.2.4.a: Invalid content was found starting with element"
            " '{\"http://www.omg.org/spec/BPMN/20100524/MODEL\":extensionElements}'. One of"
            ' \'{"http://www.omg.org/spec/BPMN/20100524/MODEL":incoming,'
        ),
    ),
    "extension elements twice": (TASK, TASK + TASK, "cvc-complex-type.2.4.a: Invalid content was found"),
    "a child after the last": (
        TASK,
        f"{TASK}<bpmn:multiInstanceLoopCharacteristics/><bpmn:incoming>f</bpmn:incoming>",
        (
            "cvc-complex-type.2.4.d: Invalid content was found starting with element 'bpmn:incoming'."
            " No child element is expected at this point."
        ),
    ),
    "a flow element after an artifact": (
        BODY,
        f'<bpmn:textAnnotation id="a"/>{BODY}',
        "cvc-complex-type.2.4.a: Invalid content was found",
    ),
    "an element that there is not": (END, f'<bpmn:fooTask id="x"/>{END}', "MODEL\":fooTask}'."),
    "an element of another namespace": (END, f"<zeebe:foo/>{END}", "cvc-complex-type.2.4.a: Invalid content"),
    "an element that only others extend": (
        END,
        f'<bpmn:flowElement id="x"/>{END}',
        "cvc-type.2: The type definition cannot be abstract for element bpmn:flowElement.",
    ),
    "text between elements": (
        END,
        f"hello{END}",
        (
            "cvc-complex-type.2.3: Element 'bpmn:process' cannot have character [children], because the"
            " type's content type is element-only."
        ),
    ),
    "BPMN within extension elements": (
        EXTENSIONS,
        f"{EXTENSIONS}<bpmn:documentation/>",
        "One of '{WC[##other:\"http://www.omg.org/spec/BPMN/20100524/MODEL\"]}' is expected.",
    ),
    "a name with an unknown prefix": (
        TASK,
        f"{TASK}<bpmn:incoming>x:f</bpmn:incoming>",
        "UndeclaredPrefix: Cannot resolve 'x:f' as a QName: the prefix 'x' is not declared.",
    ),
    "an element in a name": (
        TASK,
        f"{TASK}<bpmn:incoming><bpmn:foo/></bpmn:incoming>",
        (
            "cvc-type.3.1.2: Element 'bpmn:incoming' is a simple type, so it must have no element"
            " information item [children]."
        ),
    ),
    "a shape without bounds": (
        '<dc:Bounds x="1" y="1.5" width="1" height="1"/>',
        "",
        "cvc-complex-type.2.4.b: The content of element 'bpmndi:BPMNShape' is not complete.",
    ),
    "an invalid number": (
        'x="1"',
        'x="a"',
        "cvc-datatype-valid.1.2.1: 'a' is not a valid value for 'double'.",
    ),
    "an unbound prefix of an element": (
        ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
        "",
        'Fatal Error: URI=null Line=1: The prefix "zeebe" for element "zeebe:taskDefinition" is not bound.',
    ),
    "an unbound prefix of an attribute": (
        '<bpmn:serviceTask id="t"',
        '<bpmn:serviceTask id="t" x:y="1"',
        'The prefix "x" for attribute "x:y" associated with an element type "bpmn:serviceTask" is not bound.',
    ),
    "a document type": (
        "<bpmn:definitions",
        "<!DOCTYPE x><bpmn:definitions",
        "DOCTYPE is disallowed when the",
    ),
    "a file that ends early": (
        "</bpmn:definitions>",
        "",
        "XML document structures must start and end within",
    ),
    "no BPMN": (VALID, "<a/>", "cvc-elt.1.a: Cannot find the declaration of element 'a'."),
    "no XML": (VALID, "hello", "Fatal Error: URI=null Line=1: Content is not allowed in prolog."),
    "nothing": (VALID, "", "Fatal Error: URI=null Line=1: Premature end of file."),
    "two task definitions": (
        EXTENSIONS,
        f'{EXTENSIONS}<zeebe:taskDefinition type="v"/>',
        "Must have exactly one 'zeebe:taskDefinition' extension element",
    ),
    "a task without a type": (' type="w"', ' type=""', "Expected expression but not found."),
}
"""What is replaced in the valid file, by what, and how that is refused."""


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_breaks_the_schema_is_refused(target: Target, what: str) -> None:
    """The refusal is INVALID_ARGUMENT, and names the rule, the value and the line."""
    old_text, new_text, words = REFUSED[what]
    assert old_text in VALID
    assert words in refusal(target, VALID.replace(old_text, new_text, 1))


ACCEPTED = {
    "the valid file": ("", ""),
    "attributes of other namespaces": ('<bpmn:startEvent id="s"', '<bpmn:startEvent id="s" zeebe:foo="1"'),
    "an id with letters of any language": ('<bpmndi:BPMNPlane id="plane"', '<bpmndi:BPMNPlane id="plåne"'),
    "unknown extension elements": (EXTENSIONS, f'{EXTENSIONS}<x:y xmlns:x="urn:x" z="1">text</x:y>'),
    "a flow name that refers to nothing": (TASK, f"{TASK}<bpmn:incoming>nowhere</bpmn:incoming>"),
    "a loop that Camunda passes over": (TASK, f"{TASK}<bpmn:standardLoopCharacteristics/>"),
    "no listeners": (EXTENSIONS, f"{EXTENSIONS}<zeebe:executionListeners/>"),
    "an artifact at the end": (
        END,
        f'<bpmn:textAnnotation id="a"><bpmn:text>x</bpmn:text></bpmn:textAnnotation>{END}',
    ),
    "a diagram of something else": ('bpmnElement="schema"', 'bpmnElement="nowhere"'),
    "two properties of a process": (
        BODY,
        f"{EXTENSIONS}{PROPERTIES}{PROPERTIES}</bpmn:extensionElements>{BODY}",
    ),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_a_file_that_the_schema_allows_is_deployed(target: Target, what: str) -> None:
    """A model that only looks like one of those faults is accepted."""
    old_text, new_text = ACCEPTED[what]
    assert old_text in VALID
    content = VALID.replace(old_text, new_text, 1).encode()
    answer = target.call("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert answer.deployments[0].process.bpmnProcessId == "schema"


TWICE = {
    "headers": "<zeebe:taskHeaders/>",
    "mappings": "<zeebe:ioMapping/>",
    "properties": PROPERTIES,
}


@pytest.mark.parametrize("what", TWICE)
def test_extension_elements_come_once(new: Target, what: str) -> None:
    """Since 8.8, headers, mappings and properties of an element are in one extension element each."""
    told = refusal(new, VALID.replace(EXTENSIONS, EXTENSIONS + TWICE[what] * 2, 1))
    assert ("Collection expected to have <1> entry" if what == "properties" else "retain only one") in told


def test_8_6_takes_two_extension_elements_with_properties(old: Target) -> None:
    """8.6 reads no properties, and so does not mind."""
    content = VALID.replace(EXTENSIONS, EXTENSIONS + PROPERTIES * 2, 1).encode()
    old.call("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])


def refusal(target: Target, text: str) -> str:
    """Return why a file is not deployed."""
    refused = target.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=text.encode())])
    assert refused.code == "INVALID_ARGUMENT"
    return refused.details
