"""The local AWS as a whole: real child processes, real sockets, moto behind them."""

from __future__ import annotations

import base64
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from local_aws import (
    EventGivenUp,
    Failed,
    FunctionLogged,
    InvocationEnded,
    InvocationResult,
    LocalAws,
    Observation,
    QueueBatchHandled,
    RequestAnswered,
    Returned,
    ScheduleFired,
    TemplateError,
    Throttled,
)

from tests.threads import alive, started_here

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

STACK = Path(__file__).parent.parent / "unit" / "local_aws" / "stack"
TOOLS = Path(__file__).parent.parent.parent / "tools"
TIMEOUT_S = 60.0

Kind = TypeVar("Kind")


class Witness:
    """Collects what the local AWS tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self._told: queue.Queue[Observation] = queue.Queue()

    def __call__(self, observation: Observation) -> None:
        self._told.put(observation)

    def wait_for(self, kind: type[Kind], fits: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Return the next observation that fits; those before it are gone."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            observation = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
            if isinstance(observation, kind) and fits(observation):
                return observation


@pytest.fixture(scope="module")
def witness() -> Witness:
    return Witness()


@pytest.fixture(scope="module")
def aws(witness: Witness) -> Iterator[LocalAws]:
    with LocalAws(
        STACK / "template.yaml",
        {"Colour": "red"},
        {"*": {"FOR_ALL": "1"}, "Probe": {"FOR_PROBE": "2"}},
        secrets={"given": "secret text"},
        ssm_parameters={"/given/one": "parameter text"},
        runs_schedules=False,
        speed=600,
        on_event=witness,
    ) as local_aws:
        yield local_aws


@pytest.fixture
def probe(aws: LocalAws) -> str:
    """Return the probe's name; it starts cold."""
    name = aws.function_name("Probe")
    aws.retire_workers(name)
    return name


@pytest.fixture(scope="module")
def lambda_client(aws: LocalAws) -> Iterator[Any]:
    client = boto3.client(
        "lambda",
        endpoint_url=aws.lambda_url,
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=TIMEOUT_S),
    )
    yield client
    client.close()


class Gate:
    """Keeps invocations of the probe at work until it is opened."""

    def __init__(self, aws: LocalAws, probe: str, witness: Witness, file: Path) -> None:
        self._aws = aws
        self._probe = probe
        self._witness = witness
        self._file = file
        self._threads = ThreadPoolExecutor(2)
        self._behind = 0

    def invoke_behind_it(self) -> Future[InvocationResult]:
        """Begin an invocation that ends when the gate is open."""
        self._behind += 1
        payload = json.dumps({"do": "wait", "file": str(self._file)}).encode()
        return self._threads.submit(self._aws.invoke, self._probe, payload)

    def wait_for_those_behind_it(self) -> None:
        """Return when all of them are at work."""
        for _ in range(self._behind):
            self._witness.wait_for(FunctionLogged, lambda o: o.line == f"waiting for {self._file}")

    def open(self) -> None:
        """Let them end."""
        self._file.touch()

    def close(self) -> None:
        """Let them end, and wait for that."""
        self.open()
        self._threads.shutdown()


@pytest.fixture
def gate(aws: LocalAws, probe: str, witness: Witness, tmp_path: Path) -> Iterator[Gate]:
    with closing(Gate(aws, probe, witness, tmp_path / "open")) as gate:
        yield gate


def ask(aws: LocalAws, function: str, **event: Any) -> Any:
    """Return what the function returned for the event."""
    return json.loads(returned(aws.invoke(function, json.dumps(event).encode())))


def returned(result: InvocationResult) -> bytes:
    """Return what a function returned, which it must have."""
    assert isinstance(result, Returned), result
    return result.payload


def post(url: str, **content: Any) -> httpx.Response:
    """Send a request, however long its answer takes."""
    return httpx.post(url, timeout=TIMEOUT_S, **content)


def process_is_gone(pid: int) -> bool:
    """Return whether no process of the number runs; a zombie does not run."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until the condition is true, by polling."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        threading.Event().wait(0.02)


# Workers --------------------------------------------------------------------------------------------------


def test_first_invocation_is_cold_and_the_next_warm(aws: LocalAws, probe: str, witness: Witness) -> None:
    """The first invocation starts a process; the next one runs in the same."""
    first, second = ask(aws, probe), ask(aws, probe)
    assert (first["invocations"], second["invocations"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert witness.wait_for(InvocationEnded, lambda o: o.request_id == first["request_id"]).is_cold
    assert not witness.wait_for(InvocationEnded, lambda o: o.request_id == second["request_id"]).is_cold


def test_retired_worker_makes_the_next_start_cold(aws: LocalAws, probe: str) -> None:
    """A retired worker is gone, and another process takes over."""
    first = ask(aws, probe)
    aws.retire_workers(probe)
    assert process_is_gone(first["pid"])
    assert ask(aws, probe)["pid"] != first["pid"]


def test_function_sees_lambdas_world_and_no_other(
    aws: LocalAws, probe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function has Lambda's variables, the template's and the overrides, and nothing of our own."""
    monkeypatch.setenv("OURS_ALONE", "1")
    environment = ask(aws, probe)["environment"]
    assert "OURS_ALONE" not in environment
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == probe
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert environment["_HANDLER"] == "app.handler"
    assert environment["TZ"] == ":UTC"
    assert environment["GREETING"] == "hello"
    assert environment["COLOUR"] == "red"
    assert environment["FOR_ALL"] == "1"
    assert environment["FOR_PROBE"] == "2"
    assert environment["AWS_ENDPOINT_URL_DYNAMODB"] == aws.dynamodb_url
    assert environment["AWS_ENDPOINT_URL_LAMBDA"] == aws.lambda_url


def test_names_in_the_environment_lead_to_the_services_here(aws: LocalAws, probe: str) -> None:
    """What the template builds of resources (table, queue, secret, API address) works on this machine."""
    environment = ask(aws, probe)["environment"]
    clients = aws.clients
    assert clients.dynamodb.describe_table(TableName=environment["TABLE"])["Table"]["TableStatus"] == "ACTIVE"
    ttl = clients.dynamodb.describe_time_to_live(TableName=environment["TABLE"])["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "expires_at"
    assert environment["QUEUE_URL"] == aws.queue_url("Orders")
    assert clients.sqs.get_queue_attributes(QueueUrl=environment["QUEUE_URL"], AttributeNames=["All"])
    secret = clients.secrets_manager.get_secret_value(SecretId=environment["SECRET_ID"])["SecretString"]
    assert json.loads(secret)["id"] == "k1"
    assert len(json.loads(secret)["secret"]) == 20
    assert environment["API_URL"] == aws.http_url


def test_given_secrets_and_parameters_exist(aws: LocalAws) -> None:
    """Secrets and SSM parameters that the owner gives can be read."""
    assert aws.clients.secrets_manager.get_secret_value(SecretId="given")["SecretString"] == "secret text"
    parameter = aws.clients.ssm.get_parameter(Name="/given/one", WithDecryption=True)["Parameter"]
    assert parameter["Value"] == "parameter text"


def test_function_imports_its_folder_and_its_layer(aws: LocalAws, probe: str) -> None:
    """The function's folder comes first in the module path, then its layer, and nothing of the tools."""
    answer = ask(aws, probe)
    assert answer["layer"] == "from the layer"
    assert answer["path"][:2] == [str(STACK / "functions" / "probe"), str(STACK / "layer")]
    assert str(TOOLS / "local_aws") not in answer["path"]


def test_context_has_deadline_and_names(aws: LocalAws, probe: str) -> None:
    """The context's remaining time counts down from the timeout, and its ARN is the function's."""
    answer = ask(aws, probe)
    assert 10_000 < answer["remaining_ms"] <= 20_000
    assert answer["arn"] == f"arn:aws:lambda:eu-central-1:123456789012:function:{probe}"


def test_worker_is_stopped_between_invocations(aws: LocalAws, probe: str) -> None:
    """A background thread of a function makes no progress while no invocation runs."""
    ask(aws, probe, do="start heart")
    pause_s = 1.0
    threading.Event().wait(pause_s)
    heard = ask(aws, probe, do="hear heart")
    assert heard["beats"] > 3, "the heart beats while an invocation runs"
    assert heard["longest_pause_s"] >= pause_s


def test_worker_used_last_is_used_next(aws: LocalAws, probe: str, gate: Gate) -> None:
    """Of several warm workers the one that was used last takes the next invocation."""
    slow = gate.invoke_behind_it()
    gate.wait_for_those_behind_it()
    quick = ask(aws, probe)
    gate.open()
    last = json.loads(returned(slow.result()))["pid"]
    assert quick["pid"] != last
    assert [ask(aws, probe)["pid"] for _ in range(3)] == [last] * 3


def test_killed_idle_worker_is_replaced(aws: LocalAws, probe: str) -> None:
    """A worker that was killed while it waited causes no error."""
    pid = ask(aws, probe)["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{pid}").exists())
    assert ask(aws, probe)["pid"] != pid


# Failures -------------------------------------------------------------------------------------------------


def test_raised_error_is_a_function_error_and_the_worker_stays(aws: LocalAws, probe: str) -> None:
    """A function that raises fails with its error's name and stays warm."""
    pid = ask(aws, probe)["pid"]
    result = aws.invoke(probe, b'{"do": "raise"}')
    assert isinstance(result, Failed)
    error = json.loads(result.payload)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "as asked")
    assert ask(aws, probe)["pid"] == pid


def test_timeout_kills_and_the_next_start_is_cold(aws: LocalAws, witness: Witness) -> None:
    """A function that takes longer than its timeout is killed; the next invocation starts cold."""
    hurried = aws.function_name("Hurried")
    pid = ask(aws, hurried)["pid"]
    result = aws.invoke(hurried, b'{"do": "sleep", "seconds": 60}')
    assert isinstance(result, Failed)
    assert result.error_type == "Sandbox.Timedout"
    assert "Task timed out after 3.00 seconds" in json.loads(result.payload)["errorMessage"]
    ended = witness.wait_for(InvocationEnded, lambda o: o.error_type == "Sandbox.Timedout")
    assert timedelta(seconds=3) <= ended.duration < timedelta(seconds=60), (
        "and not after the 60 s that it sleeps"
    )
    assert process_is_gone(pid)
    assert ask(aws, hurried)["invocations"] == 1


def test_exit_is_a_function_error_and_the_next_start_is_cold(aws: LocalAws, probe: str) -> None:
    """A function that ends its process fails with the exit status; the next invocation starts cold."""
    result = aws.invoke(probe, b'{"do": "exit", "code": 3}')
    assert isinstance(result, Failed)
    assert json.loads(result.payload)["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in json.loads(result.payload)["errorMessage"]
    assert ask(aws, probe)["invocations"] == 1


@pytest.mark.parametrize(("size", "fits"), [(6_291_000, True), (6_291_600, False)])
def test_response_beyond_six_megabytes_fails(aws: LocalAws, probe: str, size: int, fits: bool) -> None:  # noqa: FBT001  # a table's column
    """A response may have 6 MB and no more."""
    result = aws.invoke(probe, json.dumps({"do": "large", "bytes": size}).encode())
    assert isinstance(result, Returned) is fits
    if isinstance(result, Failed):
        assert result.error_type == "Function.ResponseSizeTooLarge"


def test_module_that_cannot_be_loaded_fails_each_invocation(aws: LocalAws) -> None:
    """A function whose module cannot be loaded fails with the reason, and is started again each time."""
    broken = aws.function_name("Broken")
    for _ in range(2):
        result = aws.invoke(broken, b"{}")
        assert isinstance(result, Failed)
        assert result.error_type == "Runtime.ImportModuleError"
        assert "there_is_no_such_module" in json.loads(result.payload)["errorMessage"]


def test_invocations_beyond_the_reserved_concurrency_are_refused(
    aws: LocalAws, probe: str, gate: Gate
) -> None:
    """Two places are reserved: of three invocations at once, one is throttled."""
    both = [gate.invoke_behind_it() for _ in range(2)]
    gate.wait_for_those_behind_it()
    assert isinstance(aws.invoke(probe, b"{}"), Throttled)
    gate.open()
    assert [type(each.result()) for each in both] == [Returned, Returned]


# The Invoke API -------------------------------------------------------------------------------------------


def test_boto3_invokes_by_name_and_arn(lambda_client: Any, probe: str) -> None:
    """The AWS SDK invokes a function by its name and by its ARN."""
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{probe}"
    for reference in (probe, arn, f"{probe}:$LATEST"):
        answer = lambda_client.invoke(FunctionName=reference, Payload=b'{"n": 1}')
        assert answer["StatusCode"] == 200
        assert json.loads(answer["Payload"].read())["event"] == {"n": 1}


def test_boto3_sees_function_error_log_tail_and_client_context(lambda_client: Any, probe: str) -> None:
    """The SDK gets the function error, the tail of the log, and passes the client context."""
    failed = lambda_client.invoke(FunctionName=probe, Payload=b'{"do": "raise"}', LogType="Tail")
    assert failed["FunctionError"] == "Unhandled"
    assert "ValueError: as asked" in base64.b64decode(failed["LogResult"]).decode()
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    answer = lambda_client.invoke(FunctionName=probe, Payload=b"{}", ClientContext=context)
    assert json.loads(answer["Payload"].read())["client_context"] == {"a": "b"}


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"FunctionName": "nobody"}, 404, "ResourceNotFoundException"),
        ({"Payload": b"{"}, 400, "InvalidRequestContentException"),
        ({"Payload": b'"' + b"x" * 6_291_455 + b'"'}, 413, "RequestTooLargeException"),
        (
            {"Payload": b'"' + b"x" * 1_048_575 + b'"', "InvocationType": "Event"},
            413,
            "RequestTooLargeException",
        ),
    ],
)
def test_boto3_gets_lambdas_own_refusals(
    lambda_client: Any, probe: str, arguments: dict[str, Any], status: int, code: str
) -> None:
    """What Lambda refuses is refused with its error code."""
    with pytest.raises(ClientError) as refused:
        lambda_client.invoke(**{"FunctionName": probe, **arguments})
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_boto3_gets_429_when_throttled(lambda_client: Any, probe: str, gate: Gate) -> None:
    """A throttled invocation is TooManyRequestsException."""
    for _ in range(2):
        gate.invoke_behind_it()
    gate.wait_for_those_behind_it()
    with pytest.raises(ClientError) as refused:
        lambda_client.invoke(FunctionName=probe, Payload=b"{}")
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_boto3_gets_the_reserved_concurrency(lambda_client: Any, aws: LocalAws, probe: str) -> None:
    """A function's reserved concurrency is returned; for one that reserves none, nothing."""
    ask = lambda_client.get_function_concurrency
    broken = aws.function_name("Broken")

    assert ask(FunctionName=probe)["ReservedConcurrentExecutions"] == 2
    assert "ReservedConcurrentExecutions" not in ask(FunctionName=broken)
    with pytest.raises(ClientError) as refusal:
        ask(FunctionName="nobody")
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_boto3_dry_run_runs_nothing(lambda_client: Any, probe: str, aws: LocalAws) -> None:
    """A dry run answers 204 and the function does not run."""
    assert lambda_client.invoke(FunctionName=probe, InvocationType="DryRun")["StatusCode"] == 204
    assert ask(aws, probe)["invocations"] == 1


def test_event_is_taken_at_once_and_runs_later(lambda_client: Any, probe: str, witness: Witness) -> None:
    """An asynchronous invocation is answered 202 before the function has run."""
    answer = lambda_client.invoke(
        FunctionName=probe, InvocationType="Event", Payload=b'{"do": "log", "message": "for later"}'
    )
    assert answer["StatusCode"] == 202
    logged = witness.wait_for(FunctionLogged, lambda o: "for later" in o.line)
    assert json.loads(logged.line) == {"message": "for later"}
    assert logged.function_name == probe
    assert logged.request_id


def test_failed_event_is_retried_and_then_dead_lettered(aws: LocalAws, probe: str, witness: Witness) -> None:
    """One retry is declared: the event fails twice and goes to the dead-letter queue with its error."""
    request_id = aws.send_event(probe, b'{"do": "raise", "mark": "dead"}')
    given_up = witness.wait_for(EventGivenUp)
    assert (given_up.request_id, given_up.condition, given_up.attempts) == (request_id, "RetriesExhausted", 2)
    [message] = aws.clients.sqs.receive_message(
        QueueUrl=aws.queue_url("DeadEvents"), MessageAttributeNames=["All"]
    )["Messages"]
    assert json.loads(message["Body"]) == {"do": "raise", "mark": "dead"}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "as asked"}


# The HTTP API ---------------------------------------------------------------------------------------------


def test_request_becomes_a_payload_of_format_2(aws: LocalAws) -> None:
    """A request becomes API Gateway's payload 2.0: path decoded, repeats joined, cookies apart."""
    answer = post(
        f"{aws.http_url}/echo/a%20b?x=1&x=2&y=",
        content='{"a": 1}',
        headers=[
            ("Content-Type", "application/json"),
            ("X-Repeated", "one"),
            ("X-Repeated", "two"),
            ("Cookie", "a=1; b=2"),
        ],
    )
    event = answer.json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /echo/{name}"
    assert event["rawPath"] == "/echo/a b"
    assert event["rawQueryString"] == "x=1&x=2&y="
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["pathParameters"] == {"name": "a b"}
    assert event["headers"]["x-repeated"] == "one,two"
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["stage"] == "$default"
    assert event["requestContext"]["requestId"] == answer.headers["apigw-requestid"]


def test_binary_body_arrives_in_base64(aws: LocalAws) -> None:
    """Bytes, and a form too, arrive in base64; an absent body is absent."""
    url = f"{aws.http_url}/echo/it"
    event = post(url, content=b"\x00\xff").json()
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x00\xff", True)
    event = post(url, data={"a": "b c"}).json()
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"a=b+c", True)
    assert "body" not in post(url).json()


@pytest.mark.parametrize(
    ("returned", "status", "content_type", "body"),
    [
        ({"statusCode": 202, "body": "taken"}, 202, "text/plain; charset=utf-8", b"taken"),
        ({"statusCode": 401}, 401, None, b""),
        ({"free": "form"}, 200, "application/json", b'{"free": "form"}'),
        ("text", 200, "application/json", b"text"),
        (
            {
                "statusCode": 200,
                "headers": {"Content-Type": "image/x"},
                "body": "AP8=",
                "isBase64Encoded": True,
            },
            200,
            "image/x",
            b"\x00\xff",
        ),
        (
            {"statusCode": 200, "body": {"not": "text"}},
            500,
            "application/json",
            b'{"message":"Internal Server Error"}',
        ),
        ("raise", 500, "application/json", b'{"message":"Internal Server Error"}'),
    ],
)
def test_returned_value_becomes_an_answer(
    aws: LocalAws, returned: Any, status: int, content_type: str | None, body: bytes
) -> None:
    """What a function returns becomes the answer that API Gateway would make of it."""
    answer = post(f"{aws.http_url}/answer", json=returned)
    assert (answer.status_code, answer.headers.get("content-type"), answer.content) == (
        status,
        content_type,
        body,
    )


def test_cookies_of_the_function_become_headers(aws: LocalAws) -> None:
    """Each cookie that the function returns is a header of its own."""
    answer = post(f"{aws.http_url}/answer", json={"statusCode": 200, "cookies": ["a=1", "b=2"]})
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_unknown_route_is_not_found(aws: LocalAws, witness: Witness) -> None:
    """A path without a route, and a method that it does not have, are 404 and reach no function."""

    def goes_to(path: str) -> Callable[[RequestAnswered], bool]:
        return lambda answered: answered.path == path

    for method, path in (("POST", "/nowhere"), ("GET", "/answer")):
        answer = httpx.request(method, f"{aws.http_url}{path}", timeout=TIMEOUT_S)
        assert (answer.status_code, answer.text) == (404, '{"message":"Not Found"}')
        assert witness.wait_for(RequestAnswered, goes_to(path)).route_key is None


def test_slow_function_is_answered_503_and_goes_on(aws: LocalAws) -> None:
    """When the integration's time is over the client gets 503, and so does who finds the function busy."""
    for _ in range(2):  # the second finds the only place still taken by the first
        answer = post(f"{aws.http_url}/hurried", json="sleep")
        assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})

    def answers_again() -> bool:
        return post(f"{aws.http_url}/echo/fixed").status_code == 200

    eventually(answers_again)


def test_body_beyond_the_limit_is_too_large(aws: LocalAws) -> None:
    """10 MB are what the API takes, 6 MB what Lambda takes; both refusals are 413."""
    for size in (10 * 1024 * 1024 + 1, 6 * 1024 * 1024):
        answer = post(f"{aws.http_url}/echo/it", content=b"x" * size, headers={"Content-Type": "text/plain"})
        assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


# Queues and schedules -------------------------------------------------------------------------------------


def test_failed_message_comes_again_and_ends_as_dead_letter(aws: LocalAws, witness: Witness) -> None:
    """The good message of a batch is deleted; the failed one comes again as the function says, then dies."""
    sqs, url = aws.clients.sqs, aws.queue_url("Orders")
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {
                "Id": "1",
                "MessageBody": "fine",
                "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
            },
            {"Id": "2", "MessageBody": "fail"},
        ],
    )
    witness.wait_for(FunctionLogged, lambda o: o.line == "worked fail try 2 []")
    witness.wait_for(QueueBatchHandled, lambda o: o.left == 1)

    def dead() -> list[str]:
        answer = sqs.receive_message(QueueUrl=aws.queue_url("DeadOrders"), VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    eventually(lambda: dead() == ["fail"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_schedule_hands_its_input_to_its_function(aws: LocalAws, probe: str, witness: Witness) -> None:
    """A schedule that is fired by hand invokes its function once, with its input, as an event."""
    request_id = aws.fire_schedule("ProbeTick")
    assert witness.wait_for(ScheduleFired) == ScheduleFired("ProbeTick", probe)
    assert witness.wait_for(FunctionLogged, lambda o: o.request_id == request_id).line == "ticked"


def test_schedule_fires_at_its_rate() -> None:
    """A schedule of one hour fires at once and, by a clock that runs fast, again after each hour."""
    witness = Witness()
    with LocalAws(STACK / "template.yaml", speed=7200, on_event=witness):
        for _ in range(3):
            assert witness.wait_for(ScheduleFired).name == "ProbeTick"


def test_tables_of_another_server_are_used_as_they_are(aws: LocalAws) -> None:
    """With a DynamoDB that runs already, its tables and rows are kept, and functions are led to it."""
    row = {"pk": {"S": "kept"}}
    aws.clients.dynamodb.put_item(TableName=aws.table_name("Rows"), Item=row)
    with LocalAws(STACK / "template.yaml", dynamodb=aws.dynamodb_url, runs_schedules=False) as other:
        assert other.dynamodb_url == aws.dynamodb_url
        found = other.clients.dynamodb.get_item(TableName=other.table_name("Rows"), Key=row)["Item"]
        assert found == row
        environment = ask(other, other.function_name("Probe"))["environment"]
        assert environment["AWS_ENDPOINT_URL_DYNAMODB"] == aws.dynamodb_url
        assert environment["AWS_ENDPOINT_URL"] != aws.dynamodb_url


def test_dynamodb_lets_one_of_many_conditional_writes_win(aws: LocalAws) -> None:
    """Of writes at once that may each win only alone exactly one wins, and none undoes another."""
    dynamodb, table = aws.clients.dynamodb, aws.table_name("Rows")

    def put(key: str, who: int) -> bool:
        """Put a row under a condition that only one of the callers meets, and a second row beside it."""
        free = "attribute_not_exists(pk)"
        first: TransactWriteItemTypeDef = {
            "Put": {"TableName": table, "Item": {"pk": {"S": key}}, "ConditionExpression": free}
        }
        own: TransactWriteItemTypeDef = {"Put": {"TableName": table, "Item": {"pk": {"S": f"{key}, {who}"}}}}
        try:
            dynamodb.transact_write_items(TransactItems=[first, own])
        except dynamodb.exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        for number in range(30):
            key = f"race {number}"
            winners = list(threads.map(put, [key] * 8, range(8)))
            assert winners.count(True) == 1
            own = {"pk": {"S": f"{key}, {winners.index(True)}"}}
            assert "Item" in dynamodb.get_item(TableName=table, Key=own)


# Life and death -------------------------------------------------------------------------------------------


def tell_what_stop_leaves() -> None:
    """Start a local AWS, stop it while a function is at work, and write as JSON what is left of it."""
    witness = Witness()
    with LocalAws(STACK / "template.yaml", runs_schedules=False, on_event=witness) as aws:
        probe, http_url = aws.function_name("Probe"), aws.http_url
        aws.send_event(probe, b'{"do": "sleep", "seconds": 60}')
        witness.wait_for(FunctionLogged, lambda o: "sleeping" in o.line)
        idle = ask(aws, probe)["pid"]
        children = children_of(os.getpid())
    threads = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    for thread in threads:  # asyncio's own, one for each child until Python 3.12, end a moment after it
        thread.join(TIMEOUT_S)
    try:
        httpx.get(http_url)
        is_refused = False
    except httpx.ConnectError:
        is_refused = True
    told = {
        "worker was a child": idle in children,
        "other children": len(children - {idle}),
        "children left": sorted(children_of(os.getpid())),
        "threads left": [thread.name for thread in threads if thread.is_alive()],
        "connections are refused": is_refused,
    }
    sys.stdout.write(json.dumps(told))


def test_stop_leaves_nothing_behind() -> None:
    """After stop no process of ours, no thread and no listener is left, though a function was at work.

    It is seen in a process of its own, where no other test's servers start and end children and threads.
    """
    script = f"from {__name__} import tell_what_stop_leaves; tell_what_stop_leaves()"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        cwd=TOOLS.parent,
        env={**os.environ, "PYTHONPATH": str(TOOLS)},
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told.pop("other children") >= 1, "moto, and the function at work"
    assert told == {
        "worker was a child": True,
        "children left": [],
        "threads left": [],
        "connections are refused": True,
    }


def test_template_that_cannot_run_starts_nothing(tmp_path: Path) -> None:
    """A wrong template is refused by start, and nothing runs afterwards."""
    template = tmp_path / "template.yaml"
    template.write_text(
        "Resources: {A: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: nowhere/}}}"
    )
    with started_here() as threads, pytest.raises(TemplateError, match="no folder"):
        LocalAws(template).start()
    assert alive(threads) == []


PARENT = """
import json, os, sys, threading
from pathlib import Path
from local_aws import LocalAws

aws = LocalAws(Path(sys.argv[1]), runs_schedules=False)
aws.start()
answer = json.loads(aws.invoke(aws.function_name("Probe"), b"{}").payload)
print(answer["pid"], flush=True)
threading.Event().wait()
"""


def test_killed_parent_leaves_no_orphan() -> None:
    """When the parent is killed its children die with it, the frozen worker and moto alike."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(STACK / "template.yaml")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TOOLS)},
        text=True,
    )
    try:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        children = children_of(parent.pid)
        assert worker in children
        assert len(children) >= 2, "the worker and moto"
        assert not any(process_is_gone(pid) for pid in children)
    finally:
        parent.kill()
        parent.communicate()
    eventually(lambda: all(process_is_gone(pid) for pid in children))


def children_of(parent: int) -> set[int]:
    """Return the processes whose parent it is."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.add(int(stat.parent.name))
    return found


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://localhost:9777"}, {"sec-fetch-site": "cross-site"}, {"host": "a.example.com"}],
)
def test_web_page_gets_no_secret_and_invokes_nothing(
    aws: LocalAws, probe: str, headers: dict[str, str]
) -> None:
    """
    A page that is open in a browser on this machine is refused by the local Secrets Manager and Lambda.
    """
    asking = {"x-amz-target": "secretsmanager.GetSecretValue", "content-type": "application/x-amz-json-1.1"}
    secret = post(aws.services_url, json={"SecretId": "given"}, headers={**asking, **headers})
    invoked = post(f"{aws.lambda_url}/2015-03-31/functions/{probe}/invocations", json={}, headers=headers)

    assert (secret.status_code, invoked.status_code) == (403, 403)
    assert "secret text" not in secret.text
    assert "access-control-allow-origin" not in secret.headers


def test_moto_lists_nothing(aws: LocalAws) -> None:
    """
    moto's own pages, which hold every secret, are not served.
    """
    answer = httpx.get(f"{aws.services_url}/moto-api/data.json", timeout=TIMEOUT_S)

    assert answer.status_code == 403
    assert "secret text" not in answer.text
