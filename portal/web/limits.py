"""Brakes against guessing and flooding, counted on the server: by address here, by account or code where a view says so."""

from ipaddress import IPv6Address, ip_address

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

_PREFIX_BITS = 64


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


limiter = Limiter(visitor, headers_enabled=True, strategy="moving-window")
