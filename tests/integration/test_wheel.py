"""The package and its tools can be built as a wheel, which works outside of this repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = {
    "apify_camunda/py.typed",
    "emulators/camunda/bpmn_schema.json",
    "live_page/assets/index.html",
    "real_engines/java/InMemoryEngine.java",
    "sam_local/world.json",
}
USE = """
import apify_camunda, apify_camunda_cli, emulators.camunda.schema, os
for module in (apify_camunda, apify_camunda_cli, emulators):
    assert module.__file__.startswith(os.environ["PYTHONPATH"]), module.__file__
from apify_camunda_cli.__main__ import main
raise SystemExit(main(["feel", "= 6 * 7"]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "*.egg-info", "web", "modeler")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "layers" / "runtime", source / "layers" / "runtime", ignore=left_out)
    shutil.copytree(ROOT / "tools", source / "tools", ignore=left_out)
    made = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(made), "."]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [found] = made.glob("apify_camunda-*.whl")
    return found


def test_wheel_has_the_data_of_its_packages(wheel: Path) -> None:
    """Files that are not Python are in the wheel where their package reads them; tests are not."""
    names = set(zipfile.ZipFile(wheel).namelist())

    assert names >= DATA
    assert not [name for name in names if name.startswith(("tests/", "functions/"))]


def test_wheel_declares_what_it_needs(wheel: Path) -> None:
    """What runs in Lambda is required; what the commands need beside that is the extra `local`."""
    with zipfile.ZipFile(wheel) as packed:
        [name] = [each for each in packed.namelist() if each.endswith(".dist-info/METADATA")]
        declared = Parser().parsestr(packed.read(name).decode()).get_all("Requires-Dist") or []
    local = {line.split(">")[0].split("[")[0] for line in declared if "extra ==" in line}
    always = {line.split(">")[0] for line in declared if "extra ==" not in line}

    assert {"httpcore", "pydantic", "pyzeebe"} <= always
    assert {"boto3", "click", "moto"} <= local


def test_command_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """The installed command runs with the modules and the data of the wheel."""
    target = tmp_path / "installed"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(target)}
    command = [sys.executable, "-c", USE]
    used = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert used.returncode == 0, used.stderr
    assert used.stdout.strip() == "42"
