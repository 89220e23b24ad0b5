"""A world file is read completely, or refused in one line that says where and why."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from emulators.apify import World, WorldError, default_world, load_world, parse_world
from emulators.apify.rejections import Rejection
from emulators.apify.world import (
    AbortLastRun,
    Access,
    Behaviour,
    DeleteWebhooks,
    DisableWebhooks,
    ItemsTemplate,
    Limits,
    Pricing,
    Record,
    RecordTemplate,
    ResurrectLastRun,
    RunDefaults,
    StartRun,
    Timing,
    Token,
    When,
)
from emulators.apify.world_reader import MOST

from tests.unit.emulators.apify.builders import a_world_document

_DOCS = Path(__file__).parents[4] / "docs" / "world-file.md"
_EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*.world.json"))


def test_users() -> None:
    """Tokens are texts or say their access; limits that are not given are none, but for webhooks."""
    access: Access = "read"
    user = _parsed(
        users=[
            {
                "username": "acme",
                "id": "u1",
                "tokens": ["one", {"token": "two", "access": access}],
                "limits": {"webhooks": 3, "concurrentRuns": 4, "memoryMbytes": 5, "requestsPerSecond": 6},
            }
        ],
    ).users[0]

    assert (user.id, user.tokens) == ("u1", (Token(token="one"), Token(token="two", access="read")))
    assert user.limits == Limits(webhooks=3, concurrent_runs=4, memory_mbytes=5, requests_per_second=6)
    assert _parsed().users[1].limits == Limits(webhooks=100)


def test_actors() -> None:
    """An Actor is read with its builds, defaults, price, refusal and runs."""
    document = {
        "owner": "acme",
        "name": "full",
        "id": "a1",
        "title": "Full",
        "public": True,
        "builds": [{"number": "1.0.1", "tags": ["latest"], "id": "b1", "inputSchema": {"type": "object"}}],
        "defaultRun": {"build": "beta", "timeoutSecs": 9, "memoryMbytes": 512, "maxItems": 3},
        "pricing": {"model": "PAY_PER_EVENT", "usdPerItem": 0.5, "minimalMaxTotalChargeUsd": 2},
        "refusesRuns": {"status": 402, "type": "x402-payment-required", "message": "Pay", "data": {"a": 1}},
        "runs": [
            {
                "durationSeconds": 0.5,
                "ends": "FAILED",
                "exitCode": 3,
                "statusMessage": "no",
                "items": {"count": "{{input.n}}", "template": {"n": 1}},
                "records": {"OUTPUT": {"value": {"n": 1}}},
                "log": ["line"],
                "when": {"input": {"a": 1}, "build": "beta"},
                "times": 2,
            }
        ],
    }

    actor = _parsed(actors=[document], tasks=[]).actors[0]

    assert (actor.id, actor.title, actor.public, actor.builds[0].id) == ("a1", "Full", True, "b1")
    assert actor.default_run == RunDefaults(build="beta", timeout_secs=9, memory_mbytes=512, max_items=3)
    assert actor.pricing == Pricing(model="PAY_PER_EVENT", usd_per_item=0.5, minimal_max_total_charge_usd=2)
    assert isinstance(actor.refusal, Rejection)
    assert actor.refusal.body()["error"] == {
        "type": "x402-payment-required",
        "message": "Pay",
        "data": {"a": 1},
    }
    assert actor.runs == (
        Behaviour(
            duration=timedelta(seconds=0.5),
            ends="FAILED",
            exit_code=3,
            status_message="no",
            items=ItemsTemplate(template={"n": 1}, count="{{input.n}}"),
            records={
                "OUTPUT": RecordTemplate(content_type="application/json; charset=utf-8", value={"n": 1})
            },
            log=("line",),
            when=When(input={"a": 1}, build="beta"),
            times=2,
        ),
    )


def test_tasks() -> None:
    """A task takes what its options do not say from its Actor."""
    world = _parsed(
        actors=[{"owner": "acme", "name": "crawler", "defaultRun": {"memoryMbytes": 256, "timeoutSecs": 9}}],
        tasks=[
            {
                "owner": "acme",
                "name": "t",
                "actor": "acme/crawler",
                "options": {"timeoutSecs": 5},
                "input": {"a": 1},
            }
        ],
    )

    [task] = world.tasks
    assert (task.actor_id, task.input) == (world.actors[0].id, {"a": 1})
    assert task.options == RunDefaults(memory_mbytes=256, timeout_secs=5)


def test_storages() -> None:
    """Records are JSON, text, bytes, or so many bytes of anything."""
    records = {
        "json": {"value": {"é": 1}},
        "text": {"text": "Hi", "contentType": "text/html"},
        "bytes": {"base64": "AP8="},
        "size": {"sizeBytes": 10},
    }
    world = _parsed(
        datasets=[{"owner": "acme", "name": "d", "items": [1, 2]}],
        keyValueStores=[{"owner": "acme", "name": "k", "records": records}],
    )

    read = world.stores[0].records
    assert world.datasets[0].items == (1, 2)
    assert read["json"] == Record(content_type="application/json; charset=utf-8", body='{"é": 1}'.encode())
    assert read["text"] == Record(content_type="text/html", body=b"Hi")
    assert read["bytes"].body == b"\x00\xff"
    assert len(read["size"].body) == 10


def test_events_and_timing() -> None:
    """Events say when and what; seconds become durations."""
    world = _parsed(
        events=[
            {"afterSeconds": 1.5, "startRun": {"task": "acme/crawl", "input": {}}},
            {"startRun": {"actor": "apify/hello", "user": "stranger", "build": "latest"}},
            {"abortLastRun": {"actor": "acme/crawler"}},
            {"resurrectLastRun": {"task": "acme/crawl"}},
            {"deleteWebhooks": {"user": "acme"}},
            {"disableWebhooks": {"user": "acme"}},
        ],
        timing={
            "startupSeconds": 1,
            "windDownSeconds": 2,
            "gracefulAbortSeconds": 3,
            "freshRunHiddenSeconds": 4,
        },
    )
    [task], crawler, hello = world.tasks, world.actors[0], world.actors[1]

    assert world.events[0].after == timedelta(seconds=1.5)
    assert [event.happening for event in world.events] == [
        StartRun(target=task, username="acme", input={}),
        StartRun(target=hello, username="stranger", input=None, build="latest"),
        AbortLastRun(target=crawler),
        ResurrectLastRun(target=task),
        DeleteWebhooks(username="acme"),
        DisableWebhooks(username="acme"),
    ]
    assert world.timing == Timing(
        startup=timedelta(seconds=1),
        wind_down=timedelta(seconds=2),
        graceful_abort=timedelta(seconds=3),
        fresh_run_hidden=timedelta(seconds=4),
    )


_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"users": []}, "users: wanted at least one user, got none"),
    ({"users": {}}, "users: wanted a list, got {}"),
    ({"users": ["acme"]}, 'users[0]: wanted an object, got "acme"'),
    ({"users": [{"name": "acme"}]}, "users[0].username: wanted a non-empty text, got null"),
    (
        {"users": [{"username": "a", "tokens": [5]}]},
        'users[0].tokens[0]: wanted a non-empty text, or an object with "token", got 5',
    ),
    (
        {"users": [{"username": "a", "tokens": [""]}]},
        'users[0].tokens[0]: wanted a non-empty text, or an object with "token", got ""',
    ),
    (
        {"actors": [], "tasks": [{"owner": "acme", "name": "t", "actor": "acme/gone"}]},
        'tasks[0].actor: wanted one that this file has, but it has none, got "acme/gone"',
    ),
    *(
        ({"timing": {"startupSeconds": value}}, f"timing.startupSeconds: wanted a number of at most {MOST}")
        for value in (1e10, float("inf"), float("nan"))
    ),
    ({"redirectFromBytes": 10**10}, f"redirectFromBytes: wanted a whole number of at most {MOST}"),
    (
        {"users": [{"username": "a", "tokens": [{"token": "t", "access": "write"}]}]},
        'users[0].tokens[0].access: wanted one of full, read, got "write"',
    ),
    (
        {"users": [{"username": "a", "limits": {"webhooks": -1}}]},
        "users[0].limits.webhooks: wanted a whole number of 0 or more, got -1",
    ),
    ({"users": [{"username": "a"}, {"username": "a"}]}, "users: a occurs twice"),
    (
        {"users": [{"username": "a", "limts": {}}]},
        "users[0].limts: unknown key; known here are id, limits, tokens, username",
    ),
    ({"sed": "x"}, "sed: unknown key; known here are"),
    (
        {"actors": [{"owner": "acme", "name": "c", "runs": [{"durationSeconds": "2"}]}]},
        'actors[0].runs[0].durationSeconds: wanted a number of 0 or more, got "2"',
    ),
    (
        {"actors": [{"owner": "acme", "name": "c", "runs": [{"ends": "DONE"}]}]},
        'actors[0].runs[0].ends: wanted one of SUCCEEDED, FAILED, TIMED-OUT, ABORTED, got "DONE"',
    ),
    (
        {"actors": [{"owner": "acme", "name": "c", "defaultRun": {"memoryMbytes": 100}}]},
        "actors[0].defaultRun.memoryMbytes: wanted a power of 2 from 128 to 32768, got 100",
    ),
    (
        {"actors": [{"owner": "acme", "name": "c", "public": "yes"}]},
        'actors[0].public: wanted true or false, got "yes"',
    ),
    (
        {"actors": [{"owner": "acme", "name": "c", "runs": [{"items": {"count": [], "template": 1}}]}]},
        "actors[0].runs[0].items.count: wanted a whole number or a variable, got []",
    ),
    (
        {"actors": [{"owner": "acme", "name": "c", "runs": [{"records": {"O": {"value": 1, "text": "x"}}}]}]},
        "actors[0].runs[0].records.O: wanted exactly one of value, text, base64, sizeBytes, got",
    ),
    (
        {"keyValueStores": [{"owner": "acme", "name": "k", "records": {"r": {"base64": "%"}}}]},
        'keyValueStores[0].records.r.base64: wanted Base64, got "%"',
    ),
    (
        {"keyValueStores": [{"owner": "acme", "name": "k", "records": {"r": {"text": 5}}}]},
        "keyValueStores[0].records.r.text: wanted a text, got 5",
    ),
    (
        {"tasks": [{"owner": "acme", "name": "t", "actor": "acme/nothing"}]},
        'tasks[0].actor: wanted one of acme/crawler, apify/hello, got "acme/nothing"',
    ),
    (
        {"tasks": [{"owner": "nobody", "name": "t", "actor": "acme/crawler"}]},
        'tasks[0].owner: wanted one of the users acme, stranger, got "nobody"',
    ),
    ({"events": [{"afterSeconds": 1}]}, "events[0]: wanted exactly one thing that happens, got 0"),
    (
        {"events": [{"startRun": {"actor": "apify/hello"}}]},
        'events[0].startRun.user: wanted one of the users acme, stranger, got "apify"',
    ),
]


@pytest.mark.parametrize(("changes", "message"), _MISTAKES, ids=[message[:40] for _, message in _MISTAKES])
def test_mistakes(changes: dict[str, Any], message: str) -> None:
    """The message is one line with the place and the value."""
    with pytest.raises(WorldError) as caught:
        _parsed(**changes)

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "not JSON: a name in double quotes is missing (line 1, column 2)"),
        (" ", "not JSON: it is empty"),
        ("[]", ".json: wanted an object, got []"),
    ],
)
def test_files_that_are_not_worlds(tmp_path: Path, content: str | None, message: str) -> None:
    """A missing file, broken JSON and a wrong value all name the file."""
    path = tmp_path / "a.world.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(WorldError, match=re.escape(message)) as caught:
        load_world(path)

    assert str(caught.value).startswith(str(path))


def test_the_default_world_has_the_actor_that_scrapes_a_url() -> None:
    """`scrapeSingleUrl` runs an Actor of a fixed id; it is there, public and makes an item for each URL."""
    [crawler] = [actor for actor in default_world().actors if actor.id == "aYG0l9s7dbB7j3gbS"]

    assert (crawler.owner, crawler.name, crawler.public) == ("apify", "website-content-crawler", True)
    assert isinstance(crawler.runs[0].items, ItemsTemplate)
    assert crawler.runs[0].items.for_each == "input.startUrls"


def test_the_example_in_the_manual_is_a_world() -> None:
    """What the manual shows can be copied."""
    [example] = re.findall(r"```json\n(.*?)```", _DOCS.read_text(encoding="utf-8"), re.DOTALL)

    assert parse_world(json.loads(example)).tasks[0].name == "crawl-acme"


def test_the_manual_names_every_key() -> None:
    """A key that can be written is in the manual."""
    manual = _DOCS.read_text(encoding="utf-8")
    folder = Path(__file__).parents[4] / "tools" / "emulators" / "apify"
    source = "".join((folder / f"{name}_reader.py").read_text() for name in ("actor", "behaviour", "event"))
    source += (folder / "world_file.py").read_text()
    keys = set(re.findall(r'(?:reader|records|child)\.\w+\("(\w+)"', source))

    named = set(re.findall(r'[`".](\w+)(?=[`".])', manual))
    assert len(keys) > 40
    assert keys - named == set()


def test_a_byte_order_mark_is_not_part_of_a_world(tmp_path: Path) -> None:
    """A file that an editor began with a byte order mark is read like any other."""
    path = tmp_path / "a.world.json"
    path.write_text(json.dumps(a_world_document()), encoding="utf-8-sig")
    assert load_world(path) == parse_world(a_world_document())


@pytest.mark.parametrize("path", _EXAMPLES, ids=[path.name for path in _EXAMPLES])
def test_the_worlds_of_the_examples_are_worlds(path: Path) -> None:
    """Every world beside an example can be loaded."""
    load_world(path)


def _parsed(**changes: Any) -> World:
    return parse_world({**a_world_document(), **_without_what_no_longer_fits(changes), **changes})


def _without_what_no_longer_fits(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of the usual world without those that name something that the changes take away."""
    return {key: [] for key in ("tasks",) if "users" in changes or "actors" in changes}
