"""What the web server serves: published documents from memory from the first moment, and the application behind them.

The documents need neither Flask nor a database. The application takes longer to load, so it is loaded meanwhile.
"""

import importlib
import logging
import os
from collections.abc import Iterable
from threading import Event, Thread
from typing import TYPE_CHECKING

from portal.clock import SystemClock
from portal.config import Config
from portal.errors import Unavailable
from portal.publication.front import Front
from portal.publication.keeper import Keeper
from portal.publication.places import Places
from portal.web import policy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATIENCE_SECONDS = 20
_AGAIN_AFTER_SECONDS = 2

logger = logging.getLogger(__name__)


def front() -> Front:
    """The WSGI application of a web process, as its server asks for it once."""
    config = Config.from_env(os.environ)
    keeper = Keeper(config.public_folder, SystemClock())
    keeper.start()
    headers = list(policy.headers(is_secure=config.is_secure).items())
    return Front(LateApplication(), keeper, headers, Places(config.threads))


class LateApplication:
    """`wsgi.app`, loaded in a thread of its own. Who asks before it is there waits; one that cannot be loaded is tried again.

    Raises Unavailable when it is not there in time. Once it could not be loaded nobody waits for it any more, because the
    database may be away for hours.
    """

    def __init__(self) -> None:
        self._app: WSGIApplication | None = None
        self._is_known = Event()  # that it is there, or that it cannot be there now
        Thread(target=self._load, name="application loader", daemon=True).start()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if self._app is None:
            self._is_known.wait(_PATIENCE_SECONDS)
        if self._app is None:
            raise Unavailable("The application cannot be loaded now.")
        return self._app(environ, start_response)

    def _load(self) -> None:
        while self._app is None:
            try:
                self._app = importlib.import_module("wsgi").app
            except BaseException:  # also SystemExit, with which wsgi refuses settings and databases
                logger.exception("The application cannot be loaded; it is tried again in %s s", _AGAIN_AFTER_SECONDS)
                self._is_known.set()
                Event().wait(_AGAIN_AFTER_SECONDS)
        self._is_known.set()
