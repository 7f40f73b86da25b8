"""The web process as one ASGI application. It reads and never writes; whatever it needs is handed in."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from domain.errors import RegistryError
from interfaces.web.assets import Assets
from interfaces.web.error_pages import ErrorPages
from interfaces.web.page_source import PageSource
from interfaces.web.public_pages import PublicPages
from interfaces.web.rendering import Pages, Site
from interfaces.web.security_headers import SecurityHeaders


def create_app(source: PageSource, *, site: Site | None = None, more_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Build the application; `more_routes` (the schema endpoint) come before the pages."""
    assets = Assets()
    pages = Pages(site or Site(), assets)
    errors = ErrorPages(source, pages)
    app = Starlette(
        routes=[*more_routes, assets.route(), *PublicPages(source, pages).routes()],
        middleware=[Middleware(SecurityHeaders), Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={
            RegistryError: errors.registry_error,
            HTTPException: errors.http_error,
            Exception: errors.fault,
        },
    )
    app.router.redirect_slashes = False
    return app
