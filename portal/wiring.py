"""The one place that picks real implementations."""

from portal.clock import SystemClock
from portal.config import Config
from portal.db import Database
from portal.phrases import Phrases
from portal.services import Services
from portal.vault import Vault


def build(config: Config) -> Services:
    """The services of an installation: system clock, the configured database, the installation's own keys."""
    config.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Services(
        config=config,
        clock=SystemClock(),
        database=Database(config.database_url),
        vault=Vault(config.secret_key),
        phrases=Phrases(),
    )
