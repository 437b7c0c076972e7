"""Brakes against guessing and flooding, counted on the server: by address here, by account or code where a view says so."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=True, strategy="moving-window")
