"""`python -m guide`: fill the tables of the guide, or check that they are up to date."""

from __future__ import annotations

import sys

from guide.tables import drift, write


def main(arguments: list[str]) -> int:
    """Carry out one command and return its exit code."""
    match arguments or ["generate"]:
        case ["generate"]:
            write()
            return 0
        case ["check"]:
            for path in drift():
                print(f"{path}: its tables are out of date; run: make guide", file=sys.stderr)
            return 1 if drift() else 0
        case _:
            print("usage: python -m guide [generate | check]", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
