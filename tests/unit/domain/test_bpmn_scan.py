"""What the scan finds in the BPMN of one process."""

from __future__ import annotations

import pytest
from apify_camunda.contracts.element import ElementKind
from apify_camunda.domain.bpmn_scan import BpmnScan, scan_bpmn
from apify_camunda.domain.bpmn_xml import MAX_XML_BYTES
from apify_camunda.errors import InvalidInput

from tests import builders
from tests.builders_bpmn import HEAD, bpmn, catch, node, start

KEYED = builders.properties(correlationKeyExpression="=connectorData.runId")
PLAIN = builders.properties()


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

    def test_event_sub_process_start_is_told_apart(self) -> None:
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
        """Names are told by their namespace, not by their prefix."""
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
