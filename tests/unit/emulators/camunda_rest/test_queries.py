"""Questions over REST, and how they differ between gateway versions."""

from typing import Any

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import GatewayVersion

from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    message_start_process,
    running_rest,
    straight_process,
    waiting_process,
)

V8_8, V8_9, V8_10 = GatewayVersion

LATEST: dict[str, Any] = {"isLatestVersion": True}


@pytest.mark.parametrize("version", GatewayVersion, ids=lambda v: v.minor_name)
def test_topology_tells_the_version(version: GatewayVersion) -> None:
    """A client learns from the topology which gateway it talks to."""
    with running_rest(version) as cluster:
        topology = cluster.client.get("/v2/topology").json()
        assert topology["gatewayVersion"] == f"{version.minor_name}.0"
        assert ("clusterId" in topology) == (version >= V8_9)
        assert cluster.client.get("/v2/status").status_code == 204


class TestDefinitions:
    def test_the_xml_is_what_was_deployed(self, cluster: RunningRest) -> None:
        """The XML comes as text/xml for every Accept header, byte for byte."""
        [definition] = cluster.deploy(straight_process())
        path = f"/v2/process-definitions/{definition['processDefinitionKey']}/xml"
        answer = cluster.client.get(path, headers={"accept": "application/json"})
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.content == straight_process()

    @pytest.mark.parametrize("suffix", ["", "/xml"])
    def test_an_unknown_key_is_not_found(self, cluster: RunningRest, suffix: str) -> None:
        """A key that no definition has is answered 404; text that is no key, 400."""
        assert cluster.client.get(f"/v2/process-definitions/1{suffix}").json()["title"] == "NOT_FOUND"
        assert cluster.client.get(f"/v2/process-definitions/x{suffix}").status_code == 400

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, [("a", 1), ("a", 2), ("b", 1)]),
            (LATEST, [("a", 2), ("b", 1)]),
            ({"processDefinitionId": "a"}, [("a", 1), ("a", 2)]),
            ({"processDefinitionId": {"$in": ["b"]}}, [("b", 1)]),
            ({"processDefinitionId": "a", "version": 1}, [("a", 1)]),
            ({"name": {"$like": "*-2"}}, [("a", 2)]),
            ({"resourceName": "r1.bpmn"}, [("b", 1)]),
            ({"tenantId": "<default>", "version": 2}, [("a", 2)]),
            ({"tenantId": "acme"}, []),
            ({"hasStartForm": True}, []),
            ({"state": "ACTIVE", "version": 2}, [("a", 2)]),
        ],
    )
    def test_definitions_are_found_by_what_they_are(
        self, cluster: RunningRest, wanted: dict[str, Any], found: list[tuple[str, int]]
    ) -> None:
        """Each property of the filter narrows the definitions."""
        cluster.deploy(straight_process("a"), straight_process("b"))
        cluster.deploy(straight_process("a", note="-2"))
        items = cluster.search(
            "/process-definitions",
            filter=wanted,
            sort=[{"field": "processDefinitionId"}, {"field": "version"}] if wanted is not LATEST else [],
        )
        assert [(each["processDefinitionId"], each["version"]) for each in items] == found

    def test_latest_versions_are_paged_forward_only(self, cluster: RunningRest) -> None:
        """Among the latest versions `from` and `before` are ignored and no startCursor is given."""
        cluster.deploy(*(straight_process(f"p{number}") for number in range(5)))
        seen: list[str] = []
        page: dict[str, Any] = {"limit": 2, "from": 3, "before": "WzFd"}
        while True:
            answer = cluster.post("/process-definitions/search", {"filter": LATEST, "page": page})
            assert answer["page"]["startCursor"] is None
            if not answer["items"]:
                break
            seen.extend(each["processDefinitionId"] for each in answer["items"])
            page = {"limit": 2, "after": answer["page"]["endCursor"]}
        assert seen == [f"p{number}" for number in range(5)]

    def test_latest_versions_are_sorted_by_identity_only(self, cluster: RunningRest) -> None:
        """Only processDefinitionId and tenantId sort the latest versions."""
        asked = {"filter": LATEST, "sort": [{"field": "processDefinitionId", "order": "DESC"}]}
        cluster.deploy(straight_process("a"), straight_process("b"))
        items = cluster.post("/process-definitions/search", asked)["items"]
        assert [each["processDefinitionId"] for each in items] == ["b", "a"]
        asked["sort"] = [{"field": "version"}]
        assert cluster.post("/process-definitions/search", asked, status=400)["title"] == "INVALID_ARGUMENT"

    @pytest.mark.parametrize(
        ("version", "patched", "is_known"),
        [
            (V8_8, None, False),
            (V8_9, None, False),
            (V8_10, None, True),
            (V8_8, True, True),
            (V8_9, True, True),
        ],
    )
    def test_the_state_of_a_definition_came_with_8_10_and_with_patches(
        self,
        version: GatewayVersion,
        patched: bool | None,  # noqa: FBT001 - a table's column
        is_known: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        """Where `state` is unknown it is refused and not shown; deleted definitions stay visible."""
        with running_rest(version, knows_definition_state=patched) as cluster:
            [kept, deleted] = cluster.deploy(straight_process("kept"), straight_process("deleted"))
            cluster.engine.delete_resource(int(deleted["processDefinitionKey"]))
            latest = cluster.search("/process-definitions", filter=LATEST)
            assert {each["processDefinitionId"] for each in latest} == {"kept", "deleted"}
            assert all(("state" in each) == is_known for each in latest)
            asked = {"filter": LATEST | {"state": "ACTIVE"}}
            answer = cluster.client.post("/v2/process-definitions/search", json=asked)
            if not is_known:
                assert answer.json()["detail"] == "Request property [filter.state] cannot be parsed"
                return
            [active] = answer.json()["items"]
            assert active["processDefinitionKey"] == kept["processDefinitionKey"]

    def test_a_draining_version_hides_the_active_one_before_it(self, cluster: RunningRest) -> None:
        """A deleted version with running instances stays the latest: no ACTIVE one is shown."""
        [first] = cluster.deploy(job_process("crawl"))
        [second] = cluster.deploy(job_process("crawl", name="Crawl 2"))
        cluster.start("crawl")
        cluster.post(f"/resources/{second['processDefinitionKey']}/deletion")
        assert cluster.search("/process-definitions", filter=LATEST | {"state": "ACTIVE"}) == []
        [latest] = cluster.search("/process-definitions", filter=LATEST)
        assert (latest["processDefinitionKey"], latest["state"]) == (
            second["processDefinitionKey"],
            "DRAINING",
        )
        confirmed = cluster.search(
            "/process-definitions",
            filter={"processDefinitionId": "crawl", "state": "ACTIVE"},
            sort=[{"field": "version", "order": "DESC"}],
            page={"limit": 1},
        )
        assert [each["processDefinitionKey"] for each in confirmed] == [first["processDefinitionKey"]]

    def test_8_8_leaves_out_what_later_versions_show_as_null(self) -> None:
        """An absent versionTag is no property on 8.8 and null later; cursors of an empty page likewise."""
        for version, is_shown in ((V8_8, False), (V8_9, True)):
            with running_rest(version) as cluster:
                empty = cluster.post("/process-definitions/search", {})["page"]
                assert ("endCursor" in empty) == is_shown
                cluster.deploy(straight_process())
                [definition] = cluster.search("/process-definitions")
                assert ("versionTag" in definition) == is_shown


class TestSubscriptions:
    def test_statistics_tell_which_definitions_still_wait(self, cluster: RunningRest) -> None:
        """Each definition with waiting instances is listed, older versions too; those without are absent."""
        [old] = cluster.deploy(waiting_process())
        for order in ("1", "2", "3"):
            cluster.start("wait", orderId=order)
        cluster.post("/messages/publication", {"name": "finished", "correlationKey": "3"})
        [new] = cluster.deploy(waiting_process(note="2"))
        path = "/process-definitions/statistics/message-subscriptions"
        asked = {"filter": {"messageSubscriptionState": "CREATED"}, "page": {"limit": 10}}
        assert cluster.post(path, asked)["items"] == [
            {
                "processDefinitionId": "wait",
                "processDefinitionKey": old["processDefinitionKey"],
                "tenantId": "<default>",
                "activeSubscriptions": 2,
                "processInstancesWithActiveSubscriptions": 2,
            }
        ]
        cluster.start("wait", orderId="4")
        keys = [each["processDefinitionKey"] for each in cluster.post(path, asked)["items"]]
        assert keys == [old["processDefinitionKey"], new["processDefinitionKey"]]

    def test_8_8_has_no_statistics(self) -> None:
        """The statistics came with 8.9: before, the path is unknown, which is no problem document."""
        path = "/v2/process-definitions/statistics/message-subscriptions"
        with running_rest(V8_8) as cluster:
            answer = cluster.client.post(path, json={})
            assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
        with running_rest(V8_9) as cluster:
            assert cluster.client.post(path, json={}).status_code == 200

    def test_start_events_are_listed_since_8_10(self) -> None:
        """A message start event's subscription is shown by 8.10 only, with its type."""
        for version, shown in ((V8_9, []), (V8_10, ["START_EVENT"])):
            with running_rest(version) as cluster:
                cluster.deploy(message_start_process())
                found = cluster.search("/message-subscriptions", filter={"messageName": "started"})
                assert [each["messageSubscriptionType"] for each in found] == shown

    def test_subscriptions_are_found_by_their_connector(self, cluster: RunningRest) -> None:
        """8.10 finds subscriptions by the element's inbound.type, and by message and state."""
        cluster.deploy(waiting_process())
        instance = cluster.start("wait", orderId="7")
        for wanted, count in (
            ({"inboundConnectorType": "io.camunda:apify-inbound:1"}, 1),
            ({"inboundConnectorType": "io.camunda:webhook:1"}, 0),
            ({"messageName": "finished", "correlationKey": "7", "processInstanceKey": instance}, 1),
            ({"messageSubscriptionState": "CORRELATED"}, 0),
        ):
            assert len(cluster.search("/message-subscriptions", filter=wanted)) == count


class TestInstances:
    def test_elements_are_found_by_instance(self, cluster: RunningRest) -> None:
        """An instance's elements are listed with their types and states."""
        cluster.deploy(job_process())
        instance = cluster.start("crawl")
        cluster.start("crawl")
        found = cluster.search("/element-instances", filter={"processInstanceKey": instance})
        assert [(each["elementId"], each["type"], each["state"]) for each in found] == [
            ("start", "START_EVENT", "COMPLETED"),
            ("task", "SERVICE_TASK", "ACTIVE"),
        ]

    def test_long_values_are_cut_unless_all_is_wanted(self, cluster: RunningRest) -> None:
        """A search cuts a variable's value and says so; truncateValues=false shows all of it."""
        cluster.deploy(job_process())
        cluster.start("crawl", text="x" * 10_000, number=1)
        short, whole = (
            cluster.post(f"/variables/search{query}", {"filter": {"name": "text"}})["items"][0]
            for query in ("", "?truncateValues=false")
        )
        assert (len(short["value"]), short["isTruncated"]) == (8191, True)
        assert (whole["value"], whole["isTruncated"]) == (f'"{"x" * 10_000}"', False)

    def test_jobs_show_what_happened_to_them(self, cluster: RunningRest) -> None:
        """A job that waits or is locked is CREATED; a failed one tells whether retries are left."""
        cluster.deploy(job_process())
        cluster.start("crawl")
        cluster.start("crawl")
        [first, _] = cluster.activate()
        cluster.post(f"/jobs/{first['jobKey']}/failure", {"retries": 1, "retryBackOff": 60_000}, status=204)
        found = cluster.search("/jobs", filter={"type": "work"}, sort=[{"field": "jobKey"}])
        assert [(each["state"], each["hasFailedWithRetriesLeft"]) for each in found] == [
            ("FAILED", True),
            ("CREATED", False),
        ]

    @pytest.mark.parametrize(
        ("wanted", "status"),
        [
            ({"variables": [{"name": "a", "value": "1"}]}, 501),
            ({"hasRetriesLeft": False}, 501),
            ({"$or": [{"errorMessage": "no"}]}, 501),
            ({"variables": [], "tags": [], "$or": []}, 200),
            ({"$or": [{"variables": [], "tags": []}]}, 200),
        ],
    )
    def test_filters_that_are_not_served_are_refused(
        self, cluster: RunningRest, wanted: dict[str, Any], status: int
    ) -> None:
        """A filter of Camunda's that this api lacks is never ignored, unless there is nothing in it."""
        answer = cluster.client.post("/v2/process-instances/search", json={"filter": wanted})
        assert answer.status_code == status


def test_tenants_are_distinguished() -> None:
    """With multi-tenancy each tenant has its own latest version."""
    with running_rest(engine=Engine(multi_tenancy=True)) as cluster:
        cluster.deploy(straight_process(), tenant="acme")
        cluster.deploy(straight_process(), tenant="globex")
        found = cluster.search("/process-definitions", filter=LATEST)
        assert [(each["tenantId"], each["version"]) for each in found] == [("acme", 1), ("globex", 1)]
