"""The pages that anybody may read, and their JSON twins: what domain.md allows in public, and nothing else."""

from __future__ import annotations

import dataclasses

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import NotFound
from domain.listing_category import ListingCategory
from interfaces.web import listing_query
from interfaces.web.categories import PARTICIPATES, category
from interfaces.web.countries import country_name
from interfaces.web.data_twins import clinic_data, clinic_json_ld, entry_data, listing_csv, state_data
from interfaces.web.freshness import is_withheld, shown_clinic, shown_entry
from interfaces.web.page_source import ClinicView, ListingAnswer, ListingQuery, PageSource, ViewState
from interfaces.web.rendering import Pages, json_ld


class ClinicNotListed(NotFound):
    """No entry is published under the clinic's id {id}."""

    remedy = "That a clinic has no entry says nothing about it."


class PublicPages:
    """Answer the public addresses from a source of facts."""

    def __init__(self, source: PageSource, pages: Pages) -> None:
        self._source = source
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        """Return the public routes; the more particular stand first."""
        return [
            Route("/", self.listing),
            Route("/listing.json", self.listing_data),
            Route("/listing.csv", self.listing_table),
            Route("/clinics/{clinic_id}.json", self.clinic_data),
            Route("/clinics/{clinic_id}", self.clinic),
            Route("/about", self.about),
            Route("/health", self.health),
            Route("/robots.txt", self.robots),
        ]

    def listing(self, request: Request) -> Response:
        """Show the listing, or the part of it that was searched for."""
        query = listing_query.listing_query(request.query_params, strict=False)
        answer = self._search(query)
        return self._pages.page(
            request,
            "listing.html",
            answer.state,
            query=query,
            answer=answer,
            countries=_countries(query, answer),
            first_page=listing_query.address("/", query, after=None, min_position=None),
            next_page=_next_page("/", query, answer),
            data_twin=listing_query.address("/listing.json", query),
            table_twin=listing_query.address("/listing.csv", query),
        )

    def listing_data(self, request: Request) -> Response:
        """Return the same page of the listing as JSON."""
        query = listing_query.listing_query(request.query_params, strict=True)
        answer = self._search(query)
        following = _next_page("/listing.json", query, answer)
        content = {
            "state": state_data(answer.state),
            "total": answer.total,
            "first": answer.first,
            "entries": [entry_data(entry) for entry in answer.entries],
            "next": following,
        }
        return self._pages.data(request, answer.state, content, f'<{following}>; rel="next"' if following else "")

    def listing_table(self, request: Request) -> Response:
        """Return the same page of the listing as CSV, one line for each published entry."""
        query = listing_query.listing_query(request.query_params, strict=True)
        answer = self._search(query)
        following = _next_page("/listing.csv", query, answer)
        link = f'<{following}>; rel="next"' if following else ""
        return self._pages.table(request, answer.state, listing_csv(answer.entries), link)

    def clinic(self, request: Request) -> Response:
        """Show one listed clinic, or say that no entry is published."""
        clinic_id = listing_query.clinic_id(request.path_params["clinic_id"])
        answer = self._source.clinic(clinic_id, listing_query.min_position(request.query_params))
        if answer.clinic is None:
            return self._pages.page(request, "not_listed.html", answer.state, status=404)
        shown = shown_clinic(answer.clinic, answer.state)
        return self._pages.page(
            request,
            "clinic.html",
            answer.state,
            clinic=shown,
            enrolled=any(_says_enrolled(each.category) for each in answer.clinic.entry.statements),
            participation_told=any(not category(each.category).of_safety for each in shown.entry.statements),
            json_ld=json_ld(clinic_json_ld(shown)),
        )

    def clinic_data(self, request: Request) -> Response:
        """Return the same clinic as JSON."""
        listing_query.refuse_unknown(request.query_params, ("min_position",))
        clinic_id = listing_query.clinic_id(request.path_params["clinic_id"])
        answer = self._source.clinic(clinic_id, listing_query.min_position(request.query_params))
        if answer.clinic is None:
            raise ClinicNotListed(id=clinic_id)
        shown: ClinicView = shown_clinic(answer.clinic, answer.state)
        content = {"state": state_data(answer.state), "clinic": clinic_data(shown)}
        return self._pages.data(request, answer.state, content)

    def about(self, request: Request) -> Response:
        """Explain how the listing is to be read, where it comes from and how it is contested."""
        return self._pages.page(request, "about.html", self._source.state())

    def health(self, _: Request) -> Response:
        """Say how far the listing is; 503 (by the error pages) when the database does not answer."""
        return JSONResponse(state_data(self._source.state()), headers={"cache-control": "no-store"})

    def robots(self, _: Request) -> Response:
        """Keep search engines away from simulated clinics, and from the data twins."""
        state: ViewState = self._source.state()
        refused = ("/",) if state.simulated else ("/*.json", "/*.csv")
        lines = "".join(f"Disallow: {each}\n" for each in refused)
        return PlainTextResponse(f"User-agent: *\n{lines}", headers={"cache-control": "no-cache"})

    def _search(self, query: ListingQuery) -> ListingAnswer:
        answer = self._source.search(query)
        if is_withheld(answer.state) and query.category == PARTICIPATES:
            return dataclasses.replace(answer, entries=(), total=0, next_mark=None)
        entries = tuple(shown_entry(entry, answer.state) for entry in answer.entries)
        return dataclasses.replace(answer, entries=entries)


def _says_enrolled(code: str) -> bool:
    return ListingCategory(code).enrolled


def _next_page(path: str, query: ListingQuery, answer: ListingAnswer) -> str | None:
    """Return the address of the page that follows. It asks for no position: it stays right when it is passed on."""
    if answer.next_mark is None:
        return None
    return listing_query.address(path, query, after=answer.next_mark, min_position=None)


def _countries(query: ListingQuery, answer: ListingAnswer) -> list[tuple[str, str]]:
    """Return code and name of the countries to choose from: those with an entry, and the one that was asked for."""
    codes = {*answer.countries, *((query.country,) if query.country else ())}
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])
