"""What the endpoints of the page's API read, call and answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.live_page.pages import SECRET, FakeSource, Page, served


@pytest.fixture
def page() -> Iterator[Page]:
    with served() as running:
        yield running


@pytest.mark.parametrize(
    ("path", "called", "given"),
    [
        ("processes", "processes", []),
        ("processes/7/elements/Catch%20it", "element", ["7", "Catch it"]),
        ("instances?processKey=7&limit=5", "instances", ["7", 5]),
        ("instances", "instances", [None, 200]),
        ("instances?limit=99999", "instances", [None, 1000]),
        ("instances/8/variables", "variables", ["8"]),
        ("apify", "apify", []),
        ("events?limit=3&cursor=abc", "events", [3, "abc"]),
    ],
)
def test_reads_reach_the_source(page: Page, path: str, called: str, given: list[Any]) -> None:
    """
    Names in the path and parameters of the query are what the source is asked for.
    """
    answer = page.ask("GET", f"api/{path}").json
    assert (answer["called"], answer["given"]) == (called, given)


@pytest.mark.parametrize(
    ("path", "body", "called", "given"),
    [
        ("deploy", {"fileName": "a.bpmn", "content": "<x/>"}, "deploy", ["a.bpmn", "<x/>"]),
        ("processes/7/start", {"variables": {"a": 1}}, "start", ["7", {"a": 1}]),
        ("processes/7/start", {}, "start", ["7", {}]),
        ("processes/7/elements/A/properties", {"name": "b", "value": ""}, "correct", ["7", "A", "b", ""]),
        ("apify/runs", {"taskId": "t", "input": [1]}, "start_run", [None, "t", [1], None]),
        ("apify/runs", {"actorId": "a", "status": "FAILED"}, "start_run", ["a", None, None, "FAILED"]),
        ("examples/async-actor/load", {}, "load_example", ["async-actor"]),
        ("events/e/replay", {}, "replay", ["e"]),
        ("events/e/resolve", {"happened": False}, "resolve_event", ["e"]),
        ("pause/inbound", {}, "set_paused", ["inbound"]),
    ],
)
def test_writes_reach_the_source(page: Page, path: str, body: Any, called: str, given: list[Any]) -> None:
    """
    What a body holds is what the source is asked for.
    """
    answer = page.ask("POST", f"api/{path}", body).json
    assert (answer["called"], answer["given"]) == (called, given)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("deploy", {"fileName": "", "content": "x"}, "fileName"),
        ("deploy", {"fileName": "a"}, "content"),
        ("processes/7/start", {"variables": [1]}, "variables"),
        ("processes/7/elements/A/properties", {"value": "1"}, "name"),
        ("processes/7/elements/A/properties", {"name": "a", "value": 1}, "value"),
        ("incidents/7/resolve", {"retries": "many"}, "retries"),
        ("incidents/7/resolve", {"retries": True}, "retries"),
        ("apify/runs", {}, "actorId"),
        ("apify/runs", {"actorId": "a", "taskId": "b"}, "actorId"),
        ("apify/runs/7/finish", {"status": "DONE"}, "status"),
        ("apify/runs", {"actorId": "a", "status": "DONE"}, "status"),
        ("events/e/resolve", {}, "happened"),
        ("feel", {}, "expression"),
        ("feel", {"expression": "1", "context": 3}, "context"),
    ],
)
def test_wrong_field_is_named(page: Page, path: str, body: Any, field: str) -> None:
    """
    A field that is missing or of another kind is 400 with its name.
    """
    answer = page.ask("POST", f"api/{path}", body)
    assert answer.status == 400
    assert field in answer.message


def test_number_of_the_query_is_checked(page: Page) -> None:
    """
    A limit that is no number is 400 with the value.
    """
    answer = page.ask("GET", "api/events?limit=-1")
    assert (answer.status, "'-1'" in answer.message) == (400, True)


def test_refusal_of_the_source_is_told(page: Page) -> None:
    """
    What the source refuses keeps its status and its sentence.
    """
    answer = page.ask("GET", "api/events/e1")
    assert (answer.status, answer.message) == (404, "No event e1 is remembered.")


def test_error_of_our_own_hides_its_details(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An error that was not foreseen is 500 without its text, which goes to the terminal.
    """
    answer = page.ask("GET", "api/ledger")
    assert answer.status == 500
    assert SECRET not in answer.message
    assert "RuntimeError" in capsys.readouterr().err


def test_secret_values_are_in_no_answer() -> None:
    """
    A secret value is masked wherever it is: in texts, in names, in XML; a short one is no secret to hide.
    """
    shown = {
        "text": f"Bearer {SECRET}!",
        SECRET: [SECRET],
        "short": "abcd",
        "unknown": ["=apify_api_abcd1234"],
    }
    with served(FakeSource(shown=shown)) as page:
        answer = page.ask("GET", "api/state")
        assert SECRET.encode() not in answer.body
        assert answer.json["text"] == "Bearer ***!"
        assert answer.json["short"] == "abcd"
        assert answer.json["unknown"] == ["=***"]
        assert SECRET.encode() not in page.ask("GET", "api/processes/7/xml").body
        context = {"token": SECRET}
        feel = page.ask("POST", "api/feel", {"expression": "token", "context": context})
        assert SECRET.encode() not in feel.body


def test_hostile_text_stays_data() -> None:
    """
    Markup in a value comes back as the same text, as JSON that no browser takes for a page.
    """
    hostile = "</script><img src=x onerror=alert(1)>\u2028"
    with served(FakeSource(shown={"text": hostile})) as page:
        answer = page.ask("GET", "api/state")
    assert answer.json["text"] == hostile
    assert answer.headers["Content-Type"] == "application/json"


def test_head_has_no_body(page: Page) -> None:
    """
    HEAD is answered as GET is, without the body.
    """
    answer = page.ask("HEAD", "api/state")
    assert (answer.status, answer.body) == (200, b"")


def test_archive_is_a_download(page: Page) -> None:
    """
    What is saved comes as a file.
    """
    answer = page.ask("POST", "api/save", {})
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]


def feel(page: Page, expression: str, context: Any = None, **more: Any) -> Any:
    given = {"expression": expression, "context": {} if context is None else context, **more}
    return page.ask("POST", "api/feel", given).json


def test_expression_is_evaluated(page: Page) -> None:
    """
    The box gives the value, its type and its text, and what became null on the way.
    """
    assert feel(page, "= a.b * 2", {"a": {"b": 2.5}}) == {
        "ok": True,
        "value": 5,
        "type": "number",
        "text": "5",
        "failures": [],
        "error": None,
    }
    assert feel(page, "[1, null]")["type"] == "list"
    missing = feel(page, "missing")
    assert (missing["ok"], missing["value"], missing["type"]) == (True, None, "null")
    assert "missing" in missing["failures"][0]


def test_unary_tests_see_their_input(page: Page) -> None:
    """
    Unary tests are evaluated on the context as their input.
    """
    assert feel(page, "> 5", 7, unary=True)["value"] is True


def test_syntax_error_has_its_place(page: Page) -> None:
    """
    A text that is no FEEL is refused with line, column and the line with a caret.
    """
    error = feel(page, "1 +\n  * 2")["error"]
    assert (error["line"], error["column"]) == (2, 3)
    assert "^" in error["excerpt"]


def test_failure_without_a_place_marks_the_expression(page: Page) -> None:
    """
    An expression that fails as a whole is shown with its line marked from its beginning to its end.
    """
    found = feel(page, 'assert(1, false, "no")')
    assert not found["ok"]
    error = found["error"]
    assert (error["line"], error["column"]) == (1, 1)
    assert error["excerpt"] == 'assert(1, false, "no")\n' + "^" + "~" * 21
    assert "no" in error["message"]


def test_timeline_pages_both_ways(page: Page) -> None:
    """
    Steps come in order after one or before one, as many as asked for, with the bounds of what is kept.
    """
    for number in range(1, 8):
        page.step(f"step {number}")

    def seqs(query: str) -> list[int]:
        return [step["seq"] for step in page.ask("GET", f"api/timeline?{query}").json["steps"]]

    assert seqs("after=2&limit=3") == [3, 4, 5]
    assert seqs("before=6&limit=2") == [4, 5]
    assert seqs("") == [1, 2, 3, 4, 5, 6, 7]
    assert seqs("after=9223372036854775807") == []
    whole = page.ask("GET", "api/timeline?after=7").json
    assert (whole["firstSeq"], whole["lastSeq"]) == (1, 7)


def test_page_that_is_not_built_is_told(page: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """
    Without the built files the address says what to do; no file outside the folder is ever read.
    """
    monkeypatch.setattr("live_page.server.asset", lambda name: None)
    answer = page.ask("GET", "")
    assert answer.status == 503
    assert b"make page" in answer.body


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "/etc/passwd", "%00", "."])
def test_no_file_outside_is_served(page: Page, name: str) -> None:
    """
    A path that leads out of the folder of the page's files is 404.
    """
    assert page.ask("GET", name).status == 404


def test_write_notes_what_it_changed(page: Page) -> None:
    """
    A write lets the browsers that follow the page ask again for what it changed.
    """
    before = page.changes.counts()
    page.ask("POST", "api/pause/inbound", {})
    assert json.dumps(list(page.changes.between(before, page.changes.counts()))) == '["state"]'
