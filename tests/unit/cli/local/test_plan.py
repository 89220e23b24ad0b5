"""Which options of `apify-camunda local` go together, and which files they may name."""

from __future__ import annotations

from pathlib import Path

import pytest
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.local.world import LocalWorld, WorldOptions
from emulators.apify import default_world

from tests.unit.cli.local.bpmn import INBOUND_START, NONE_START, PROCESS, bpmn


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--serve --variables {}", "--variables does not go with --serve: "),
        ("--serve --until 5", "--until does not go with --serve: "),
        ("--process P --ready-file r.json", "--ready-file does not go with --process: "),
        (
            "--process P --camunda-grpc h:1 --camunda-rest http://h",
            "--camunda-grpc does not go with --process",
        ),
        ("--process P --camunda-rest http://h", "--camunda-rest does not go with --process"),
        ("--serve --camunda engine --camunda-grpc h:1", "--camunda-grpc does not go with --camunda"),
        ("--serve --camunda standin --camunda-rest http://h", "--camunda-rest does not go with --camunda"),
        ("--serve --camunda-rest http://h", "--camunda-grpc and --camunda-rest go together"),
        ("--process P --page-port 1", "--page-port does not go with --process: "),
        ("--serve --no-page --page-port 1", "--page-port does not go with --no-page: "),
        ("--process P --watch", "--watch does not go with --process: "),
        ("--process P --public-url http://h", "--public-url does not go with --process: "),
        ("--serve --camunda-credentials c.json", "--camunda-credentials go with --camunda-grpc"),
        ("--serve --watch", "--watch needs a FILE.bpmn"),
        ("--process P F.bpmn", "FILE F.bpmn does not go with --process"),
        ("--serve F.bpmn --camunda-grpc h:1 --camunda-rest http://h", "FILE F.bpmn does not go with"),
        ("--serve F.bpmn", "The file F.bpmn does not exist."),
        (
            "--serve --camunda-grpc h:1 --camunda-rest http://h --camunda-grpc-port 1",
            "--camunda-grpc-port does not go with --camunda-grpc: ",
        ),
        ("--serve --camunda engine --camunda-rest-port 1", "--camunda-grpc-port and --camunda-rest-port are"),
        ("--serve --apify http://h --world w.json", "--world does not go with --apify URL"),
        ("--serve --apify http://h --apify-port 1", "--apify-port does not go with --apify URL"),
    ],
)
def test_option_that_would_be_without_effect_is_refused(
    capsys: pytest.CaptureFixture[str], given: str, told: str
) -> None:
    """
    An option that the others make meaningless is refused with the reason, never ignored.
    """
    assert main(["local", *given.split()]) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"apify-camunda: {told}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", ['{"clientId": "c"}', '{"username": "u", "password": 1}', "{}"])
def test_wrong_credentials_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    """
    Credentials for a cluster are a client's or a user's, whole; the message says how, and holds no value.
    """
    path = tmp_path / "camunda.json"
    path.write_text(content)
    cluster = ("--camunda-grpc", "h:1", "--camunda-rest", "http://h")

    assert main(["local", "--serve", *cluster, "--camunda-credentials", str(path)]) == 2

    assert "must hold" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("credentials", "auth"),
    [
        ({"clientId": "c", "clientSecret": "s"}, "oidc"),
        ({"username": "u", "password": "p"}, "basic"),
        ({}, None),
    ],
)
def test_functions_sign_in_to_a_cluster(credentials: dict[str, str], auth: str | None) -> None:
    """
    With credentials the functions sign in as they say, over TLS where the address has it; the public URL is
    the one that was given.
    """
    options = WorldOptions(
        world=default_world(),
        camunda_credentials=credentials,
        parameters={"PublicUrl": "https://tunnel.example"},
    )
    world = LocalWorld(options, lambda _: None)
    world.camunda_grpc = "cluster.example:443"

    found = world._parameters()

    assert found.get("CamundaAuth") == auth
    assert found["CamundaGrpcAddress"] == ("cluster.example:443" if auth else "http://cluster.example:443")
    assert found["PublicUrl"] == "https://tunnel.example"
    assert ("camunda-credentials" in world._secrets()) == bool(credentials)


def test_machine_without_the_runtime_client_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where AWS's runtime client is not installed, one line says so, why, and what to do; nothing is started.
    """
    monkeypatch.setattr("apify_camunda_cli.local.plan.RUNTIME_CLIENT", "no_such_client")
    monkeypatch.setattr("sys.platform", "darwin")

    assert main(["local", "--serve"]) == 2

    said = capsys.readouterr().err
    assert said.startswith("apify-camunda: no_such_client, AWS's own runtime client")
    assert "not installed on darwin" in said
    assert said.count("\n") == 1


def test_variables_of_an_instance_that_an_event_starts_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What an event starts has the event's variables; others would be without effect, so they are refused.
    """
    process = str(bpmn(tmp_path, INBOUND_START))

    assert main(["local", "--process", process, "--variables", '{"query": "tea"}']) == 2

    assert "--variables would have no effect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({"p.bpmn": "{}"}, "p.bpmn is not BPMN", id="process-is-no-bpmn"),
        pytest.param({"w.json": "{"}, "w.json", id="world-is-no-json"),
        pytest.param({"w.json": "{}"}, "w.json: users: wanted at least one", id="world-is-no-world"),
        pytest.param({"v.json": "nonsense"}, "v.json of --variables is not JSON", id="variables-are-no-json"),
        pytest.param({"s.json": "[]"}, "--secrets must be a JSON object", id="secrets-are-no-object"),
    ],
)
def test_file_that_cannot_be_used_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], told: str
) -> None:
    """
    A file that cannot be used is named in one line with what is wrong with it, exit code 2.
    """
    good = {
        "p.bpmn": PROCESS.format(start=NONE_START, executable="true"),
        "w.json": '{"users": [{"username": "acme", "tokens": ["token-of-acme"]}]}',
        "v.json": "{}",
        "s.json": "{}",
    }
    for name, text in (good | files).items():
        (tmp_path / name).write_text(text)
    given = {"--process": "p.bpmn", "--world": "w.json", "--variables": "@v.json", "--secrets": "s.json"}
    arguments = [
        part
        for option, name in given.items()
        for part in (option, f"@{tmp_path / name[1:]}" if name.startswith("@") else str(tmp_path / name))
    ]

    assert main(["local", *arguments]) == 2

    assert told in (said := capsys.readouterr().err)
    assert said.count("\n") == 1


def test_ready_file_needs_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A ready file that cannot be written is reported before anything starts.
    """
    assert main(["local", "--serve", "--ready-file", str(tmp_path / "nowhere" / "ready.json")]) == 2

    assert "there is no folder" in capsys.readouterr().err
