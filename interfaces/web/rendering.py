"""Templates become pages here; every page knows the site, the categories and whether the data are simulated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from interfaces.web import words
from interfaces.web.assets import Assets
from interfaces.web.categories import CATEGORIES, category
from interfaces.web.countries import country_name
from interfaces.web.freshness import is_withheld
from interfaces.web.page_source import ViewState


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the pages say about themselves."""

    name: str = "ICMS Registry"
    contact: str | None = None
    """Where a clinic writes to contest its entry: an e-mail or postal address, shown as text."""


class Pages:
    """Turn what was read into answers, each with an ETag that says what it was made from."""

    def __init__(self, site: Site, assets: Assets) -> None:
        self.simulated: bool | None = None
        """Whether the store is a simulated one; None until a state was seen. It never changes in a store's life."""
        self._environment = _environment(site, assets)
        self._made_with = _digest_of_templates(site, assets)

    def page(self, request: Request, template: str, state: ViewState, status: int = 200, **content: object) -> Response:
        """Return a page made from a state of the listing, or 304 when the reader's copy is still right."""
        self.simulated = state.simulated
        tag = self._tag(request, state)
        if status == 200 and _holds(request, tag):
            return Response(status_code=304, headers=_headers(tag))
        text = self.render(template, state=state, withheld=is_withheld(state), **content)
        return HTMLResponse(text, status, headers=_headers(tag) if status == 200 else {"cache-control": "no-store"})

    def data(self, request: Request, state: ViewState, content: Mapping[str, object], link: str = "") -> Response:
        """Return the same as JSON, with a `Link` to what follows (RFC 8288) if there is more."""
        self.simulated = state.simulated
        tag = self._tag(request, state)
        headers = _headers(tag) | ({"link": link} if link else {})
        if _holds(request, tag):
            return Response(status_code=304, headers=headers)
        return Response(_json(content), media_type="application/json", headers=headers)

    def render(self, template: str, **content: object) -> str:
        """Return a page as text."""
        return self._environment.get_template(template).render(
            simulated=bool(self.simulated), categories=CATEGORIES, **content
        )

    def table(self, request: Request, state: ViewState, text: str, link: str = "") -> Response:
        """Return the same as CSV (RFC 4180, UTF-8), with a `Link` to what follows if there is more."""
        self.simulated = state.simulated
        tag = self._tag(request, state)
        headers = _headers(tag) | ({"link": link} if link else {})
        if _holds(request, tag):
            return Response(status_code=304, headers=headers)
        return Response(text, media_type="text/csv; charset=utf-8; header=present", headers=headers)

    def _tag(self, request: Request, state: ViewState) -> str:
        made_from = (
            self._made_with,
            str(state.epoch),
            state.build,
            state.position,
            state.day,
            is_withheld(state),
            state.quarantined,
            state.simulated,
            request.url.path,
            request.url.query,
        )
        digest = hashlib.sha256(repr(made_from).encode()).hexdigest()[:24]
        return f'W/"{state.position}-{digest}"'


def json_ld(content: Mapping[str, object]) -> str:
    """Return JSON that can stand in an element of a page: it holds no character that could end it."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _headers(tag: str) -> dict[str, str]:
    return {"etag": tag, "cache-control": "no-cache"}


def _holds(request: Request, tag: str) -> bool:
    held = [value.strip() for value in request.headers.get("if-none-match", "").split(",")]
    return tag in held or "*" in held


def _json(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _environment(site: Site, assets: Assets) -> Environment:
    environment = Environment(
        loader=PackageLoader("interfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(site=site, asset=assets.address, category=category)
    environment.filters.update(
        code=words.code_in_words,
        country=country_name,
        date=words.date_in_words,
        moment=words.moment_in_words,
        number=words.number_in_words,
        verification=words.verification_in_words,
        web_link=words.web_link,
    )
    return environment


def _digest_of_templates(site: Site, assets: Assets) -> str:
    digest = hashlib.sha256(repr(site).encode())
    for template in sorted((files("interfaces.web") / "templates").iterdir(), key=lambda entry: entry.name):
        digest.update(template.read_bytes())
    for asset in sorted(assets.files.values(), key=lambda asset: asset.digest):
        digest.update(asset.digest.encode())
    return digest.hexdigest()[:16]
