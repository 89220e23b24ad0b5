"""Fetches what is published by Maven coordinates, once, into the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from .availability import Unavailable

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
    folder = cache() / "jars" / f"{wanted[0].artifact}-{hashlib.sha256(pom.encode()).hexdigest()[:12]}"
    if not folder.exists():
        _fetch(pom, folder)
    return folder


def fetch_archive(wanted: Coordinates) -> Path:
    """Return the folder that the artifact, published as a tar.gz, unpacks to.

    Raises:
        Unavailable: Maven is not installed, or does not get it.
    """
    folder = cache() / "archives" / f"{wanted.artifact}-{wanted.version}"
    if not folder.exists():
        with _scratch(folder) as scratch:
            source = f"{wanted.group}:{wanted.artifact}:{wanted.version}:tar.gz"
            _run_maven("dependency:copy", f"-Dartifact={source}", f"-DoutputDirectory={scratch / 'packed'}")
            [archive] = (scratch / "packed").iterdir()
            with tarfile.open(archive) as packed:
                packed.extractall(scratch / "unpacked", filter="data")
            _keep(scratch / "unpacked", folder)
    [inner] = folder.iterdir()
    return inner


def cache() -> Path:
    """Return the folder of the user's cache in which our parts lie."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "apify-camunda"


def project_for(wanted: tuple[Coordinates, ...], pinned: tuple[Coordinates, ...]) -> str:
    """Return the project file of a project that needs the artifacts."""
    imports = "".join(bom.xml("<type>pom</type><scope>import</scope>") for bom in pinned)
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>local</groupId><artifactId>jars</artifactId><version>1</version>"
        f"<dependencyManagement><dependencies>{imports}</dependencies></dependencyManagement>"
        f"<dependencies>{''.join(artifact.xml() for artifact in wanted)}</dependencies></project>"
    )


def _fetch(pom: str, folder: Path) -> None:
    with _scratch(folder) as scratch:
        project, jars = scratch / "pom.xml", scratch / "jars"
        project.write_text(pom, encoding="utf-8")
        options = ("-f", str(project), f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
        _run_maven("dependency:copy-dependencies", *options)
        _keep(jars, folder)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Give a folder on the same disk as `folder`, which is gone afterwards."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as scratch:
        yield Path(scratch)


def _keep(made: Path, folder: Path) -> None:
    """Move what was made to its place, unless another process was faster."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _run_maven(goal: str, *options: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable("The Maven client mvn is not on the PATH. Install Maven.")
    command = [maven, "-q", "-B", goal, *options]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"Maven did not fetch it within {_FETCH_TIMEOUT_S} s: {goal}") from None
    except subprocess.CalledProcessError as failed:
        raise Unavailable(f"Maven did not fetch it: {failed.stdout[-1000:]}") from None
