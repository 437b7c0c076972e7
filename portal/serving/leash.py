"""`python -m portal.serving.leash PROGRAM ...` becomes PROGRAM, which is ended by the kernel when its parent dies.

So that nothing is left behind even when the parent is killed outright. Elsewhere than on Linux it only becomes PROGRAM.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
