"""What the scan finds in the BPMN of one process."""

from __future__ import annotations

import pytest
from apify_camunda.camunda.bpmn_xml import MAX_XML_BYTES
from apify_camunda.camunda.elements import ElementKind
from apify_camunda.errors import InvalidInput
from apify_camunda.registration.domain.bpmn_scan import MOST_BYTES_OF_ELEMENTS, BpmnScan, scan_bpmn

from tests import builders
from tests.builders_bpmn import HEAD, bpmn, catch, node, start

KEYED = builders.properties(correlationKeyExpression="=connectorData.runId")
PLAIN = builders.properties()
PROPERTIES = (
    "<bpmn:extensionElements><zeebe:properties>"
    '<zeebe:property name="inbound.type" value="io.camunda:apify-inbound:1"/>'
    "</zeebe:properties></bpmn:extensionElements>"
)


def scan(xml: str, process_id: str = "orders") -> BpmnScan:
    return scan_bpmn(
        xml,
        builders.definition(process_id=process_id),
        inbound_type="io.camunda:apify-inbound:1",
    )


class TestKinds:
    @pytest.mark.parametrize(
        ("element", "kind"),
        [
            pytest.param(start("E"), ElementKind.START, id="plain start"),
            pytest.param(
                node("startEvent", "E", properties=PLAIN, message="Message_1"),
                ElementKind.MESSAGE_START,
                id="message start",
            ),
            pytest.param(catch("E"), ElementKind.INTERMEDIATE_CATCH, id="catch"),
            pytest.param(
                node("boundaryEvent", "E", properties=KEYED, message="Message_1"),
                ElementKind.BOUNDARY,
                id="boundary",
            ),
            pytest.param(
                node("receiveTask", "E", properties=KEYED).replace(
                    "<bpmn:receiveTask", '<bpmn:receiveTask messageRef="Message_1"', 1
                ),
                ElementKind.RECEIVE_TASK,
                id="receive task",
            ),
        ],
    )
    def test_kind_follows_the_element(self, element: str, kind: ElementKind) -> None:
        """Each kind of element that may carry our type is recognised, with its message's name."""
        [found] = scan(bpmn(element)).elements

        assert found.kind is kind
        assert found.message_name == (None if kind is ElementKind.START else "run-finished")
        assert (found.process_id, found.version, found.element_id) == ("orders", 1, "E")

    @pytest.mark.parametrize("tag", ["subProcess", "transaction", "adHocSubProcess"])
    def test_sub_processes_are_searched(self, tag: str) -> None:
        """Elements in sub-processes of any depth are found."""
        inner = node(tag, "S2", inner=catch("Deep"))

        assert [each.element_id for each in scan(bpmn(node(tag, "S1", inner=inner))).elements] == ["Deep"]

    def test_event_sub_process_start_is_distinguished(self) -> None:
        """A message start in an event sub-process listens in running instances, so it is another kind."""
        inner = node("startEvent", "E", properties=PLAIN, message="Message_1")
        sub = node("subProcess", "S", inner=inner).replace(
            "<bpmn:subProcess", '<bpmn:subProcess triggeredByEvent="true"', 1
        )

        [found] = scan(bpmn(sub)).elements

        assert found.kind is ElementKind.EVENT_SUB_PROCESS_START
        assert not found.kind.only_newest_version


class TestChoice:
    def test_only_the_process_itself(self) -> None:
        """Of several processes in one file only the one that is asked for counts."""
        other = f'<bpmn:process id="other">{start("Other")}</bpmn:process>'
        xml = bpmn(start("Mine")).replace("</bpmn:process>", f"</bpmn:process>{other}", 1)

        assert [each.element_id for each in scan(xml).elements] == ["Mine"]
        assert [each.element_id for each in scan(xml, "other").elements] == ["Other"]

    def test_only_our_type(self) -> None:
        """Elements of other connectors concern us no more than those without any."""
        xml = bpmn(start("A", inbound_type="io.camunda:webhook:1"), node("startEvent", "B"))

        assert scan(xml) == BpmnScan(())

    def test_first_property_of_a_name_counts(self) -> None:
        """A property that is there twice has its first value; one without a value is none."""
        twice = start().replace(
            "</zeebe:properties>",
            '<zeebe:property name="resourceId" value="second"/><zeebe:property name="empty"/>'
            "</zeebe:properties>",
        )

        [found] = scan(bpmn(twice)).elements

        assert found.properties["resourceId"] == "actor1"
        assert "empty" not in found.properties

    def test_prefixes_do_not_matter(self) -> None:
        """Names are recognized by their namespace, not by their prefix."""
        xml = (
            bpmn(start("E"))
            .replace("bpmn:", "b:")
            .replace("xmlns:bpmn", "xmlns:b")
            .replace("zeebe:", "z:")
            .replace("xmlns:zeebe", "xmlns:z")
        )

        assert len(scan(xml).elements) == 1


class TestProblems:
    @pytest.mark.parametrize(
        ("faulty", "messages", "words"),
        [
            pytest.param(
                catch("F", correlationKeyExpression=None), None, "correlationKeyExpression", id="no key"
            ),
            pytest.param(
                catch("F", correlationKeyExpression=" "), None, "correlationKeyExpression", id="blank key"
            ),
            pytest.param(
                node("intermediateCatchEvent", "F", properties=KEYED), None, "no message event", id="timer"
            ),
            pytest.param(node("serviceTask", "F", properties=KEYED), None, "serviceTask", id="wrong element"),
            pytest.param(node("receiveTask", "F", properties=KEYED), None, "no name", id="no message"),
            pytest.param(catch("F"), '<bpmn:message id="Message_1"/>', "no name", id="nameless message"),
            pytest.param(
                catch("F"), '<bpmn:message id="Message_1" name="=x"/>', "expression", id="expression as name"
            ),
        ],
    )
    def test_faulty_element_is_reported_alone(self, faulty: str, messages: str | None, words: str) -> None:
        """An element that cannot work is left out with its reason; its neighbour is found."""
        xml = bpmn(start("Good"), faulty, **({"messages": messages} if messages else {}))

        found = scan(xml)

        assert [each.element_id for each in found.elements] == ["Good"]
        [(element_id, reason)] = found.problems
        assert element_id == "F"
        assert words in reason

    @pytest.mark.parametrize(
        "xml",
        [
            pytest.param("", id="empty"),
            pytest.param("<a>", id="broken"),
            pytest.param(f"<!DOCTYPE a>{HEAD}</bpmn:definitions>", id="document type"),
            pytest.param(
                '<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>', id="entities"
            ),
            pytest.param('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', id="external"),
            pytest.param("<a>" * 1000 + "</a>" * 1000, id="deep"),
            pytest.param("<a>" + "x" * MAX_XML_BYTES + "</a>", id="large"),
        ],
    )
    def test_hostile_document_is_refused(self, xml: str) -> None:
        """A document that is broken, huge, or declares entities is refused as a whole."""
        with pytest.raises(InvalidInput):
            scan(xml)


class TestRoom:
    def test_element_that_takes_too_much_room_is_reported_alone(self) -> None:
        """All elements of a process are kept together, so one may not take more than there is room for."""
        huge = start("Huge", resultExpression="x" * MOST_BYTES_OF_ELEMENTS)

        found = scan(bpmn(start("Before"), huge, start("After")))

        assert [each.element_id for each in found.elements] == ["Before", "After"]
        [(element_id, reason)] = found.problems
        assert element_id == "Huge"
        assert "Shorten its expressions" in reason

    def test_many_elements_share_the_room(self) -> None:
        """Those that come first are kept, and the others are reported."""
        large = "x" * (MOST_BYTES_OF_ELEMENTS // 4)

        found = scan(bpmn(*(start(f"E{number}", resultExpression=large) for number in range(6))))

        assert [each.element_id for each in found.elements] == ["E0", "E1", "E2"]
        assert [element_id for element_id, _ in found.problems] == ["E3", "E4", "E5"]

    def test_id_that_no_row_holds_is_reported_in_short(self) -> None:
        """An element whose id is longer than a key of ours may be is left out."""
        found = scan(bpmn(start("E" * 300), start("Good")))

        assert [each.element_id for each in found.elements] == ["Good"]
        [(element_id, reason)] = found.problems
        assert element_id == "E" * 255
        assert "255 bytes" in reason

    def test_problems_have_an_end(self) -> None:
        """Many faulty elements give no more problems than a person can read."""
        kind = "k" * 10_000
        many = "".join(f'<bpmn:{kind} id="E{number}">{PROPERTIES}</bpmn:{kind}>' for number in range(150))

        found = scan(bpmn(many))

        assert len(found.problems) == 100
        assert max(len(reason) for _, reason in found.problems) <= 500
