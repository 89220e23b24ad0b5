"""The first code of every Java process: tie its life to the parent's, then become the program.

`python -P exec_bound_to_parent.py PARENT_PID PROGRAM [ARGUMENT...]`. Linux kills the program when the parent
dies, however that happens. It imports nothing of this package.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become the program, unless the parent is dead already."""
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the line above took effect
        sys.exit(1)
    os.execv(program, [program, *arguments])


if __name__ == "__main__":
    main()
