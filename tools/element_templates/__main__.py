"""`python -m element_templates`: generate the element templates, or check that they are up to date."""

from __future__ import annotations

import sys

from element_templates.build import FOLDER, drift, release, write

_USAGE = "usage: python -m element_templates [generate | check | release]"


def main(arguments: list[str]) -> int:
    """Carry out one command and return its exit code."""
    match arguments or ["generate"]:
        case ["generate"]:
            write()
            return 0
        case ["check"]:
            lines = drift()
            for line in lines:
                print(f"{FOLDER.name}/{line}; run: make templates", file=sys.stderr)
            return 1 if lines else 0
        case ["release"]:
            for copy in release():
                print(copy.relative_to(FOLDER.parent))
            return 0
        case _:
            print(_USAGE, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
