"""Finds a JDK that can run Camunda's parts, and Java programs of one source file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from .availability import Unavailable

OLDEST: Final = 21
"""Camunda 8.8 is compiled for Java 21."""


@dataclass(frozen=True, slots=True)
class Jdk:
    """A JDK: where it is installed, and its feature version, such as 21."""

    home: Path
    version: int

    @property
    def java(self) -> Path:
        return self.home / "bin" / "java"

    @property
    def javac(self) -> Path:
        return self.home / "bin" / "javac"


@cache
def find_jdk(oldest: int = OLDEST) -> Jdk:
    """Return the newest JDK of JAVA_HOME, /usr/lib/jvm and PATH.

    Raises:
        Unavailable: none is new enough.
    """
    found = [jdk for jdk in map(jdk_at, _homes()) if jdk is not None]
    fitting = [jdk for jdk in found if jdk.version >= oldest]
    if not fitting:
        versions = ", ".join(f"{jdk.version} in {jdk.home}" for jdk in found) or "none"
        raise Unavailable(
            f"There is no JDK {oldest} or newer in JAVA_HOME, /usr/lib/jvm and PATH (found: {versions}). "
            "Install one, for example Temurin, and set JAVA_HOME."
        )
    return max(fitting, key=lambda jdk: jdk.version)


def _homes() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    yield from sorted(Path("/usr/lib/jvm").glob("*"))
    if javac := shutil.which("javac"):
        yield Path(javac).resolve().parent.parent


def jdk_at(home: Path) -> Jdk | None:
    """Return the JDK that is installed there; None for a JRE, which cannot compile."""
    release = home / "release"
    if not (home / "bin" / "javac").exists() or not release.exists():
        return None
    version = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', release.read_text(), re.MULTILINE)
    return Jdk(home.resolve(), int(version[1])) if version else None
