import sys

from portal.app import create_app
from portal.errors import Invalid

try:
    app = create_app()
except Invalid as error:  # settings that cannot be taken: all are said at once, without a traceback
    sys.stderr.write("\n".join(["These settings cannot be taken:", *(f"  {fault}" for fault in error.faults), ""]))
    sys.exit(2)
