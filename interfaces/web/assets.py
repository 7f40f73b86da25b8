"""The few files that pages load: read once, addressed by their content, so that they may be kept for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file."""

    content: bytes
    media_type: str
    digest: str
    """First 16 hexadecimal digits of its SHA-256."""


class Assets:
    """Hold the static files of this package."""

    def __init__(self) -> None:
        folder = files("interfaces.web") / "static"
        self.files = {
            entry.name: _read(entry.name, entry.read_bytes())
            for entry in folder.iterdir()
            if entry.name.rpartition(".")[2] in _TYPES
        }

    def address(self, name: str) -> str:
        """Return the address of a file, which changes with its content."""
        return f"/static/{name}?v={self.files[name].digest}"

    def route(self) -> Route:
        """Return the route that serves the files."""
        return Route("/static/{name}", self._serve)

    def _serve(self, request: Request) -> Response:
        asset = self.files.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        named = request.query_params.get("v") == asset.digest
        headers = {
            "etag": f'"{asset.digest}"',
            "cache-control": "public, max-age=31536000, immutable" if named else "no-cache",
        }
        if f'"{asset.digest}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.media_type, headers=headers)


def _read(name: str, content: bytes) -> Asset:
    return Asset(content, _TYPES[name.rpartition(".")[2]], hashlib.sha256(content).hexdigest()[:16])
