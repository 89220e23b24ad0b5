"""Camunda's Python client pages, filters and sorts through the stand-in's searches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from camunda_orchestration_sdk import models
from camunda_orchestration_sdk.semantic_types import EndCursor, StartCursor

from tests.builders_process import Bpmn, MessageRef
from tests.clients.sdk import Sdk, by_id

FIELD: Final = models.ProcessDefinitionSearchQuerySortRequestField
LATEST: Final = models.ProcessDefinitionSearchQueryFilter(is_latest_version=True)
NAMES: Final = [f"process-{letter}" for letter in "abcdefg"]


def deploy_seven(sdk: Sdk) -> None:
    for name in NAMES:
        sdk.deploy(Bpmn(name).start().end())


def definitions(sdk: Sdk, **asked: Any) -> models.ProcessDefinitionSearchQueryResult:
    return sdk.client.search_process_definitions(data=models.ProcessDefinitionSearchQuery(**asked))


def ids(answer: models.ProcessDefinitionSearchQueryResult) -> list[str]:
    return [each.process_definition_id for each in answer.items]


def by(field: models.ProcessDefinitionSearchQuerySortRequestField, order: str) -> Any:
    return models.ProcessDefinitionSearchQuerySortRequest(field=field, order=models.SortOrderEnum(order))


class TestPages:
    @pytest.mark.parametrize("wanted", [models.ProcessDefinitionSearchQueryFilter(), LATEST])
    def test_cursors_lead_through_all_and_end(
        self, sdk: Sdk, wanted: models.ProcessDefinitionSearchQueryFilter
    ) -> None:
        """From page to page by the end cursor everything is seen once, until a page is empty and has none."""
        deploy_seven(sdk)
        page: Any = models.LimitBasedPagination(limit=3)
        seen: list[str] = []
        sizes: list[int] = []
        while True:
            answer = definitions(sdk, filter_=wanted, page=page)
            seen += ids(answer)
            sizes.append(len(answer.items))
            if not answer.items:
                break
            assert answer.page.end_cursor is not None
            page = models.CursorBasedForwardPagination(EndCursor(answer.page.end_cursor), limit=3)
        assert (seen, sizes) == (NAMES, [3, 3, 1, 0])
        assert answer.page.end_cursor is None
        assert answer.page.total_items == 7

    def test_start_cursors_lead_back(self, sdk: Sdk) -> None:
        """The start cursor of a page leads to the one before it, in the same order."""
        deploy_seven(sdk)
        last = definitions(sdk, page=models.OffsetBasedPagination(from_=5, limit=2))
        assert last.page.start_cursor is not None
        back = models.CursorBasedBackwardPagination(StartCursor(last.page.start_cursor), limit=2)
        assert (ids(last), ids(definitions(sdk, page=back))) == (NAMES[5:], NAMES[3:5])

    def test_offsets_count_rows(self, sdk: Sdk) -> None:
        """An offset skips so many rows, in any order."""
        deploy_seven(sdk)
        page = models.OffsetBasedPagination(from_=2, limit=2)
        answer = definitions(sdk, page=page, sort=[by(FIELD.PROCESSDEFINITIONID, "DESC")])
        assert ids(answer) == NAMES[::-1][2:4]
        assert answer.page.total_items == 7

    def test_cursors_keep_to_the_order(self, sdk: Sdk) -> None:
        """A cursor goes on where its page ended in the order asked for, over rows that are alike."""
        for _ in range(2):
            for name in "ab":
                sdk.deploy(Bpmn(name, name=f"{name}-{len(sdk.cluster.engine.definitions())}").start().end())
        order = [by(FIELD.PROCESSDEFINITIONID, "DESC"), by(FIELD.VERSION, "ASC")]
        first = definitions(sdk, sort=order, page=models.LimitBasedPagination(limit=1))
        assert first.page.end_cursor is not None
        after = models.CursorBasedForwardPagination(EndCursor(first.page.end_cursor), limit=9)
        rest = definitions(sdk, sort=order, page=after)
        found = [(each.process_definition_id, each.version) for each in (*first.items, *rest.items)]
        assert found == [("b", 1), ("b", 2), ("a", 1), ("a", 2)]


class TestFilters:
    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("process-b", ["process-b"]),
            (models.AdvancedStringFilter(eq="process-b"), ["process-b"]),
            (models.AdvancedStringFilter(neq="process-b"), ["process-a", *NAMES[2:]]),
            (models.AdvancedStringFilter(in_=["process-a", "process-g"]), ["process-a", "process-g"]),
            (models.AdvancedStringFilter(not_in=NAMES[1:]), ["process-a"]),
            (models.AdvancedStringFilter(eq="process-b", in_=[]), ["process-b"]),
            (models.AdvancedStringFilter(in_=[], not_in=[]), NAMES),
            (models.AdvancedStringFilter(like="*-?"), NAMES),
            (models.AdvancedStringFilter(like="process-[ab]"), []),
            (models.AdvancedStringFilter(exists=False), []),
            (models.AdvancedStringFilter(exists=True, like="*g"), ["process-g"]),
        ],
        ids=(
            "exact",
            "$eq",
            "$neq",
            "$in",
            "$notIn",
            "an empty list beside $eq",
            "nothing but empty lists",
            "$like",
            "$like knows no sets",
            "$exists",
            "$exists and $like",
        ),
    )
    def test_text_is_found_by_every_operator(self, sdk: Sdk, condition: Any, found: list[str]) -> None:
        """An exact text and each operator on texts find what they say."""
        deploy_seven(sdk)
        wanted = models.ProcessDefinitionSearchQueryFilter(process_definition_id=condition)
        assert ids(definitions(sdk, filter_=wanted)) == found

    def test_states_of_definitions(self, sdk: Sdk) -> None:
        """A deleted version is found by its state, and is no longer the latest active one."""
        first, newest = sdk.deploy(Bpmn("p").start().end()) + sdk.deploy(Bpmn("p", name="2").start().end())
        key = newest.process_definition_key
        sdk.client.delete_resource(key, data=models.DeleteResourceRequest())
        state = models.ProcessDefinitionSearchQueryFilterState
        found = {
            each: [
                row.process_definition_key
                for row in definitions(
                    sdk, filter_=models.ProcessDefinitionSearchQueryFilter(is_latest_version=True, state=each)
                ).items
            ]
            for each in (state.ACTIVE, state.DELETED)
        }
        assert found == {state.ACTIVE: [first.process_definition_key], state.DELETED: []}
        assert sdk.client.get_process_definition(key).state == models.ProcessDefinitionResultState.DELETED

    def test_instances_are_found_by_tags_states_and_times(self, sdk: Sdk) -> None:
        """Conditions on tags, states and moments hold together; alternatives hold if one does."""
        sdk.deploy(Bpmn("waits").start().task().end(), Bpmn("ends").start().end())
        tagged = by_id("waits")
        tagged.tags = ["event:1", "a"]
        wanted = sdk.client.create_process_instance(data=tagged).process_instance_key
        ended = sdk.start("ends").process_instance_key
        sdk.start("waits")
        filters = models.ProcessInstanceSearchQueryFilter
        since = models.AdvancedDateTimeFilter(gte=datetime(2020, 1, 1, tzinfo=UTC))
        completed = models.AdvancedProcessInstanceStateFilter(in_=[models.ProcessInstanceStateEnum.COMPLETED])
        either = [
            models.ProcessInstanceFilterFields(tags=["event:1"]),
            models.ProcessInstanceFilterFields(state=completed),
        ]
        assert instances(sdk, filters(tags=["event:1"], start_date=since)) == [wanted]
        assert instances(sdk, filters(state=completed, end_date=since)) == [ended]
        assert instances(sdk, filters(or_=either)) == sorted([wanted, ended])
        assert (
            instances(
                sdk, filters(start_date=models.AdvancedDateTimeFilter(lt=datetime.min.replace(tzinfo=UTC)))
            )
            == []
        )

    def test_subscriptions_are_found_by_their_connector(self, sdk: Sdk) -> None:
        """What waits, and for which connector, is found by the properties of its element, and counted."""
        properties = {"inbound.type": "io.camunda:webhook:1"}
        message = MessageRef("finished", "=orderId")
        [definition] = sdk.deploy(Bpmn("p").start().catch(message=message, properties=properties).end())
        for order in "78":
            sdk.start("p", orderId=order)
        wanted = models.MessageSubscriptionSearchQueryFilter(inbound_connector_type="io.camunda:webhook:1")
        query = models.MessageSubscriptionSearchQuery(filter_=wanted)
        found = sdk.client.search_message_subscriptions(data=query).items
        assert [each.correlation_key for each in found] == ["7", "8"]
        [count] = sdk.client.get_process_definition_message_subscription_statistics(
            data=models.ProcessDefinitionMessageSubscriptionStatisticsQuery()
        ).items
        assert count.process_definition_key == definition.process_definition_key
        assert count.process_instances_with_active_subscriptions == 2


def instances(sdk: Sdk, wanted: models.ProcessInstanceSearchQueryFilter) -> list[str]:
    query = models.ProcessInstanceSearchQuery(filter_=wanted)
    found = sdk.client.search_process_instances(data=query).items
    return [each.process_instance_key for each in found]


def test_long_values_are_cut_unless_all_is_wanted(sdk: Sdk) -> None:
    """A search of variables shows long values whole only where that is asked for."""
    sdk.deploy(Bpmn("p").start().task().end())
    sdk.start("p", note="x" * 9000)
    [cut] = sdk.client.search_variables().items
    [whole] = sdk.client.search_variables(truncate_values=False).items
    assert (cut.is_truncated, len(cut.value) < 9000) == (True, True)
    assert (whole.is_truncated, whole.value) == (False, f'"{"x" * 9000}"')
