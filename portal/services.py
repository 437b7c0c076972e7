"""What a request, a job or a command can reach. `portal/wiring.py` is the one place that picks the real things."""

from dataclasses import dataclass

from flask import current_app

from portal.clock import Clock
from portal.config import Config
from portal.db import Database
from portal.phrases import Phrases
from portal.vault import Vault


@dataclass(frozen=True)
class Services:
    config: Config
    clock: Clock
    database: Database
    vault: Vault
    phrases: Phrases


def current() -> Services:
    """The services of the running application."""
    services: Services = current_app.extensions["portal"]
    return services
