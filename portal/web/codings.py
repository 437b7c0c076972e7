"""The compressed forms of what is sent: the same bytes in the same form each time, whoever makes it and whenever."""

import gzip
from collections.abc import Callable, Mapping

import brotli
import zstandard

# Beyond these levels a page costs more time than it saves bytes.
_GZIP_LEVEL, _BROTLI_QUALITY, _ZSTD_LEVEL = 6, 4, 3


def coded(body: bytes, coding: str) -> bytes:
    """The bytes in this content coding; "" leaves them as they are. Raises KeyError for a coding that we do not speak."""
    return _CODERS[coding](body)


_CODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": lambda body: gzip.compress(body, _GZIP_LEVEL, mtime=0),
    "br": lambda body: brotli.compress(body, quality=_BROTLI_QUALITY),
    "zstd": lambda body: zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(body),
}
