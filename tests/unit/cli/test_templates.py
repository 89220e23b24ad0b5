"""`apify-camunda templates`: what a person gets and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apify_camunda_cli.__main__ import main

EXAMPLES = Path(__file__).parents[3] / "examples"
OFFICIAL = """\
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <bpmn:startEvent id="Start" zeebe:modelerTemplate="io.camunda.connector.inbound.Apify.v1:StartEvent" />
</bpmn:definitions>
"""


def test_list_names_each_template(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The list has a line for each of the seven templates.
    """
    assert main(["templates", "list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert lines[0].split()[:3] == ["apify-outbound.json", "apify-camunda.outbound.v1", "2"]


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With --json each command prints one JSON value.
    """
    path = tmp_path / "order.bpmn"
    path.write_text(OFFICIAL)

    assert main(["templates", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[1]["id"] == "apify-camunda.inbound.v1:StartEvent"
    assert main(["templates", "export", str(tmp_path / "out"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 7
    assert main(["templates", "upgrade", str(path), "--json"]) == 0
    upgraded = json.loads(capsys.readouterr().out)
    assert (len(upgraded["changes"]), upgraded["notes"]) == (1, [])


def test_export_writes_a_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The files of the chosen build are written, and their paths are printed.
    """
    assert main(["templates", "export", str(tmp_path / "out"), "--build", "hybrid"]) == 0

    printed = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(printed) == sorted((tmp_path / "out").iterdir())
    assert all(path.name.endswith("-hybrid.json") for path in printed)


def test_install_writes_where_modeler_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The files go to the folder of Desktop Modeler's user data, and the next step is said beside their paths.
    """
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["templates", "install"]) == 0

    said = capsys.readouterr()
    assert said.out.count("element-templates") == 7
    assert said.err == "Restart Camunda Modeler to see the templates.\n"
    assert len(list(tmp_path.rglob("camunda-modeler/resources/element-templates/apify-*.json"))) == 7


def test_folder_that_cannot_be_made_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A file in the way is a usage error.
    """
    (tmp_path / "file").write_text("")
    assert main(["templates", "export", str(tmp_path / "file")]) == 2

    assert "cannot be written to: File exists." in capsys.readouterr().err


def test_upgrade_changes_the_file_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Each moved element is a line; a second time there is nothing to do.
    """
    path = tmp_path / "order.bpmn"
    path.write_text(OFFICIAL)
    assert main(["templates", "upgrade", str(path)]) == 0
    assert (
        "Start: io.camunda.connector.inbound.Apify.v1:StartEvent -> apify-camunda" in capsys.readouterr().out
    )
    assert "apify-camunda.inbound.v1:StartEvent" in path.read_text()

    assert main(["templates", "upgrade", str(path)]) == 0
    assert capsys.readouterr().out == "Nothing to change.\n"


def test_upgrade_can_leave_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With --output the moved diagram is a new file; what a person should look at is on standard error.
    """
    path, new = tmp_path / "order.bpmn", tmp_path / "new.bpmn"
    path.write_bytes((EXAMPLES / "start-event.bpmn").read_bytes())
    assert main(["templates", "upgrade", str(path), "--to", "official", "--output", str(new)]) == 0

    assert path.read_bytes() == (EXAMPLES / "start-event.bpmn").read_bytes()
    assert "io.camunda.connector.inbound.Apify.v1:StartEvent" in new.read_text()
    assert "needs the field 'Camunda webhook URL'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file or directory."), ("tea", "cannot be upgraded. It is not XML")],
)
def test_file_that_cannot_be_upgraded_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, reason: str
) -> None:
    """
    A file that is missing or no BPMN is a usage error with the reason.
    """
    path = tmp_path / "order.bpmn"
    if content is not None:
        path.write_text(content)
    assert main(["templates", "upgrade", str(path)]) == 2

    assert reason in capsys.readouterr().err
