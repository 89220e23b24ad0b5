"""What `apify-camunda webhooks` shows and does; its `remove --all` runs in test_operator_locally.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ResourceKind
from apify_camunda.identifiers import ApifyUserId, DefinitionKey, RegistrationId, TenantId, WebhookId
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.webhooks.signature import is_ours

from tests import builders
from tests.cli.stack import CLUSTER, PUBLIC_URL, Stack, deployed
from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS

REGISTRATION = Registration(
    id=RegistrationId("main-1"),
    apify_user_id=ApifyUserId("user1"),
    kind=ResourceKind.ACTOR,
    resource_id="actor1",
    event_types=("ACTOR.RUN.SUCCEEDED",),
    token_expressions=("token-of-acme",),
    webhook_id=WebhookId("webhook1"),
    problem="Apify did not answer.",
)
ELEMENT = builders.catch()


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


def save(stack: Stack, *definitions: Any) -> None:
    for definition in definitions:
        asyncio.run(stack.registry.save_definition(CLUSTER, ScannedDefinition(definition, ())))


def removed(stack: Stack) -> dict[tuple[TenantId, str], DefinitionKey]:
    return dict(asyncio.run(stack.registry.removed_processes(CLUSTER)))


class TestList:
    @pytest.fixture(autouse=True)
    def registered(self, stack: Stack) -> None:
        status = ElementStatus(
            ELEMENT.ref,
            DefinitionKey(1001),
            TenantId("<default>"),
            "faulty",
            "No such secret.",
            NOON,
        )
        asyncio.run(stack.registry.save_registration(REGISTRATION))
        asyncio.run(stack.registry.set_listeners("apify/main-1", [ELEMENT]))
        asyncio.run(stack.registry.set_listeners("inbound/context-1", [ELEMENT]))
        asyncio.run(stack.registry.report_element(CLUSTER, status))

    def test_webhooks_paths_and_elements_are_shown(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Who listens is shown for each webhook and path, and of each element its state and problem.
        """
        assert stack.operate("webhooks", "list") == 0

        told = capsys.readouterr().out
        assert "main-1  actor actor1 of user user1" in told
        assert "listeners  orders/1/Event_1" in told
        assert "problem    Apify did not answer." in told
        assert "/inbound/context-1  orders/1/Event_1" in told
        assert "orders/1/Event_1         <default>  faulty  2026-11-21T12:00:00  No such secret." in told

    def test_note_of_all_elements_is_shown_once(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A note that every registered element has is shown once, below; what is about one stays beside it.
        """
        note = "This cluster does not tell. Use `apify-camunda webhooks remove`."
        for name, detail in (("A", note), ("B", f"{note}\nIts webhook was repaired.")):
            element = f"orders/1/{name}"
            status = ElementStatus(element, DefinitionKey(1), TenantId("t"), "registered", detail, NOON)
            asyncio.run(stack.registry.report_element(CLUSTER, status))

        assert stack.operate("webhooks", "list") == 0

        lines = capsys.readouterr().out.splitlines()
        assert "Elements: 3 (1 faulty, 2 registered)" in lines
        [a] = [line for line in lines if "orders/1/A" in line]
        [b] = [line for line in lines if "orders/1/B" in line]
        assert a.endswith("2026-11-21T12:00:00")
        assert b.endswith("Its webhook was repaired.")
        remove = "`apify-camunda webhooks remove --region eu-central-1`"
        assert lines[-1] == f"  Note: This cluster does not tell. Use {remove}."

    def test_token_is_never_shown(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A token that a modeller wrote into the element itself appears in no output.
        """
        for form in ([], ["--json"]):
            assert stack.operate("webhooks", "list", *form) == 0
        assert "token-of-acme" not in capsys.readouterr().out

    def test_programs_get_json(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--json` prints one object with webhooks, paths and elements.
        """
        assert stack.operate("webhooks", "list", "--json") == 0

        told = json.loads(capsys.readouterr().out)
        assert told["webhooks"][0]["listeners"] == ["orders/1/Event_1"]
        assert told["byHand"] == {"/inbound/context-1": ["orders/1/Event_1"]}
        assert told["elements"][0]["state"] == "faulty"

    def test_tables_alone_do_not_tell_elements(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Rows of elements belong to a cluster; where only tables are given, the list says so.
        """
        tables = [
            f"--ledger-table={stack.tables['LedgerTable']}",
            f"--registry-table={stack.tables['RegistryTable']}",
        ]
        assert stack.operate("webhooks", "list", *tables) == 0
        assert "Elements are known to --stack and --ready only." in capsys.readouterr().out


class TestRemoveProcess:
    def test_what_is_deployed_now_is_taken_off(self, stack: Stack) -> None:
        """
        The newest definition known is the last one that is off, so deploying again puts the process on again.
        """
        save(stack, builders.definition(1001), builders.definition(1002, version=2))
        save(stack, builders.definition(2000, process_id="other"))

        assert stack.operate("webhooks", "remove", "orders") == 0

        assert removed(stack) == {(TenantId("<default>"), "orders"): 1002}

    def test_tenant_is_asked_for_only_where_it_matters(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A process that two tenants have is taken off from the one that is named.
        """
        save(stack, builders.definition(1001), builders.definition(1002, tenant_id=TenantId("red")))

        assert stack.operate("webhooks", "remove", "orders") == 2
        assert "Tenants <default>, red have a process 'orders'" in capsys.readouterr().err
        assert removed(stack) == {}

        assert stack.operate("webhooks", "remove", "orders", "--tenant", "red") == 0
        assert removed(stack) == {(TenantId("red"), "orders"): 1002}

    def test_unknown_process_is_reported(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A process that no definition has cannot be taken off: one line, exit code 1.
        """
        assert stack.operate("webhooks", "remove", "ordres") == 1
        assert "No process 'ordres' is known" in capsys.readouterr().err


class TestRemoveAll:
    def test_parked_events_are_not_dropped_by_accident(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        While events wait that would find no listener, nothing is paused or removed.
        """
        stack.sqs.send_message(QueueUrl=stack.parked_url, MessageBody="{}")

        assert stack.operate("webhooks", "remove", "--all") == 1

        assert "Events wait in the queue (1)" in capsys.readouterr().err
        assert not asyncio.run(stack.registry.is_paused("inbound"))

    def test_dropped_on_request(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `--drop-parked` removes the webhooks nevertheless, and inbound stays paused.
        """
        stack.sqs.send_message(QueueUrl=stack.parked_url, MessageBody="{}")
        stack.reconciler_answers.append('{"status": "paused"}')

        assert stack.operate("webhooks", "remove", "--all", "--drop-parked") == 0

        assert "Webhooks removed at Apify: 0." in capsys.readouterr().out
        assert asyncio.run(stack.registry.is_paused("inbound"))

    def test_nothing_is_removed_beside_a_tick(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A tick that acts in spite of the pause would bring webhooks back, so nothing is removed.
        """
        asyncio.run(stack.registry.set_listeners("inbound/context-1", [ELEMENT]))
        stack.reconciler_answers.append('{"status": "ok"}')

        assert stack.operate("webhooks", "remove", "--all") == 1

        assert "Inbound was resumed meanwhile" in capsys.readouterr().err
        assert asyncio.run(stack.registry.listeners("inbound/context-1")) == (ELEMENT,)

    def test_nothing_is_removed_beside_another_removal(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        One process at a time reconciles or removes; a second one removes nothing, and says so.
        """
        asyncio.run(stack.registry.set_listeners("inbound/context-1", [ELEMENT]))
        asyncio.run(stack.registry.begin_tick(until=stack.clock.now() + timedelta(hours=1)))
        stack.reconciler_answers.append('{"status": "paused"}')

        assert stack.operate("webhooks", "remove", "--all") == 1

        assert "nothing was removed. Try again." in capsys.readouterr().err
        assert asyncio.run(stack.registry.listeners("inbound/context-1")) == (ELEMENT,)


class TestSecret:
    @pytest.mark.parametrize(
        "given", ["/inbound/context-1", "inbound/context-1", f"{PUBLIC_URL}/inbound/context-1"]
    )
    def test_header_is_signed(self, stack: Stack, capsys: pytest.CaptureFixture[str], given: str) -> None:
        """
        Standard output is the headers template and nothing else; the warning is on standard error.
        """
        assert stack.operate("webhooks", "secret", given) == 0

        told = capsys.readouterr()
        assert is_ours("/inbound/context-1", json.loads(told.out)["x-apify-camunda-signature"], KEYS)
        assert "keep it as you keep a password" in told.err
        assert "No element listens there yet" in told.err
        assert f"{PUBLIC_URL}/inbound/context-1" in told.err

    @pytest.mark.parametrize("path", ["/apify/main-1", "/inbound/", "context-1", "/runs/attempt"])
    def test_only_paths_for_people_are_signed(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], path: str
    ) -> None:
        """
        Paths that the deployment signs by itself are not signed for a person.
        """
        assert stack.operate("webhooks", "secret", path) == 2

        told = capsys.readouterr()
        assert (told.out, told.err.count("\n")) == ("", 1)
