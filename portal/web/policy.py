"""The headers that every answer carries, whoever gives it. Pure.

The policy has no nonce: public pages are shared and kept, so no script is inline.
"""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
_A_YEAR_SECONDS = 31_536_000


def headers(*, is_secure: bool) -> dict[str, str]:
    """What every answer carries; `is_secure` when visitors come over https."""
    found = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if is_secure:
        found["Strict-Transport-Security"] = f"max-age={_A_YEAR_SECONDS}; includeSubDomains"
    return found
