"""What the door's own process serves: `granian --interface wsgi --factory portal.serving.door:create_door`."""

import gc
import os
from typing import TYPE_CHECKING

from portal import wiring
from portal.config import Config
from portal.connectors.door_app import door_application
from portal.starting import begun

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def create_door() -> "WSGIApplication":
    """The door of this installation. Needs no database at the start: what it knew before counts until there is one."""
    door = begun(lambda: door_application(wiring.build(Config.from_env(os.environ))))
    gc.freeze()  # what is there now stays; looking through it again and again would hold up who waits
    return door
