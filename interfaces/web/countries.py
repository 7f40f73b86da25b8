"""Countries by their ISO 3166-1 codes; names come from the tz database's table (iso3166.tab, public domain)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def country_names() -> dict[str, str]:
    """Return English short names by alpha-2 code."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t", 1) for line in table.splitlines() if not line.startswith("#"))
    return {code: name.strip() for code, name in rows}


def country_name(code: str) -> str:
    """Return a country's name, or the code itself where the table has no name for it."""
    return country_names().get(code, code)
