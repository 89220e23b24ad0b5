"""`python -m feel_wheel DIRECTORY`: build the wheel `camunda-feel` into the directory, without network.

The language lives in the package of the connectors, where its modules import one another by their full names.
The wheel holds the same modules under the name `camunda_feel`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "layers" / "runtime" / "apify_camunda" / "feel"
LICENSE = Path(__file__).parents[2] / "LICENSE"
INSIDE = "apify_camunda.feel"
ALONE = "camunda_feel"

PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "camunda-feel"
version = "0.1.0"
description = "FEEL with the answers of Camunda's engine; pure Python, no dependency."
readme = "README.md"
requires-python = ">=3.11"
license = "Apache-2.0"
license-files = ["LICENSE"]

[tool.setuptools.packages.find]
include = ["camunda_feel*"]

[tool.setuptools.package-data]
camunda_feel = ["py.typed"]
"""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        write_project(project)
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        offline = ["--no-build-isolation", "--no-index", "--wheel-dir", arguments[0], str(project)]
        return subprocess.run([*command, *offline], check=False).returncode


def write_project(project: Path) -> None:
    """Write the sources of the wheel into an empty directory."""
    for source in SOURCE.rglob("*.py"):
        target = project / ALONE / source.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text("utf-8").replace(INSIDE, ALONE), "utf-8")
    (project / ALONE / "py.typed").touch()
    (project / "pyproject.toml").write_text(PROJECT, "utf-8")
    shutil.copy(SOURCE / "README.md", project)
    shutil.copy(LICENSE, project)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
