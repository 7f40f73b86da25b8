"""What may stand in the address of a page: checked here, before anything else sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import QueryParams

from domain.errors import InvalidInput
from interfaces.web.categories import CATEGORIES
from interfaces.web.countries import country_names
from interfaces.web.page_source import ListingQuery

FIELDS = ("name", "country", "category", "after", "min_position")
"""Fields of a search, in the order of their links."""

LONGEST_NAME = 100
LONGEST_MARK = 600
LARGEST_POSITION = 2**63 - 1
_CODES = frozenset(shown.code for shown in CATEGORIES)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def listing_query(parameters: QueryParams, *, strict: bool) -> ListingQuery:
    """Check the fields of a search; raise InvalidInput naming the field.

    A strict reading (for programs) refuses fields that are none: a misspelt filter would return everything. People's
    addresses gather foreign fields as they are passed on, so there these are passed over.
    """
    if strict:
        refuse_unknown(parameters, FIELDS)
    country = _single(parameters, "country").upper()
    if country and country not in country_names():
        raise InvalidInput(field="country", problem=f"{_short(country)} is no country code; write two letters, as PT")
    category = _single(parameters, "category")
    if category and category not in _CODES:
        raise InvalidInput(field="category", problem=f"{_short(category)} is no category; choose one of the list")
    return ListingQuery(
        name=" ".join(_single(parameters, "name", LONGEST_NAME).split()) or None,
        country=country or None,
        category=category or None,
        after=_single(parameters, "after", LONGEST_MARK) or None,
        min_position=min_position(parameters),
    )


def refuse_unknown(parameters: QueryParams, known: Collection[str]) -> None:
    """Refuse a field that this address does not have."""
    for field in parameters:
        if field not in known:
            raise InvalidInput(field=_short(field), problem=f"there is no such field; use {', '.join(known)}")


def min_position(parameters: QueryParams) -> int | None:
    """Return the position that the answer must hold, if one was asked for; raise InvalidInput."""
    text = _single(parameters, "min_position")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > LARGEST_POSITION:
        raise InvalidInput(field="min_position", problem=f"{_short(text)} is no position; write a whole number")
    return int(text)


def clinic_id(text: str) -> UUID:
    """Read a clinic's id; raise InvalidInput."""
    if not _UUID.fullmatch(text):
        raise InvalidInput(field="clinic_id", problem=f"{_short(text)} is no clinic's id")
    return UUID(text)


def address(path: str, query: ListingQuery, **changes: str | None) -> str:
    """Return the address of a search; the same search always has the same one. A change of None drops the field."""
    values: dict[str, str | int | None] = {field: getattr(query, field) for field in FIELDS}
    values.update(changes)
    pairs = [(field, str(value)) for field, value in values.items() if value is not None]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _single(parameters: QueryParams, field: str, longest: int = 40) -> str:
    values = parameters.getlist(field)
    if len(values) > 1:
        raise InvalidInput(field=field, problem="it was given more than once")
    text = values[0] if values else ""
    if len(text) > longest:
        raise InvalidInput(field=field, problem=f"it has {len(text)} characters; at most {longest} are allowed")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidInput(field=field, problem="it contains a control character")
    return text.strip()


def _short(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "…")
