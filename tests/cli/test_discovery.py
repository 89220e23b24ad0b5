"""How the operator's commands find their deployment, and what they say where they cannot."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from apify_camunda.identifiers import DefinitionKey, TenantId
from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.deployment.discovery import RECONCILER, UNDELIVERED
from apify_camunda_cli.deployment.reconciler import LONGEST_TICK, Reconciler
from apify_camunda_cli.errors import NotDone
from apify_camunda_cli.local.world import project_root
from botocore.exceptions import ClientError

from tests import builders
from tests.cli.stack import CLUSTER, STACK, Stack, deployed
from tests.fakes.clock import NOON, FrozenClock

BUSY = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "busy"}}, "Invoke")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Invoke")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


class FakeLambda:
    """Answers invocations one after the other; the last answer stays."""

    def __init__(self, *answers: Any, places: int | None = 1) -> None:
        self._answers = list(answers)
        self._places = places
        self.invocations = 0

    def get_function_concurrency(self, **_request: Any) -> dict[str, Any]:
        if self._places == 0:
            raise DENIED
        return {} if self._places is None else {"ReservedConcurrentExecutions": self._places}

    def invoke(self, **_request: Any) -> dict[str, Any]:
        self.invocations += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        payload, failed = answer if isinstance(answer, tuple) else (answer, None)
        told = {"Payload": io.BytesIO(json.dumps(payload).encode())}
        return told | ({"FunctionError": failed} if failed else {})


class _Loader(yaml.SafeLoader):
    """Reads a template; what its functions (`!Ref`, ...) mean is of no interest here."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def _first_of_two(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    assert isinstance(node, yaml.SequenceNode)
    _condition, first, _second = loader.construct_sequence(node, deep=True)
    return first


_Loader.add_constructor("!If", _first_of_two)


def still(*answers: Any, places: int | None = 1) -> tuple[FakeLambda, FrozenClock]:
    """Wait for a reconciler that answers so, and return its Lambda and the clock.

    Args:
        answers: To one invocation after the other.
        places: Its reserved concurrency; None means that it has none, 0 that it may not be read.
    """
    functions, clock = FakeLambda(*answers, places=places), FrozenClock()
    asyncio.run(Reconciler(cast("Any", functions), name="reconcile", clock=clock).wait_until_idle())
    return functions, clock


class TestStandingStill:
    def test_tick_under_way_is_waited_for(self) -> None:
        """
        While another tick holds the only place, the invocation is refused, and asked again.
        """
        functions, _ = still(BUSY, BUSY, {"status": "paused"})
        assert functions.invocations == 3

    @pytest.mark.parametrize("places", [None, 2, 0], ids=["no-limit", "two", "not-readable"])
    def test_where_ticks_may_overlap_the_longest_is_waited_for(self, places: int | None) -> None:
        """
        Being let in proves nothing where ticks may overlap; an earlier one is over after its longest time.
        """
        functions, clock = still({"status": "paused"}, places=places)

        assert clock.now() - NOON == timedelta(minutes=5)
        assert functions.invocations == 1

    def test_where_ticks_cannot_overlap_nothing_is_waited_for(self) -> None:
        """
        With one place, being let in proves that no other tick is under way.
        """
        _, clock = still({"status": "paused"})
        assert clock.now() == NOON

    def test_failed_tick_is_over_too(self) -> None:
        """
        A tick that failed was let in, so no other one is under way.
        """
        functions, _ = still(({"errorMessage": "x", "status": "ok"}, "Unhandled"))
        assert functions.invocations == 1

    def test_waiting_ends(self) -> None:
        """
        A tick lives for five minutes at most; after twice that time a person must look.
        """
        with pytest.raises(NotDone, match="does not end"):
            still(BUSY)

    def test_waiting_lasts_longer_than_a_tick(self) -> None:
        """
        A tick that takes its whole time is still waited for.
        """
        _, clock = still(*[BUSY] * 170, {"status": "paused"})
        assert clock.now() - NOON >= timedelta(minutes=5)

    def test_resumed_meanwhile(self) -> None:
        """
        A tick that did something shows that the pause is over.
        """
        with pytest.raises(NotDone, match="resumed"):
            still({"status": "ok"})

    def test_refusal_is_not_a_busy_function(self) -> None:
        """
        What Lambda refuses for good is not asked again.
        """
        with pytest.raises(ClientError):
            still(DENIED, {"status": "paused"})


class TestFinding:
    def test_template_has_what_is_looked_for(self) -> None:
        """
        The names by which a stack is asked are those of template.yaml.
        """
        template = yaml.load((project_root() / "template.yaml").read_text(), _Loader)  # it is a SafeLoader
        reconciler = template["Resources"][RECONCILER]["Properties"]
        assert reconciler["ReservedConcurrentExecutions"] == 1
        assert timedelta(seconds=reconciler["Timeout"]) == LONGEST_TICK
        assert UNDELIVERED in template["Outputs"]

    def test_unknown_stack_is_reported(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A stack that is not there is reported in one line with the region, exit code 2.
        """
        assert stack.operate("status", "--stack", "nope") == 2

        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "nope" in told
        assert "eu-central-1" in told

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["status", "--stack", "a", "--ready", "b"], "Give one of --stack, --ready"),
            (["status", "--ready", "b"], "--region does not go with --ready"),
            (["status", "--ledger-table", "a"], "go together"),
            (["status", "--ledger-table", "a", "--registry-table", "b"], "DynamoDB has no such table"),
            (["webhooks", "remove", "orders", "--drop-parked"], "goes with --all"),
            (["webhooks", "remove", "--all", "--tenant", "red"], "goes with PROCESS_ID"),
        ],
    )
    def test_wrong_usage_is_one_line_and_exit_2(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
    ) -> None:
        """
        What cannot be used is reported in one line on standard error, with exit code 2.
        """
        assert stack.operate(*arguments) == 2
        assert told in (said := capsys.readouterr().err)
        assert said.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments", [["webhooks", "remove", "--all"], ["events", "replay", "--undelivered"]]
    )
    def test_some_commands_need_more_than_tables(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        """
        What tables do not tell is asked for, with exit code 2.
        """
        tables = ["--ledger-table", "ledger", "--registry-table", "registry"]
        assert stack.operate(*arguments, *tables) == 2
        assert "give --stack or --ready instead" in capsys.readouterr().err

    def test_stack_of_another_project_is_reported(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A stack without our functions is reported in one line, exit code 2.
        """
        stack.deploy_another("other")

        assert stack.operate("status", "--stack", "other") == 2

        told = capsys.readouterr().err
        assert told.startswith("apify-camunda: The stack other in eu-central-1 is another project's")
        assert told.count("\n") == 1

    def test_missing_ready_file_is_reported(self, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A ready file that is not there is named; it goes when its run stops.
        """
        assert main(["status", "--ready", "nowhere.json"]) == 2
        assert "nowhere.json does not exist" in capsys.readouterr().err

    def test_run_that_is_over_is_reported(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A ready file whose run was killed is reported in one line, exit code 1.
        """
        with socket.create_server(("127.0.0.1", 0)) as listener:
            nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
        services = ("dynamodb", "lambda", "secretsmanager", "sqs", "ssm")
        facts = {
            "region": "eu-central-1",
            "endpoints": dict.fromkeys(services, nobody),
            "environment": {"LEDGER_TABLE": "l", "REGISTRY_TABLE": "r"},
            "reconciler": "reconcile",
            "undeliveredQueueUrl": f"{nobody}/q",
        }
        path = tmp_path / "ready.json"
        path.write_text(json.dumps({"operator": facts}))

        assert main(["status", "--ready", str(path)]) == 1

        told = capsys.readouterr().err
        assert "of which --ready tells still run?" in told
        assert told.count("\n") == 1

    @pytest.mark.parametrize("text", ["{}", "[]", '{"operator": {}}', "nonsense"])
    def test_file_that_is_not_a_ready_file(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
    ) -> None:
        """
        A file that `local --serve` did not write is reported in one line, exit code 2.
        """
        path = tmp_path / "ready.json"
        path.write_text(text)

        assert main(["status", "--ready", str(path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


class TestPausing:
    @pytest.mark.parametrize("direction", ["inbound", "outbound"])
    def test_each_direction_alone(self, stack: Stack, direction: str) -> None:
        """
        A pause and its end concern one direction.
        """
        other = {"inbound": "outbound", "outbound": "inbound"}[direction]

        assert stack.operate("pause", direction) == 0
        assert asyncio.run(stack.registry.is_paused(direction))
        assert not asyncio.run(stack.registry.is_paused(other))

        assert stack.operate("resume", direction) == 0
        assert not asyncio.run(stack.registry.is_paused(direction))


class TestStatus:
    def test_screen_tells_what_to_do(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        What needs a person comes with the command that helps.
        """
        stack.sqs.send_message(QueueUrl=stack.undelivered_url, MessageBody="{}")
        stack.keep(builders.message_effect(state=EffectState.REJECTED, reason="no key"))
        stack.operate("pause", "inbound")
        capsys.readouterr()

        assert stack.operate("status") == 0

        assert capsys.readouterr().out.splitlines() == [
            f"Deployment     stack {STACK} in eu-central-1",
            f"Camunda        {CLUSTER}",
            "Public URL     https://hooks.example",
            "Paused         inbound",
            "Webhooks       0 at Apify, 0 with a problem",
            "Elements       none",
            "Runs           0 jobs wait for a run at Apify",
            "Parked events  0 wait until Camunda takes them",
            "Undelivered    1  ->  apify-camunda events replay --undelivered --region eu-central-1",
            "For a person   0 in doubt, 1 rejected  ->  apify-camunda events list --region eu-central-1",
        ]

    def test_faulty_elements_come_with_the_command_that_says_why(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        The line of the elements names the list of reasons only where an element is faulty.
        """
        tenant = TenantId("<default>")
        ok = ElementStatus("orders/1/A", DefinitionKey(1), tenant, "registered", None, NOON)
        asyncio.run(stack.registry.report_element(CLUSTER, ok))
        assert stack.operate("status") == 0
        assert "Elements       1 registered\n" in capsys.readouterr().out

        faulty = ElementStatus("orders/1/B", DefinitionKey(1), tenant, "faulty", "No such Actor.", NOON)
        asyncio.run(stack.registry.report_element(CLUSTER, faulty))
        assert stack.operate("status") == 0

        wanted = (
            "Elements       1 faulty, 1 registered  ->  apify-camunda webhooks list --region eu-central-1"
        )
        assert wanted in capsys.readouterr().out
