"""Writes what was seen as an archive: BPMN, worlds, and a test that repeats it with `apify-camunda local`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_MOMENT: Final = (2020, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that equal recordings are equal archives."""
_TEST: Final = '''\
"""Repeats what was recorded on the page of `apify-camunda local --serve`; README.txt says how to run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCENARIOS = json.loads((HERE / "scenarios.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario["name"] for scenario in SCENARIOS])
def test_recorded(scenario):
    """An instance ends as it was seen to end, on the same way."""
    command = [sys.executable, "-m", "apify_camunda_cli", "local", "--json", "--until", "100"]
    command += ["--process", str(HERE / scenario["process"]), "--world", str(HERE / scenario["world"])]
    command += ["--secrets", str(HERE / "secrets.json")]
    if scenario["variables"]:
        command += ["--variables", json.dumps(scenario["variables"])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode in (0, 1), done.stderr
    *steps, last = [json.loads(line) for line in done.stdout.splitlines()]
    summary = last["summary"]
    seen = [step for step in steps if step["who"] == "camunda"]
    assert summary["state"] == scenario["state"], summary.get("reason")
    assert sorted({each.split(":")[0] for each in summary["incidents"]}) == scenario["incidents"]
    if not scenario["incidents"]:
        completed = {step["element_id"] for step in seen if step["what"] == "element.completed"}
        assert sorted(completed) == scenario["completed"]
'''
_README: Final = """\
What was seen on the page of `apify-camunda local --serve`, to be repeated.

Run the test with the Python in which apify-camunda and pytest are installed, in a clone of the project:

    .venv/bin/python -m pytest -p no:cacheprovider {folder}test_recorded.py

It runs each scenario of scenarios.json by `apify-camunda local --process`, with its world, and compares how
the instance ended, the elements that were completed, and the incidents. One scenario alone:

    .venv/bin/apify-camunda local --process NAME.bpmn --world NAME.world.json --secrets secrets.json

Tokens and secrets are not the ones that were used: they were replaced by others, which work here.
Variables of an instance that was not started on the page are those that it had at the end.

Scenarios
{scenarios}
Not repeated
{left_out}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One instance that can be repeated.

    Attributes:
        name: For people; it names the scenario's files too.
        bpmn: The process.
        world: What the emulated Apify holds, as a world file has it.
        variables: What it is started with; empty where an event starts it.
        state: `ended`, or `stuck` where it waits or has an incident.
        completed: Ids of the elements that were completed.
        incidents: `KIND at ELEMENT` of each incident.
    """

    name: str
    bpmn: str
    world: Mapping[str, Any]
    variables: Mapping[str, Any] = field(default_factory=dict)
    state: str = "ended"
    completed: Sequence[str] = ()
    incidents: Sequence[str] = ()


def archive(scenarios: Sequence[Scenario], *, secrets: Mapping[str, str], left_out: Sequence[str]) -> bytes:
    """Return a ZIP archive with README.txt, a BPMN and a world for each scenario, and test_recorded.py.

    Args:
        scenarios: What can be repeated.
        secrets: What processes call `{{secrets.NAME}}`; values that may be written down.
        left_out: A sentence for each thing that was seen and cannot be repeated.
    """
    files = {
        "README.txt": _README.format(
            folder="", scenarios=_listed([each.name for each in scenarios]), left_out=_listed(left_out)
        ),
        "test_recorded.py": _TEST,
        "secrets.json": _json(secrets),
        "scenarios.json": _json([_scenario(each) for each in scenarios]),
    }
    for each in scenarios:
        files[f"{each.name}.bpmn"] = each.bpmn
        files[f"{each.name}.world.json"] = _json(each.world)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files.items():
            opened.writestr(
                zipfile.ZipInfo(name, _MOMENT), text.encode(errors="replace"), zipfile.ZIP_DEFLATED
            )
    return content.getvalue()


def _scenario(each: Scenario) -> dict[str, Any]:
    return {
        "name": each.name,
        "process": f"{each.name}.bpmn",
        "world": f"{each.name}.world.json",
        "variables": dict(each.variables),
        "state": each.state,
        "completed": sorted(set(each.completed)),
        "incidents": sorted(set(each.incidents)),
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=dict) + "\n"


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"- {line}\n" for line in lines) or "- nothing\n"
