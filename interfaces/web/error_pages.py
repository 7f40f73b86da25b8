"""Every failure becomes an answer: what happened, what is still safe, what to do next. None shows a trace."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.errors import InvalidInput, NotFound, NotPermitted, Refused, RegistryError, Unavailable
from interfaces.web.page_source import PageSource
from interfaces.web.rendering import Pages
from interfaces.web.security_headers import HEADERS

STATUS: tuple[tuple[type[RegistryError], int], ...] = (
    (InvalidInput, 400),
    (NotPermitted, 403),
    (NotFound, 404),
    (Refused, 409),
    (Unavailable, 503),
)
"""HTTP status of each family of refusals."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, for a person and for a program (RFC 9457)."""

    status: int
    title: str
    what: str
    next_step: str
    field: str | None = None
    kind: str = "about:blank"


class ErrorPages:
    """Answer failures in the reader's form: a page, or problem+json where the address asks for data."""

    def __init__(self, source: PageSource, pages: Pages) -> None:
        self._source = source
        self._pages = pages

    def registry_error(self, request: Request, error: Exception) -> Response:
        """Answer a refusal that has a name."""
        assert isinstance(error, RegistryError)
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
        if status >= 500:
            _log.warning("request_failed", path=request.url.path, error=error.name)
        return self._answer(request, _problem(error, status))

    def http_error(self, request: Request, error: Exception) -> Response:
        """Answer what the router refuses: no such address, a method that an address does not have."""
        assert isinstance(error, HTTPException)
        problem = _router_problem(error.status_code)
        return self._answer(request, problem, dict(error.headers or {}))

    def fault(self, request: Request, error: Exception) -> Response:
        """Answer a defect of ours. It is made outside the middleware, so it brings the security headers itself."""
        _log.error("request_faulted", path=request.url.path, error=type(error).__name__)
        return self._answer(request, _FAULT, HEADERS)

    def _answer(self, request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
        headers = {"cache-control": "no-store", **(headers or {})}
        if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["retry-after"] = "10"
        if request.url.path.endswith(".json") or request.url.path == "/health":
            return Response(_problem_json(problem), problem.status, headers, "application/problem+json")
        self._learn_whether_simulated(problem)
        text = self._pages.render("problem.html", problem=problem)
        return HTMLResponse(text, problem.status, headers)

    def _learn_whether_simulated(self, problem: Problem) -> None:
        """See to the banner on an error that is the first page shown; one of the database's must not ask it again."""
        if self._pages.simulated is None and problem.status < 500:
            with suppress(Unavailable):
                self._pages.simulated = self._source.state().simulated


_FAULT = Problem(
    status=500,
    title="Something went wrong on our side",
    what="This page could not be made. The registry’s records are not affected by it.",
    next_step="Please try again in a few minutes.",
)


def _problem(error: RegistryError, status: int) -> Problem:
    kind = f"urn:icms:problem:{error.name}"
    match error:
        case InvalidInput():
            return Problem(
                status=status,
                title="This address cannot be understood",
                what=str(error),
                next_step="Correct the field named above, or start again from the listing.",
                field=str(error.facts.get("field", "")),
                kind=kind,
            )
        case Unavailable():
            title = "The listing cannot be read at the moment"
        case NotFound():
            title = "Not found"
        case _:
            title = "This is not possible"
    return Problem(status=status, title=title, what=str(error), next_step="Please try again later.", kind=kind)


def _router_problem(status: int) -> Problem:
    match status:
        case 404:
            return Problem(
                status=404,
                title="There is no such page",
                what="Nothing is published at this address.",
                next_step="Start from the listing.",
            )
        case 405:
            return Problem(
                status=405,
                title="These pages can only be read",
                what="This address does not take that kind of request. Nothing was changed.",
                next_step="Open the address in a browser, or use GET.",
            )
        case _:
            phrase = HTTPStatus(status).phrase
            return Problem(status=status, title=phrase, what=f"The request was refused: {phrase}.", next_step="")


def _problem_json(problem: Problem) -> bytes:
    content: dict[str, object] = {
        "type": problem.kind,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.what,
    }
    if problem.field:
        content["errors"] = [{"parameter": problem.field, "detail": problem.what}]
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()
