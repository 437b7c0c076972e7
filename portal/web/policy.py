"""The headers that every answer carries, whoever gives it. Pure.

The policy has no nonce: public pages are shared and kept, so no script is inline.
"""

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
_A_YEAR_SECONDS = 31_536_000


def content_policy(**directives: str) -> str:
    """The policy, with these directives instead of its own: `frame_ancestors="*"` for what other sites may show in a frame."""
    named = {name.replace("_", "-"): value for name, value in directives.items()}
    return "; ".join(f"{name} {value}" for name, value in {**_DIRECTIVES, **named}.items())


_POLICY = content_policy()


def headers(*, is_secure: bool, content: str = _POLICY) -> dict[str, str]:
    """What every answer carries; `is_secure` when visitors come over https. `content` is its policy for contents."""
    found = {
        "Content-Security-Policy": content,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if is_secure:
        found["Strict-Transport-Security"] = f"max-age={_A_YEAR_SECONDS}; includeSubDomains"
    return found
