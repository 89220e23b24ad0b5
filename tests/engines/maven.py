"""Fetches jars and what they depend on by Maven coordinates, once, into the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from tests.engines.availability import Unavailable

_FETCH_TIMEOUT_S: Final = 240


class Coordinates(NamedTuple):
    """What names an artifact in Maven's world."""

    group: str
    artifact: str
    version: str

    def xml(self, extra: str = "") -> str:
        parts = (("groupId", self.group), ("artifactId", self.artifact), ("version", self.version))
        inner = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in parts)
        return f"<dependency>{inner}{extra}</dependency>"


def fetch_jars(*wanted: Coordinates, pinned: tuple[Coordinates, ...] = ()) -> Path:
    """Return a folder with the jars of the artifacts and of all that they need at run time.

    Args:
        wanted: The artifacts.
        pinned: Bills of material that decide the versions of what the artifacts need.

    Raises:
        Unavailable: Maven is not installed, or does not get them.
    """
    pom = project_for(wanted, pinned)
    folder = _cache() / "jars" / f"{wanted[0].artifact}-{hashlib.sha256(pom.encode()).hexdigest()[:12]}"
    if not folder.exists():
        _fetch(pom, folder)
    return folder


def _fetch(pom: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("The Maven client mvn is not on the PATH")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        project = Path(scratch, "pom.xml")
        project.write_text(pom, encoding="utf-8")
        jars = Path(scratch, "jars")
        goal = "dependency:copy-dependencies"
        command = [
            maven,
            "-q",
            "-B",
            "-f",
            str(project),
            goal,
            f"-DoutputDirectory={jars}",
            "-DincludeScope=runtime",
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"Maven did not fetch the jars within {_FETCH_TIMEOUT_S} s") from None
        except subprocess.CalledProcessError as failed:
            raise Unavailable(f"Maven did not fetch the jars: {failed.stdout[-1000:]}") from None
        if not folder.exists():  # another process may have been faster
            jars.rename(folder)


def project_for(wanted: tuple[Coordinates, ...], pinned: tuple[Coordinates, ...]) -> str:
    """Return the project file of a project that needs the artifacts."""
    imports = "".join(bom.xml("<type>pom</type><scope>import</scope>") for bom in pinned)
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>local</groupId><artifactId>jars</artifactId><version>1</version>"
        f"<dependencyManagement><dependencies>{imports}</dependencies></dependencyManagement>"
        f"<dependencies>{''.join(artifact.xml() for artifact in wanted)}</dependencies></project>"
    )


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "apify-camunda"
