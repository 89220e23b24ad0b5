"""What `apify-camunda events` shows and does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.effect import EffectState, StartEffect
from apify_camunda.inbound.domain.event_identity import event_id, instance_tag
from apify_camunda.inbound.domain.poison import OLDEST
from apify_camunda.inbound.ports import Claimed

from tests import builders
from tests.cli.stack import Stack, deployed
from tests.fakes.clock import NOON

LEASE = timedelta(minutes=1)
REJECTED = builders.message_effect(state=EffectState.REJECTED, reason="The correlation key is null.")
IN_DOUBT = builders.start_effect(state=EffectState.ATTEMPTED, attempted_at=NOON)


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


def standing(stack: Stack) -> dict[str, EffectState]:
    effects = asyncio.run(stack.ledger.effects(builders.EVENT, builders.ROUTE))
    return {effect.key: effect.state for effect in effects or ()}


def attempt(stack: Stack, effect: StartEffect) -> None:
    """Leave an effect in doubt, as a receiver that died does."""
    opened = effect.opened()
    stack.keep(opened)
    claimed = asyncio.run(stack.ledger.claim(builders.EVENT, opened, now=stack.clock.now(), lease=LEASE))
    assert isinstance(claimed, Claimed)
    asyncio.run(stack.ledger.attempt(builders.EVENT, effect.key, claimed.claim, at=stack.clock.now()))


class TestList:
    def test_nothing_is_said_to_be_nothing(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Where nothing was rejected or is in doubt, one line says so.
        """
        assert stack.operate("events", "list") == 0
        assert capsys.readouterr().out == "No effect needs a person.\n"

    def test_each_effect_comes_with_the_next_command(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A rejected effect is shown with its reason and the replay, one in doubt with its mark in Operate.
        """
        stack.keep(REJECTED, IN_DOUBT)

        assert stack.operate("events", "list") == 0

        told = capsys.readouterr().out
        assert "rejected: message 'run-finished' with key 'run1' for orders/1/Event_1" in told
        assert "The correlation key is null." in told
        assert f"apify-camunda events replay {builders.EVENT}" in told
        assert f"the tag {instance_tag(IN_DOUBT.key)}" in told
        for answer in ("--happened", "--did-not-happen"):
            command = f"apify-camunda events resolve {builders.EVENT} {IN_DOUBT.key} {answer}"
            assert f"{command} --region eu-central-1" in told

    def test_reason_keeps_its_lines_and_moves_no_cursor(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A reason keeps its lines, so that a caret points to its column; control characters are escaped.
        """
        stack.keep(builders.message_effect(state=EffectState.REJECTED, reason="no key\n  ^\x1b[2J"))

        assert stack.operate("events", "list") == 0

        assert "  reason  no key\n            ^\\u001b[2J\n" in capsys.readouterr().out

    @pytest.mark.parametrize("form", [[], ["--json"]], ids=["person", "program"])
    def test_long_reason_is_cut(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], form: list[str]
    ) -> None:
        """
        A reason may quote values of an event, so only its first 200 characters are shown.
        """
        stack.keep(builders.message_effect(state=EffectState.REJECTED, reason="x" * 201))

        assert stack.operate("events", "list", *form) == 0

        told = capsys.readouterr().out
        assert f"{'x' * 200}..." in told
        assert "x" * 201 not in told

    def test_message_without_a_name_is_said_to_have_none(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Where an expression failed before the name or the key was known, neither is shown as None.
        """
        stack.keep(builders.faulty_effect(reason="no name"))

        assert stack.operate("events", "list") == 0

        told = capsys.readouterr().out
        assert "rejected: no message or start could be determined for orders/1/Event_1" in told
        assert "None" not in told

    def test_route_of_the_event_is_named(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Each effect shows through which webhook its event came.
        """
        stack.keep(REJECTED)
        assert stack.operate("events", "list") == 0
        assert f"  route   {builders.ROUTE}\n" in capsys.readouterr().out

    def test_route_is_shown_as_its_path_encodes_it(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        What is shown of a webhook id with special characters can be given to `webhooks secret`.
        """
        stack.keep(REJECTED, received=builders.received(route="inbound/my hook/ä"))
        assert stack.operate("events", "list", "--json") == 0
        [[shown]] = [each["routes"] for each in json.loads(capsys.readouterr().out)]
        assert shown == "inbound/my~20hook~2F~C3~A4"
        assert stack.operate("webhooks", "secret", shown) == 0
        assert f"/{shown}\n" in capsys.readouterr().err


class TestAll:
    def test_every_event_is_listed_latest_first(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        `--all` lists also events that had their effects, with counts, routes and the last change.
        """
        stack.keep(builders.message_effect(state=EffectState.DONE), event=EventId("first"))
        stack.clock.advance(timedelta(hours=1))
        stack.keep(REJECTED, event=EventId("second"))
        stack.keep(event=EventId("third"))

        assert stack.operate("events", "list", "--all") == 0

        lines = capsys.readouterr().out.splitlines()
        assert {line.split()[0] for line in lines[1:3]} == {"second", "third"}
        assert lines[3].split() == ["first", "2026-11-21T12:00:00", "1", "done", builders.ROUTE]
        assert any("third" in line and "no element wanted it" in line for line in lines)

    def test_list_is_bounded(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--limit` bounds the list, and the last line says how many are left out.
        """
        for number in range(3):
            stack.keep(event=EventId(str(number)))

        assert stack.operate("events", "list", "--all", "--limit", "2") == 0
        assert "Events: 3, 1 more with a higher --limit." in capsys.readouterr().out

    def test_programs_get_json(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--all --json` prints one array of events with their effects.
        """
        stack.keep(REJECTED)
        assert stack.operate("events", "list", "--all", "--json") == 0
        [told] = json.loads(capsys.readouterr().out)
        assert told["event"] == builders.EVENT
        assert [each["state"] for each in told["effects"]] == ["rejected"]


class TestShow:
    def test_payload_and_effects_are_shown(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An event is shown with what identifies it at Apify, and with each of its effects.
        """
        stack.keep(REJECTED, IN_DOUBT)

        assert stack.operate("events", "show", builders.EVENT) == 0

        told = capsys.readouterr().out
        assert "  eventType   ACTOR.RUN.SUCCEEDED\n" in told
        assert "Effects: 2\n" in told
        assert "rejected: message" in told
        assert "in doubt: start of an instance" in told

    @pytest.mark.parametrize(
        ("ttl", "words"), [("1:00:00", "waited for one for 1:00:00"), ("0:00:00", "was dropped at once")]
    )
    def test_a_message_that_was_taken_is_not_said_to_have_reached_an_element(
        self, stack: Stack, ttl: str, words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Camunda tells nothing of correlation: the note says what is known, and how long the message waited.
        """
        lives = timedelta(hours=int(ttl[0]))
        effect = builders.message_effect(state=EffectState.DONE, reference=7, time_to_live=lives)
        stack.keep(effect)

        assert stack.operate("events", "show", builders.EVENT) == 0

        told = capsys.readouterr().out
        assert "it does not tell whether an element waited for it" in told
        assert words in told

    def test_payload_itself_is_not_shown(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Only ids, types and times of a payload are shown, never the data that it carries.
        """
        received = builders.received()
        received.body["secretOfACustomer"] = "hunter2"
        stack.keep(REJECTED, received=received)

        for form in ([], ["--json"]):
            assert stack.operate("events", "show", builders.EVENT, *form) == 0
        assert "hunter2" not in capsys.readouterr().out

    def test_unknown_event_is_reported(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An event that is not remembered is one line, exit code 1.
        """
        assert stack.operate("events", "show", "nonsense") == 1
        told = capsys.readouterr().err
        assert "No event nonsense is remembered" in told
        assert told.count("\n") == 1

    def test_programs_get_json(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--json` prints one array, with the state as it is stored.
        """
        stack.keep(REJECTED, IN_DOUBT)

        assert stack.operate("events", "list", "--json") == 0

        told = json.loads(capsys.readouterr().out)
        assert {(each["effect"], each["state"]) for each in told} == {
            (REJECTED.key, "rejected"),
            (IN_DOUBT.key, "attempted"),
        }

    def test_tables_are_enough(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An operator without access to CloudFormation names the two tables.
        """
        stack.keep(REJECTED)
        tables = [
            f"--ledger-table={stack.tables['LedgerTable']}",
            f"--registry-table={stack.tables['RegistryTable']}",
        ]

        assert stack.operate("events", "list", *tables) == 0
        assert REJECTED.key in capsys.readouterr().out


class TestReplay:
    def test_rejected_effect_is_computed_again(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        The event goes back to the queue, and what was rejected is worked out by who listens now.
        """
        stack.keep(REJECTED)
        asyncio.run(stack.registry.set_listeners(builders.ROUTE, [builders.catch()]))

        assert stack.operate("events", "replay", builders.EVENT) == 0

        assert "Effects that are tried again now: 1." in capsys.readouterr().out
        assert set(standing(stack).values()) == {EffectState.OPEN}
        assert len(stack.bodies_in(stack.parked_url)) == 1

    def test_unknown_event_is_reported(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An event that was never kept cannot be replayed: one line, exit code 1.
        """
        assert stack.operate("events", "replay", "nonsense") == 1
        assert capsys.readouterr().err.count("\n") == 1

    def test_undelivered_events_go_back(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--undelivered` moves every event of the dead-letter queue back, each as it was.
        """
        bodies = [f'{{"number": {number}}}' for number in range(12)]
        for body in bodies:
            stack.sqs.send_message(QueueUrl=stack.undelivered_url, MessageBody=body)

        assert stack.operate("events", "replay", "--undelivered") == 0

        assert "tried again now: 12." in capsys.readouterr().out
        assert stack.bodies_in(stack.undelivered_url) == []
        counted = stack.sqs.get_queue_attributes(QueueUrl=stack.parked_url, AttributeNames=["All"])
        assert counted["Attributes"]["ApproximateNumberOfMessages"] == "12"
        assert set(stack.bodies_in(stack.parked_url)) <= set(bodies)

    def test_event_that_outlived_its_rows_stays(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        `--undelivered` leaves an event whose effects no row may know any more, and says what to do.
        """
        now = stack.clock.now()
        old, young = (
            replace(builders.received(), received_at=now - age)
            for age in (OLDEST + timedelta(seconds=1), OLDEST)
        )
        for received in (old, young):
            body = json.dumps(received.to_json())
            stack.sqs.send_message(QueueUrl=stack.undelivered_url, MessageBody=body)

        assert stack.operate("events", "replay", "--undelivered") == 1

        printed = capsys.readouterr()
        assert "tried again now: 1." in printed.out
        assert event_id(old) in printed.err
        assert "See in Operate what is missing" in printed.err
        assert stack.bodies_in(stack.undelivered_url) == [json.dumps(old.to_json())]
        assert stack.bodies_in(stack.parked_url) == [json.dumps(young.to_json())]


class TestResolve:
    @pytest.mark.parametrize(
        ("answer", "state", "parked"),
        [("--happened", EffectState.DONE, 0), ("--did-not-happen", EffectState.OPEN, 1)],
    )
    def test_doubt_ends_as_the_operator_says(
        self, stack: Stack, answer: str, state: EffectState, parked: int
    ) -> None:
        """
        What happened is done; what did not is open again, and its event is back in the queue.
        """
        attempt(stack, IN_DOUBT)

        assert stack.operate("events", "resolve", builders.EVENT, IN_DOUBT.key, answer) == 0

        assert standing(stack) == {IN_DOUBT.key: state}
        assert len(stack.bodies_in(stack.parked_url)) == parked

    def test_only_a_doubt_is_resolved(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        An effect that is not in doubt stays as it is: one line, exit code 1.
        """
        stack.keep(REJECTED)

        assert stack.operate("events", "resolve", builders.EVENT, REJECTED.key, "--happened") == 1

        assert "is not in doubt" in capsys.readouterr().err
        assert standing(stack) == {REJECTED.key: EffectState.REJECTED}

    def test_answer_is_required(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Neither answer is the default.
        """
        assert stack.operate("events", "resolve", builders.EVENT, IN_DOUBT.key) == 2
        assert "--happened or --did-not-happen is required" in capsys.readouterr().err
