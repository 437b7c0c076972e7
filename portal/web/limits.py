"""Brakes against guessing and flooding, counted on the server: by address here, by account or code where a view says so."""

from ipaddress import IPv6Address, ip_address

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

_PREFIX_BITS = 64
_PATIENCE_SECONDS = 0.5


def visitor() -> str:
    """Where the request comes from, as it is counted: an IPv4 address, or the /64 network of an IPv6 one.

    One household or machine is handed a whole /64, so that counting single IPv6 addresses would count nothing.
    """
    address = get_remote_address()
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> _PREFIX_BITS << _PREFIX_BITS)}/{_PREFIX_BITS}"


def storage_options(url: str) -> dict[str, float]:
    """A server that vanished without a word must not hold a visitor for longer than this."""
    return {} if url.startswith("memory:") else {"socket_timeout": _PATIENCE_SECONDS, "socket_connect_timeout": _PATIENCE_SECONDS}


limiter = Limiter(
    visitor,
    headers_enabled=True,
    strategy="moving-window",
    # While Redis is away each process counts for itself, which is said once in the log; it is asked again at growing distances.
    in_memory_fallback_enabled=True,
    swallow_errors=True,  # the requests under way at that moment go uncounted: better than an error to a customer
)
limiter.logger.handlers.clear()  # it keeps what it has to say to itself; now it goes where all else goes
