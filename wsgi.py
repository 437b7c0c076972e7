import os
import sys

from portal.app import create_app
from portal.errors import Invalid, Unavailable

os.umask(0o077)  # databases hold what customers wrote: nobody else on the machine reads what is made from here on

try:
    app = create_app()
except Invalid as error:  # settings that cannot be taken: all are said at once, without a traceback
    sys.stderr.write("\n".join(["These settings cannot be taken:", *(f"  {fault}" for fault in error.faults), ""]))
    sys.exit(2)
except Unavailable as error:  # settings that are right, with a database that is not for them
    sys.stderr.write(f"Error: {error.message}\n")
    sys.exit(1)
