"""Camunda's connector runtime imports processes from the stand-in and correlates into it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.clients.judged import POLLING, Judged, webhook

ORDER = "={order: request.body.orderId}"
KEY = {"correlationKeyExpression": "=request.body.orderId"}


def starting(process_id: str, path: str) -> Bpmn:
    """Return a process that a webhook starts."""
    return Bpmn(process_id).start(properties=webhook(path, resultExpression=ORDER)).end()


def begun_by_message(process_id: str, path: str, message_id: str = "") -> Bpmn:
    """Return a process that a webhook starts by a message, in the same message once where it has an id."""
    more = {"messageIdExpression": f"={message_id}"} if message_id else {}
    properties = webhook(path, resultExpression=ORDER, **KEY, **more)
    return Bpmn(process_id).start(message=MessageRef(process_id), properties=properties).end()


def catching(process_id: str, path: str) -> Bpmn:
    """Return a process that waits at a catch event for a webhook with its order's id."""
    message, properties = awaited(process_id, path)
    return Bpmn(process_id).start().catch(message=message, properties=properties).end()


def receiving(process_id: str, path: str) -> Bpmn:
    """Return a process that waits at a receive task for a webhook with its order's id."""
    message, properties = awaited(process_id, path)
    return Bpmn(process_id).start().receive(message=message, properties=properties).end()


def interrupted(process_id: str, path: str) -> Bpmn:
    """Return a process whose task, which has no worker, is interrupted by a webhook with its order's id."""
    message, properties = awaited(process_id, path)
    model = Bpmn(process_id).start().task(job_type="nobody").end()
    return model.boundary("caught", "task", message=message, properties=properties).end("end2")


def awaited(process_id: str, path: str) -> tuple[MessageRef, dict[str, str]]:
    return MessageRef(process_id, "=orderId"), webhook(path, resultExpression=ORDER, **KEY)


class TestElements:
    def test_a_start_event_starts_an_instance(self, judged: Judged, name: str) -> None:
        """A deployed webhook is served, and an event there starts the process with its variables."""
        judged.deploy(starting(name, f"{name}-path"))
        judged.wait_until_served(f"{name}-path")
        assert judged.post(f"{name}-path", orderId="7").status_code == 200
        assert judged.result(judged.only_instance(name)) == {"order": "7"}

    def test_a_message_start_event_starts_an_instance(self, judged: Judged, name: str) -> None:
        """An event becomes a message, which starts the process."""
        judged.deploy(begun_by_message(name, name))
        judged.wait_until_served(name)
        assert judged.post(name, orderId="7").status_code == 200
        assert judged.result(judged.only_instance(name)) == {"order": "7"}

    @pytest.mark.parametrize("process", [catching, receiving, interrupted])
    def test_a_waiting_instance_gets_its_message_alone(
        self, judged: Judged, name: str, process: Callable[[str, str], Bpmn]
    ) -> None:
        """An event becomes a message with its key: of two instances that wait, one goes on."""
        judged.deploy(process(name, name))
        other, wanted = judged.start(name, orderId="6"), judged.start(name, orderId="7")
        judged.wait_until_served(name)
        assert judged.post(name, orderId="7").status_code == 200
        assert judged.result(wanted) == {"orderId": "7", "order": "7"}
        left = judged.engine.process_instance(other)
        assert left is not None
        assert left.ended_at is None

    def test_a_connector_that_polls_sees_waiting_instances(self, judged: Judged, name: str) -> None:
        """The runtime finds the instances that wait at an element, and the variables of each."""
        properties = {
            "inbound.type": POLLING,
            "seen": "=orderId",
            "correlationKeyExpression": "=seen",
            "resultExpression": "={found: seen}",
        }
        message = MessageRef(name, "=orderId")
        judged.deploy(Bpmn(name).start().catch(message=message, properties=properties).end())
        waiting = {order: judged.start(name, orderId=order, others=[{"a": None}]) for order in "678"}
        found = {order: judged.result(instance)["found"] for order, instance in waiting.items()}
        assert found == {"6": "6", "7": "7", "8": "8"}

    def test_a_message_id_counts_once(self, judged: Judged, name: str) -> None:
        """
        A message that is buffered already is refused: over gRPC the runtime takes that for success, over
        REST it has no word for it.
        """
        judged.deploy(begun_by_message(name, name, "request.body.orderId"))
        judged.wait_until_served(name)
        answers = [judged.post(name, orderId="7").status_code for _ in range(2)]
        assert answers == [200, 500 if judged.kind.prefers_rest else 200]
        judged.only_instance(name)


class TestVersions:
    def test_a_redeployment_takes_over(self, judged: Judged, name: str) -> None:
        """The new version's webhook is served, the old one's no longer, and the new version is started."""
        judged.deploy(starting(name, f"{name}-1"))
        judged.wait_until_served(f"{name}-1")
        judged.deploy(starting(name, f"{name}-2"))
        judged.wait_until_served(f"{name}-2")
        judged.wait_until_not_served(f"{name}-1")
        assert judged.post(f"{name}-2", orderId="7").status_code == 200
        (instance,) = judged.instances(name)
        assert instance.version == 2

    def test_a_redeployment_without_the_element_ends_it(self, judged: Judged, name: str) -> None:
        """A version without a webhook takes the webhook away."""
        judged.deploy(starting(name, name))
        judged.wait_until_served(name)
        judged.deploy(Bpmn(name).start().end())
        judged.wait_until_not_served(name)

    def test_the_newest_version_is_deleted(self, judged: Judged, name: str) -> None:
        """
        Where the search knows the state of definitions, the version before takes its place again; elsewhere
        no test sees that it is gone.
        """
        judged.deploy(starting(name, f"{name}-1"))
        newest = judged.deploy(starting(name, f"{name}-2"))
        judged.wait_until_served(f"{name}-2")
        judged.engine.delete_resource(newest)
        judged.wait_until_all_is_imported(name)
        is_seen = judged.kind.knows_definition_state
        assert judged.serves(f"{name}-1") == is_seen
        assert judged.serves(f"{name}-2") != is_seen

    def test_a_process_is_deleted_whole(self, judged: Judged, name: str) -> None:
        """
        A definition without a successor stays in the search, for its history is kept: the runtime, which
        never asks for its state, goes on serving a webhook that can start nothing.
        """
        judged.engine.delete_resource(self._served(judged, name))
        judged.wait_until_all_is_imported(name)
        assert judged.serves(name)
        assert judged.post(name, orderId="7").status_code == (500 if judged.kind.prefers_rest else 404)

    @staticmethod
    def _served(judged: Judged, name: str) -> int:
        key = judged.deploy(starting(name, name))
        judged.wait_until_served(name)
        return key


def test_all_pages_are_read(judged: Judged, name: str) -> None:
    """More definitions than a page holds are all imported."""
    for number in range(201):
        judged.deploy(Bpmn(f"{name}-{number}").start().end())
    judged.wait_until_all_is_imported(name)
