"""How each program of the portal begins: what it writes is private, and settings that cannot be taken are said in plain words."""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from portal.errors import Invalid, Unavailable

Application = TypeVar("Application")


def begun(create: Callable[[], Application]) -> Application:
    """The application that this makes; ends the program with one line a fault when it cannot be made."""
    os.umask(0o077)  # databases hold what customers wrote: nobody else on the machine reads what is made from here on
    try:
        return create()
    except Invalid as error:  # settings that cannot be taken: all are said at once, without a traceback
        sys.stderr.write("\n".join(["These settings cannot be taken:", *(f"  {fault}" for fault in error.faults), ""]))
        sys.exit(2)
    except Unavailable as error:  # settings that are right, with a database that is not for them
        sys.stderr.write(f"Error: {error.message}\n")
        sys.exit(1)
