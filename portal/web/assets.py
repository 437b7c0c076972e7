"""Style sheets, scripts and pictures: read once at start, bundled, served from memory under addresses that name their content."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app

from portal.errors import NotFound
from portal.web.documents import Document, send

_SUFFIXES = {".css", ".js", ".svg", ".png", ".ico", ".webmanifest", ".woff2"}

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    body: bytes
    content_type: str
    version: str


def load(folder: Path) -> dict[str, Asset]:
    """The files of the static folder by their relative name, and of its style sheets three bundles.

    portal.css holds tokens, base, the blocks and print, in that order; console.css the blocks that only the console uses;
    frame.css the tokens and the blocks of what other sites show in a frame.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _SUFFIXES
    }
    blocks = [name for name in files if name.startswith("css/blocks/")]
    console = [name for name in blocks if name.startswith("css/blocks/console-")]
    frame = [name for name in blocks if name.startswith("css/blocks/frame-")]
    shared = [
        "css/tokens.css",
        "css/base.css",
        *(name for name in blocks if name not in {*console, *frame}),
        "css/print.css",
    ]
    files["portal.css"] = b"\n".join(files[name] for name in shared if name in files)
    files["frame.css"] = b"\n".join(files[name] for name in ("css/tokens.css", *frame) if name in files)
    files["console.css"] = b"\n".join(files[name] for name in console)
    return {name: _asset(name, body) for name, body in files.items() if not name.startswith("css/")}


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if name.endswith(".js"):
        kind = "text/javascript"
    textual = kind.startswith("text/") or kind == "image/svg+xml"
    return Asset(body, f"{kind}; charset=utf-8" if textual else kind, hashlib.sha256(body).hexdigest()[:12])


def init_app(app: Flask, folder: Path) -> None:
    app.extensions["portal.assets"] = load(folder)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = asset_url


def asset_url(name: str) -> str:
    """The address of an asset; it changes with the content, so that browsers may keep it for ever."""
    return f"/static/{_assets()[name].version}/{name}"


@blueprint.get("/static/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Pages of the release before still ask for its version: they get what there is now, but not for ever."""
    found = _assets().get(name)
    if found is None:
        raise NotFound(f"There is no file {name} here.")
    return send(_document(found, is_immutable=version == found.version))


def documents(app: Flask) -> dict[str, Document]:
    """Every asset by its address."""
    assets: dict[str, Asset] = app.extensions["portal.assets"]
    return {f"/static/{each.version}/{name}": _document(each, is_immutable=True) for name, each in assets.items()}


def _document(asset: Asset, *, is_immutable: bool) -> Document:
    return Document(asset.body, asset.content_type, max_age_seconds=60, is_immutable=is_immutable)


def _assets() -> dict[str, Asset]:
    assets: dict[str, Asset] = current_app.extensions["portal.assets"]
    return assets
