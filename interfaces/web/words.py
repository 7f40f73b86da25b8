"""Dates, numbers and codes as a reader meets them on a page: English, unambiguous, the same everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from domain.dates import PartialDate

LEVELS = {
    "self_attested": "Not verified, the clinic’s own word",
    "documents_checked": "Documents checked by the society",
    "inspected": "Inspected by the society",
}
"""How far an attestation was verified, by its code."""

_ABBREVIATIONS = {"svf": "SVF", "prp": "PRP", "ipsc": "iPSC"}


def date_in_words(text: PartialDate) -> str:
    """Return a day, month, year or interval in words: 3 March 2026, March 2026, 2026, 1985 to 1989."""
    start, slash, end = text.partition("/")
    return f"{_one_date(start)} to {_one_date(end)}" if slash else _one_date(start)


def moment_in_words(moment: datetime) -> str:
    """Return a moment in UTC: 3 March 2026, 14:05 UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def number_in_words(number: int) -> str:
    """Return a whole number with its thousands set apart by a narrow space that does not break."""
    return f"{number:,}".replace(",", "\u202f")


def code_in_words(code: str) -> str:
    """Return a code as words: bone_marrow as bone marrow, intra_articular as intra-articular."""
    code = code.replace("intra_", "intra-")
    return " ".join(_ABBREVIATIONS.get(part, part) for part in code.split("_"))


def verification_in_words(code: str) -> str:
    """Return what a level of verification means."""
    return LEVELS.get(code, code_in_words(code))


def web_link(address: str | None) -> str | None:
    """Return the address if it may be a link: http or https with a host, nothing that a browser would run."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def _one_date(text: str) -> str:
    year, *rest = text.split("-")
    if not rest:
        return year
    first = date(int(year), int(rest[0]), int(rest[1]) if len(rest) > 1 else 1)
    return f"{first.day} {first:%B %Y}" if len(rest) > 1 else f"{first:%B %Y}"
