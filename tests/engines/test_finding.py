"""Finding a JDK, and describing to Maven what is wanted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from real_engines import Unavailable
from real_engines.jdk import Jdk, jdk_at
from real_engines.maven import Coordinates, project_for

from tests.engines.availability import available_or_skip


def installed(home: Path, version: str, *, compiles: bool = True) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    if compiles:
        (home / "bin" / "javac").touch()
    (home / "release").write_text(f'IMPLEMENTOR="Acme"\nJAVA_VERSION="{version}"\n', encoding="utf-8")
    return home


@pytest.mark.parametrize(("text", "version"), [("21.0.8", 21), ("25", 25), ("1.8.0_452", 8)])
def test_version_of_a_jdk(tmp_path: Path, text: str, version: int) -> None:
    """The feature version is read from the file `release`, in its old form too."""
    home = installed(tmp_path / "jdk", text)
    assert jdk_at(home) == Jdk(home.resolve(), version)


def test_folders_that_are_not_a_jdk(tmp_path: Path) -> None:
    """A JRE runs no source files, and an empty folder nothing."""
    assert jdk_at(installed(tmp_path / "jre", "21", compiles=False)) is None
    assert jdk_at(tmp_path) is None


def test_project_names_artifacts_and_pins() -> None:
    """Wanted artifacts are dependencies, pinned ones are imported as bills of material."""
    wanted, pinned = Coordinates("org.acme", "engine", "1.2"), Coordinates("org.acme", "bom", "3")
    project = ET.fromstring(project_for((wanted,), (pinned,)))
    name = "{http://maven.apache.org/POM/4.0.0}"
    dependencies = project.findall(f"{name}dependencies/{name}dependency/{name}artifactId")
    managed = project.findall(f"{name}dependencyManagement/{name}dependencies/{name}dependency/{name}scope")
    assert [found.text for found in dependencies] == ["engine"]
    assert [found.text for found in managed] == ["import"]


def test_what_is_missing_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is not there skips the test with its reason; on CI the test fails."""

    def find() -> None:
        raise Unavailable("no such part")

    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="no such part"):
        available_or_skip(find)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such part"):
        available_or_skip(find)
