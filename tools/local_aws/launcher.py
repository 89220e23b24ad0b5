"""The first code of every child process: tie its life to the parent's, then become the named module.

`python -P launcher.py PARENT_PID MODULE [ARGUMENT...]`. Linux kills the child when the parent dies, however
that happens and even while the child is frozen. It imports nothing of this package, which is not the child's.
"""

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the module as `__main__`, unless the parent is dead already."""
    parent, module, *arguments = sys.argv[1:]
    if sys.platform == "linux":  # to Linux the parent is the thread that started us: the event loop's
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before the line above took effect
        sys.exit(1)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
