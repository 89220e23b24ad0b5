"""Generates the tables of Unicode's scripts and blocks for FEEL's regular expressions, from those of a JDK.

    python -m real_engines.unicode_tables layers/runtime/apify_camunda/feel/regex/unicode_tables.py

The tables are the answers of `java.lang.Character` because FEEL's patterns mean what they mean in Java. They
must come from a JDK whose version of Unicode is the one that the tables state.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

from .availability import Unavailable
from .jdk import Jdk, find_jdk

JDKS: Final = {24: "16.0", 25: "16.0"}
"""The feature versions of the JDK that may generate the tables, each with its version of Unicode."""
_PROGRAM: Final = Path(__file__).with_name("java") / "UnicodeTables.java"
_OPEN: Final = ("--add-opens", "java.base/java.lang=ALL-UNNAMED")
_LEFT_OUT: Final = "UNKNOWN"
"""The script of the code points without a character; its table would be the longest."""
_TABLE: Final = 'Final = """\n(.*?)\n"""'
_WIDTH: Final = 109


def jdk_of_the_tables() -> Jdk:
    """Return a JDK with the Unicode version of the tables.

    Raises:
        Unavailable: the newest JDK of this machine has another version of Unicode.
    """
    jdk = find_jdk(min(JDKS))
    if jdk.version not in JDKS:
        raise Unavailable(
            f"The tables are made by a JDK {' or '.join(map(str, JDKS))} (Unicode {JDKS[min(JDKS)]}); "
            f"the newest JDK of this machine is {jdk.version} in {jdk.home}."
        )
    return jdk


def rows_of(jdk: Jdk) -> list[str]:
    """Return the scripts and blocks of a JDK, one in a line, as UnicodeTables.java prints them."""
    command = [str(jdk.java), *_OPEN, str(_PROGRAM)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def generated(source: str, lines: list[str]) -> str:
    """Return the text of the module `unicode_tables` with the given scripts and blocks."""
    for name, kind in (("SCRIPTS", "SCRIPT"), ("BLOCKS", "BLOCK")):
        rows = [line.removeprefix(f"{kind} ") for line in lines if line.startswith(f"{kind} ")]
        table = "; ".join(row for row in rows if not row.startswith(_LEFT_OUT))
        wrapped = textwrap.fill(table, _WIDTH, break_long_words=False, break_on_hyphens=False)
        source, found = re.subn(
            f"{name}: {_TABLE}", f'{name}: Final = """\n{wrapped}\n"""', source, flags=re.DOTALL
        )
        if found != 1:
            raise ValueError(f"The module has {found} tables of the name {name}; it must have one.")
    return source


def main() -> None:
    """Write the tables of this machine's JDK into the file that is named."""
    path = Path(sys.argv[1])
    path.write_text(
        generated(path.read_text(encoding="utf-8"), rows_of(jdk_of_the_tables())), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
