"""The page of a local world: each endpoint over HTTP on the product as it runs."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from emulators.apify import parse_world

from tests.e2e.command import EXAMPLES
from tests.e2e.page import HOSTILE, ON_SLOW, PLANTED, TOKEN, WORLD, WRONG_KEY, Browser, browsing


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("home")) as opened:
        yield opened


def element_of(process: Any, element_id: str) -> Any:
    return next(each for each in process["elements"] if each["id"] == element_id)


def test_state_tells_addresses_and_examples(browser: Browser) -> None:
    """
    The head of the page has each address of the world, the examples, and what may be done.
    """
    state = browser.get("state")
    addresses = {each["name"]: each["value"] for each in state["addresses"]}
    assert addresses == browser.world.addresses()
    assert {"async-actor", "start-event"} <= {each["name"] for each in state["examples"]}
    assert state["mode"] == "local"
    assert state["may"]["deploy"]
    assert state["paused"] == {"inbound": False, "outbound": False}


@pytest.mark.parametrize("name", ["camunda_rest", "apify_url", "dynamodb_url"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "rebound.example"}], ids=["origin", "host"]
)
def test_what_is_emulated_answers_no_web_page(browser: Browser, name: str, headers: dict[str, str]) -> None:
    """
    A web page that is open in a browser reads and changes nothing of what is emulated.
    """
    address = browser.world.addresses()[name]
    assert httpx.get(f"{address}/v2/topology", headers=headers, timeout=60).status_code == 403
    assert (
        httpx.post(f"{address}/v2/process-instances", json={}, headers=headers, timeout=60).status_code == 403
    )


def test_wrong_correlation_key_is_seen_and_corrected(browser: Browser) -> None:
    """
    An instance that waits with another key than events bring says so, in its waits and in the element's
    panel; after a correction the next instance ends.
    """
    key = browser.deploy("async-actor", WRONG_KEY, named="wrong-key")
    stuck = browser.post(f"processes/{key}/start", variables={"query": "tea"})["instanceKey"]
    run = browser.run_of(stuck)

    def says_why(instances: Any) -> bool:
        [mine] = [each for each in instances["items"] if each["key"] == stuck]
        return any("the two correlation keys differ" in each for each in mine["waits"])

    browser.when("instances", says_why, processKey=key)
    assert {"elementId": "ActorFinished", "count": 1} in browser.instance(stuck)["tokens"]

    def is_done(panel: Any) -> bool:
        return any(each["runId"] == run and each["outcome"] == "done" for each in panel["verdicts"])

    panel = browser.when(f"processes/{key}/elements/ActorFinished", is_done)
    [verdict] = [each for each in panel["verdicts"] if each["runId"] == run]
    assert verdict["condition"] == "true"
    values = {each["path"]: each["value"] for each in verdict["values"]}
    assert values["connectorData.eventType"] == "ACTOR.RUN.SUCCEEDED"
    assert verdict["correlationKey"] == values["connectorData.actorId"]
    assert any("the two keys differ" in each for each in panel["waitsFor"])
    assert panel["webhook"]["eventTypes"]

    corrected = browser.deploy("async-actor", named="wrong-key")
    ends = browser.post(f"processes/{corrected}/start", variables={"query": "tea"})["instanceKey"]
    browser.when("instances", lambda _: browser.instance(ends)["state"] == "COMPLETED")
    assert {"RunActor", "ActorFinished", "GetItems"} <= set(browser.instance(ends)["passed"])
    variables = {each["name"] for each in browser.get(f"instances/{ends}/variables")["items"]}
    assert {"query", "dataset"} <= variables
    assert browser.process(corrected)["counts"] == {
        "active": 0,
        "completed": 1,
        "terminated": 0,
        "incidents": 0,
    }

    newer = browser.get(f"processes/{corrected}/elements/ActorFinished")
    assert not any(stuck in each for each in newer["waitsFor"])

    browser.post(f"instances/{stuck}/cancel")
    assert browser.instance(stuck)["state"] == "TERMINATED"
    assert browser.try_post(f"instances/{stuck}/cancel").status_code == 404
    assert [browser.process(each)["isLatest"] for each in (key, corrected)] == [False, True]


@contextlib.contextmanager
def runs_that_take(browser: Browser, *, hours: int) -> Iterator[None]:
    """Let runs of every Actor take so long."""
    long = copy.deepcopy(WORLD)
    for actor in long["actors"]:
        actor["runs"] = [{**each, "durationSeconds": 3600 * hours} for each in actor.get("runs", [{}])]
    assert browser.world.apify is not None
    with browser.world.apify.use() as machine:
        machine.adopt(parse_world(long))
    try:
        yield
    finally:
        with browser.world.apify.use() as machine:
            machine.adopt(parse_world(WORLD))


def test_waiting_instance_names_no_key_of_another(browser: Browser) -> None:
    """
    While a run is at work, its instance and the element name no key of the runs of earlier instances.
    """
    key = browser.deploy("async-actor", named="names-no-key")
    earlier = browser.post(f"processes/{key}/start", variables={"query": "tea"})["instanceKey"]
    browser.when("instances", lambda _: browser.instance(earlier)["state"] == "COMPLETED")
    with runs_that_take(browser, hours=1):
        mine = browser.post(f"processes/{key}/start", variables={"query": "tea"})["instanceKey"]
        run = browser.run_of(mine)

        def message_awaited(_: Any) -> list[str]:
            return [each for each in browser.instance(mine)["waits"] if each.startswith("ActorFinished")]

        browser.when("instances", message_awaited)

    [waits] = message_awaited(None)
    assert "differ" not in waits
    panel = browser.get(f"processes/{key}/elements/ActorFinished")
    assert not any("differ" in each for each in panel["waitsFor"])
    browser.post(f"instances/{mine}/cancel")
    browser.end_run(run, "ABORTED")


def test_element_has_the_words_of_its_row(browser: Browser) -> None:
    """
    An element that cannot be registered is faulty with the reason that `webhooks list` shows.
    """
    key = browser.deploy("start-event", ('value="acme/crawler"', 'value="acme/crawlr"'), named="misspelt")
    found = element_of(browser.process(key), "ActorFinished")
    assert (found["status"], found["kind"], found["bpmnType"]) == ("faulty", "inbound", "bpmn:StartEvent")
    assert "acme/crawlr" in found["reason"]
    outbound = element_of(browser.process(key), "GetItems")
    assert (outbound["status"], outbound["reason"]) == ("ready", None)


def test_condition_that_is_false_is_shown(browser: Browser) -> None:
    """
    A run that a person ends as FAILED meets no condition: its event is ignored, and the verdict says why.
    """
    key = browser.deploy("start-event", ON_SLOW, named="met-by-none")
    run = browser.run_by_hand()
    browser.end_run(run, "FAILED")

    def failed(panel: Any) -> bool:
        return any(each["runId"] == run and each["outcome"] == "ignored" for each in panel["verdicts"])

    panel = browser.when(f"processes/{key}/elements/ActorFinished", failed)
    [verdict] = [each for each in panel["verdicts"] if each["runId"] == run]
    assert verdict["condition"] == "false"
    assert {"path": "connectorData.status", "value": "FAILED"} in verdict["values"]
    [row] = [each for each in browser.get("events")["items"] if each["runId"] == run]
    assert (row["eventType"], row["state"], row["effects"]) == ("ACTOR.RUN.FAILED", "ignored", [])
    event = browser.get(f"events/{row['id']}")
    assert event["payload"]["connectorData"]["resource"]["id"] == run
    mine = [each for each in event["verdicts"] if each["processId"] == "met-by-none"]
    assert [(each["elementId"], each["condition"]) for each in mine] == [("ActorFinished", "false")]
    [shown] = [each for each in browser.get("apify")["runs"] if each["id"] == run]
    assert (shown["status"], shown["startedBy"], shown["actorName"]) == ("FAILED", "by hand", "acme/slow")
    assert browser.try_post(f"apify/runs/{run}/finish", status="FAILED").status_code == 409


def test_event_starts_an_instance_once(browser: Browser) -> None:
    """
    A run that succeeds starts an instance; its delivery, sent once more, starts no second one.
    """
    key = browser.deploy("start-event", ON_SLOW, named="starts-once")
    run = browser.run_by_hand()
    browser.end_run(run, "SUCCEEDED")

    def started_by_it() -> int:
        keys = [each["key"] for each in browser.get("instances", processKey=key)["items"]]
        variables = (browser.get(f"instances/{each}/variables")["items"] for each in keys)
        return sum({"name": "runId", "value": run, "scope": ""} in each for each in variables)

    def delivery_of(apify: Any) -> Any:
        return next((each for each in apify["deliveries"] if each["runId"] == run and each["attempts"]), None)

    browser.when("instances", lambda _: started_by_it() == 1, processKey=key)
    delivery = delivery_of(
        browser.when("apify", lambda apify: (delivery_of(apify) or {}).get("status") == "SUCCEEDED")
    )

    browser.post(f"apify/deliveries/{delivery['id']}/repeat")

    def was_repeated(apify: Any) -> bool:
        again = delivery_of(apify)
        return (
            again["id"] == delivery["id"] and len(again["attempts"]) == 2 and again["status"] == "SUCCEEDED"
        )

    browser.when("apify", was_repeated)
    assert started_by_it() == 1
    [row] = [each for each in browser.get("events")["items"] if each["runId"] == run]

    def effects_here(event: Any) -> list[tuple[str, str]]:
        mine = [each for each in event["effects"] if each["processId"] == "starts-once"]
        return [(each["state"], each["outcome"]) for each in mine]

    browser.when(
        f"events/{row['id']}", lambda event: effects_here(event) == [("done", "start of an instance")]
    )


def test_test_event_is_answered(browser: Browser) -> None:
    """
    A TEST event reaches our HTTP API, and is no event of the ledger.
    """
    browser.deploy("start-event")
    webhook = next(each for each in browser.get("apify")["webhooks"] if each["isOurs"])
    browser.post(f"apify/webhooks/{webhook['id']}/test")
    browser.when(
        "apify",
        lambda found: any(
            each["eventType"] == "TEST" and each["status"] == "SUCCEEDED" for each in found["deliveries"]
        ),
    )
    assert all(each["eventType"] != "TEST" for each in browser.get("events")["items"])


def test_incident_is_resolved(browser: Browser) -> None:
    """
    An incident is shown with its reason, and resolving it lets the job be tried again.
    """
    key = browser.deploy("run-actor", ('source="acme/crawler"', 'source="=actor"'), named="no-actor")
    instance = browser.post(f"processes/{key}/start", variables={"url": "https://example.com/", "actor": ""})
    name = instance["instanceKey"]
    found = browser.when("instances", lambda _: browser.instance(name)["incidents"])
    [incident] = browser.instance(name)["incidents"]
    assert incident["message"]
    assert browser.process(key)["counts"]["incidents"] == 1

    browser.post(f"incidents/{incident['key']}/resolve", retries=1)

    def is_another(_: Any) -> bool:
        return [each["key"] for each in browser.instance(name)["incidents"]] not in ([], [incident["key"]])

    browser.when("instances", is_another)
    browser.post(f"instances/{name}/cancel")
    assert found["total"]


def test_pause_parks_events_and_resume_is_told(browser: Browser) -> None:
    """
    A direction is paused and resumed, in the words of the commands, and the state shows it.
    """
    assert browser.post("pause/outbound")["message"].startswith("Outbound is paused")
    assert browser.get("state")["paused"] == {"inbound": False, "outbound": True}
    assert browser.post("resume/outbound")["message"].startswith("Outbound goes on")
    assert browser.get("state")["paused"]["outbound"] is False


def test_ledger_counts_and_refuses(browser: Browser) -> None:
    """
    The ledger has effects by state and the attempts of jobs; what is neither kept nor in doubt is refused.
    """
    key = browser.deploy("async-actor", named="counted")
    instance = browser.post(f"processes/{key}/start", variables={"query": "tea"})["instanceKey"]
    browser.when("instances", lambda _: browser.instance(instance)["state"] == "COMPLETED")

    def attempts_of_it(ledger: Any) -> list[tuple[str, str]]:
        mine = [each for each in ledger["attempts"] if each["instanceKey"] == instance]
        return [(each["elementId"], each["state"]) for each in mine]

    browser.when("ledger", lambda found: attempts_of_it(found) == [("RunActor", "ended")])
    run = browser.run_of(instance)

    def event_of_it(events: Any) -> Any:
        return next((each for each in events["items"] if each["runId"] == run), None)

    def is_done(events: Any) -> bool:
        effects = (event_of_it(events) or {}).get("effects", ())
        return [each["state"] for each in effects if each["processId"] == "counted"] == ["done"]

    event = event_of_it(browser.when("events", is_done))
    ledger = browser.get("ledger")
    assert ledger["effectCounts"]["done"] >= 1
    waiting = {each["id"] for name in ("inDoubt", "parked", "undelivered") for each in ledger[name]}
    assert event["id"] not in waiting
    assert browser.try_post(f"events/{event['id']}/replay").status_code == 409
    assert browser.try_post(f"events/{event['id']}/resolve", happened=True).status_code == 409


def test_events_are_paged(browser: Browser) -> None:
    """
    The cursor of a page leads to the next one, and the last page has none.
    """
    browser.deploy("start-event", ON_SLOW, named="paged")
    mine = {browser.run_by_hand() for _ in range(2)}
    for run in mine:
        browser.end_run(run, "ABORTED")

    def ids(events: Any) -> list[str]:
        return [each["id"] for each in events["items"]]

    browser.when("events", lambda found: mine <= {each["runId"] for each in found["items"]})

    def pages_agree(everything: Any) -> bool:
        first = browser.get("events", limit=1)
        second = browser.get("events", limit=500, cursor=first["cursor"])
        assert second["cursor"] is None
        return len(ids(first)) == 1 and [*ids(first), *ids(second)] == ids(everything)

    browser.when("events", pages_agree)  # an event may come between two reads


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("deploy", {"fileName": "a.bpmn", "content": "no xml"}, 409),
        ("deploy", {"fileName": "a.txt", "content": "text"}, 409),
        ("processes/1/start", {}, 404),
        ("processes/x/start", {}, 404),
        ("instances/1/cancel", {}, 404),
        ("incidents/1/resolve", {}, 404),
        ("apify/runs", {"actorId": "none"}, 404),
        ("apify/runs/none/finish", {"status": "FAILED"}, 404),
        ("apify/deliveries/none/repeat", {}, 404),
        ("apify/webhooks/none/test", {}, 404),
        ("examples/none/load", {}, 404),
        ("events/none/replay", {}, 409),
    ],
)
def test_what_is_not_there_is_told(browser: Browser, path: str, body: Any, status: int) -> None:
    """
    A name that nothing has is refused with a sentence.
    """
    answer = browser.try_post(path, **body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def test_no_secret_value_is_on_the_page(browser: Browser) -> None:
    """
    A secret's value that a model, a variable or an event holds is in no answer and no step.
    """
    key = browser.deploy("async-actor", ("{{secrets.APIFY_TOKEN}}", TOKEN))
    instance = browser.post(f"processes/{key}/start", variables={"query": PLANTED})["instanceKey"]
    browser.when("instances", lambda _: browser.instance(instance)["state"] == "COMPLETED")
    paths = [
        "state",
        "processes",
        f"processes/{key}/xml",
        f"processes/{key}/elements/RunActor",
        f"processes/{key}/elements/ActorFinished",
        "instances",
        f"instances/{instance}/variables",
        "apify",
        "events",
        f"events/{browser.get('events', limit=1)['items'][0]['id']}",
        "ledger",
        "timeline?limit=1000",
    ]
    for path in paths:
        text = httpx.get(f"{browser.url}api/{path}", timeout=60).text
        assert TOKEN not in text, path
        assert PLANTED not in text, path
    properties = browser.get(f"processes/{key}/elements/RunActor")["properties"]
    [token] = [each for each in properties if each["name"] == "authentication.token"]
    assert token == {"name": "authentication.token", "value": "***", "isSecret": True}


WITH_SECRETS = (
    ("{{secrets.APIFY_TOKEN}}", TOKEN),
    ("query: query }", f"query: query, key: &#34;{PLANTED}&#34; }}"),
)
INPUT = "apifyRequestInput.runActorInput.inputJson"


def true_xml(browser: Browser, key: str) -> str:
    """Return the BPMN that Camunda has."""
    address = browser.world.addresses()["camunda_rest"].rstrip("/").removesuffix("/v2")
    return httpx.get(f"{address}/v2/process-definitions/{key}/xml", timeout=60).text


def correction(browser: Browser, key: str, element: str, name: str, value: str) -> httpx.Response:
    return browser.try_post(f"processes/{key}/elements/{element}/properties", name=name, value=value)


def test_correction_keeps_the_true_values(browser: Browser) -> None:
    """
    A property is corrected in the deployed BPMN: the secret values beside it stay, and no answer shows them.
    """
    key = browser.deploy("async-actor", WRONG_KEY, *WITH_SECRETS)
    before = true_xml(browser, key)
    assert TOKEN in before
    assert PLANTED in before
    answer = correction(browser, key, "ActorFinished", "correlationKeyExpression", '=if "<a>" = "\n" then 1')
    assert answer.status_code == 200, answer.text
    [deployed] = answer.json()["processes"]
    after = true_xml(browser, deployed["key"])
    written = 'value="=connectorData.actorId"'
    assert after != before
    assert [line for line in before.splitlines() if written not in line] == [
        line for line in after.splitlines() if "=if " not in line
    ]
    panel = browser.get(f"processes/{deployed['key']}/elements/ActorFinished")
    values = {each["name"]: each["value"] for each in panel["properties"]}
    assert values["correlationKeyExpression"] == '=if "<a>" = "\n" then 1'
    shown = browser.get(f"processes/{deployed['key']}/elements/RunActor")["properties"]
    for text in (answer.text, str(panel), str(shown)):
        assert TOKEN not in text
        assert PLANTED not in text


@pytest.mark.parametrize(
    ("element", "property_", "status", "said"),
    [
        ("RunActor", (INPUT, '= {query: "tea", key: "***"}'), 409, "shows as ***"),
        ("RunActor", ("authentication.token", "***"), 409, "shows as ***"),
        ("RunActor", ("nothing", "1"), 409, "not written at 'RunActor'"),
        ("Nothing", ("nothing", "1"), 404, "No element 'Nothing'"),
        ("RunActor", (INPUT, "\0"), 400, "U+0000"),
    ],
)
def test_correction_that_cannot_be_applied_is_refused(
    browser: Browser, element: str, property_: tuple[str, str], status: int, said: str
) -> None:
    """
    A mask in place of a secret, what is not there, and what XML cannot hold are refused; nothing is deployed.
    """
    key = browser.deploy("async-actor", *WITH_SECRETS)
    answer = correction(browser, key, element, *property_)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert PLANTED not in answer.text
    assert browser.process(key)["isLatest"]


def test_masked_file_is_not_deployed(browser: Browser) -> None:
    """
    The XML that the page shows, with its masks, is refused; asterisks where no secret is are deployed.
    """
    key = browser.deploy("async-actor", *WITH_SECRETS)
    shown = httpx.get(f"{browser.url}api/processes/{key}/xml", timeout=60).text
    assert "***" in shown
    refused = browser.try_post("deploy", fileName="async-actor.bpmn", content=shown)
    assert refused.status_code == 409
    assert "'RunActor'" in refused.json()["error"]["message"]
    assert browser.process(key)["isLatest"]
    browser.deploy("async-actor", ('name="Actor finished"', 'name="Actor *** finished"'))


def test_warnings_of_the_model_are_notes(browser: Browser) -> None:
    """
    A token in plain text is a note of its element, and is masked; a misspelt type is a note of the process.
    """
    token = "apify_api_abcd1234EFGH"
    key = browser.deploy(
        "async-actor",
        ("{{secrets.APIFY_TOKEN}}", token),
        ('value="io.camunda:apify-inbound:1"', 'value="io.camunda:apify-inbund:1"'),
    )
    process = browser.process(key)
    [note] = [each for each in process["notes"] if "inbound.type" in each]
    assert note.startswith("ActorFinished has the inbound.type 'io.camunda:apify-inbund:1'")
    assert "It holds an Apify token in plain text" in " ".join(element_of(process, "RunActor")["notes"])
    panel = browser.get(f"processes/{key}/elements/RunActor")
    assert panel["notes"] == element_of(process, "RunActor")["notes"]
    shown = httpx.get(f"{browser.url}api/processes/{key}/xml", timeout=60).text
    assert "***" in shown
    assert token not in shown + str(process) + str(panel)


def test_example_is_one_click(browser: Browser) -> None:
    """
    Loading an example deploys it, gives the variables to start it with, and adds its world to Apify.
    """
    loaded = browser.post("examples/run-task/load")
    assert [each["processId"] for each in loaded["processes"]] == ["run-task"]
    key = loaded["processes"][0]["key"]
    instance = browser.post(f"processes/{key}/start", variables=loaded["variables"])["instanceKey"]
    browser.when("instances", lambda _: browser.instance(instance)["state"] == "COMPLETED")
    assert browser.post("examples/async-actor/load")["variables"] == {"query": "tea"}


def test_hostile_variable_stays_data(browser: Browser) -> None:
    """
    Markup in a variable comes back as the same text.
    """
    key = browser.deploy("async-actor")
    instance = browser.post(f"processes/{key}/start", variables={"query": HOSTILE})["instanceKey"]
    variables = browser.get(f"instances/{instance}/variables")["items"]
    assert {"name": "query", "value": HOSTILE, "scope": ""} in variables


def test_deep_variable_is_told_and_not_saved(browser: Browser) -> None:
    """
    A variable that is nested too deep is a short text, and its instance is left out with the reason.
    """
    key = browser.deploy("run-actor", ('source="acme/crawler"', 'source="=actor"'), named="deep")
    deep = json.loads("[" * 500 + "]" * 500)
    given = {"url": "https://example.com/", "actor": "", "deep": deep}
    instance = browser.post(f"processes/{key}/start", variables=given)["instanceKey"]
    browser.when("instances", lambda _: browser.instance(instance)["incidents"])

    variables = {
        each["name"]: each["value"] for each in browser.get(f"instances/{instance}/variables")["items"]
    }
    assert variables["deep"] == "a value nested deeper than 100 levels"

    answer = browser.try_post("save")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        [name] = [each for each in opened.namelist() if each.endswith("README.txt")]
        text = " ".join(opened.read(name).decode().split())
    assert f"instance {instance} of deep: its variable 'deep' is a value nested deeper than 100" in text
    browser.post(f"instances/{instance}/cancel")


def test_refusals_say_what_is_wrong_first(browser: Browser) -> None:
    """
    A refused file, variables that are too large, and an empty expression are answered with plain sentences.
    """
    broken = (EXAMPLES / "async-actor.bpmn").read_text().replace('messageRef="Message_ActorFinished"', "")
    refused = browser.try_post("deploy", fileName="async-actor.bpmn", content=broken)
    said = refused.json()["error"]["message"]
    assert refused.status_code == 409
    assert said.startswith("'async-actor.bpmn'"), said

    key = browser.deploy("async-actor")
    large = browser.try_post(f"processes/{key}/start", variables={"query": "a" * 3_000_000})
    assert large.status_code == 409
    assert large.json()["error"]["message"].startswith("The variables take 3000013 bytes, which is too large")

    empty = browser.try_post("feel", expression=" ", context={})
    assert empty.status_code == 400
    assert empty.json()["error"]["message"].startswith("There is no expression to evaluate")


def test_rejected_event_is_replayed(browser: Browser) -> None:
    """
    An event whose correlation key cannot be worked out is rejected with the reason; after a correction it is
    replayed, and has its effect.
    """
    broken = ("=connectorData.runId", "=connectorData.resource.nothing")
    browser.deploy("async-actor", broken, ON_SLOW, named="rejected")
    run = browser.run_by_hand()
    browser.end_run(run, "SUCCEEDED")

    def row(events: Any) -> Any:
        return next((each for each in events["items"] if each["runId"] == run), {"state": None})

    found = row(browser.when("events", lambda events: row(events)["state"] == "rejected"))
    [effect] = [each for each in found["effects"] if each["state"] == "rejected"]
    assert "nothing" in effect["reason"]
    event = browser.get(f"events/{found['id']}")
    [verdict] = [each for each in event["verdicts"] if each["processId"] == "rejected"]
    assert (verdict["elementId"], verdict["outcome"], verdict["condition"]) == (
        "ActorFinished",
        "rejected",
        "true",
    )
    assert {"path": "connectorData.resource.nothing", "value": None} in verdict["values"]
    assert browser.get("ledger")["effectCounts"]["rejected"] >= 1

    browser.deploy("async-actor", ON_SLOW, named="rejected")
    said = browser.post(f"events/{found['id']}/replay")["message"]
    assert said.startswith("Effects that are tried again now: ")

    def is_done(events: Any) -> bool:
        mine = [each for each in row(events)["effects"] if each["processId"] == "rejected"]
        return any(each["state"] == "done" for each in mine)

    browser.when("events", is_done)


def test_attempt_names_its_operation(browser: Browser) -> None:
    """
    An attempt of a job is shown with its element, its operation and its run.
    """
    key = browser.deploy("async-actor")
    instance = browser.post(f"processes/{key}/start", variables={"query": "tea"})["instanceKey"]
    ledger = browser.when(
        "ledger", lambda found: any(each["instanceKey"] == instance for each in found["attempts"])
    )
    [attempt] = [each for each in ledger["attempts"] if each["instanceKey"] == instance]
    assert (attempt["elementId"], attempt["operation"]) == ("RunActor", "runActor")
