"""What is known of a clinic itself, checked as a whole, and the keys that two records of one clinic share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.codes import Code
from domain.countries import COUNTRY_CODES
from domain.errors import InvalidInput
from domain.plain_text import require_plain
from domain.treatment_codes import CellOrigin, IndicationCategory, Route


class FoundIn(Code):
    """Where the society found a clinic."""

    unrecognised = "unrecognised"
    own_application = "own_application"
    patient = "patient"
    professional = "professional"
    regulator = "regulator"
    trial_register = "trial_register"
    publication = "publication"
    website = "website"
    advertisement = "advertisement"
    data_import = "data_import"
    other = "other"


class MatchKind(Code):
    """What two clinics have in common when they may be one."""

    unrecognised = "unrecognised"
    licence = "licence"
    web_domain = "web_domain"
    address = "address"
    judgement = "judgement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Permission to practise."""

    number: str
    """Number as written on it."""
    issuer: str
    """Who issued it."""

    def __post_init__(self) -> None:
        _require_words("licences.number", self.number)
        _require_words("licences.issuer", self.issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where the clinic treats."""

    site_id: UUID
    """Random id; treatments name it."""
    address: str
    """Postal address."""
    name: str | None = None
    """What the clinic calls it."""

    def __post_init__(self) -> None:
        _require_words("sites.address", self.address)
        require_plain("sites.name", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A treatment the clinic offers; an empty field means that it doesn't say."""

    indication: IndicationCategory | None = None
    """For what."""
    origin: CellOrigin | None = None
    """With cells from where."""
    route: Route | None = None
    """By which route."""

    def __post_init__(self) -> None:
        for code in (self.indication, self.origin, self.route):
            if code is not None and code.value == "unrecognised":
                raise InvalidInput(field="services", problem="has a code that is not in its list")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKey:
    """A normalised text that is equal for two records of the same clinic; stored as HMAC only."""

    kind: MatchKind
    """What it was made from."""
    text: str
    """The normalised text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDetails:
    """Everything known of a clinic but the names of its people, which are sealed."""

    legal_name: str
    """Name of the legal person."""
    trading_names: tuple[str, ...] = ()
    """Names under which it appears in public."""
    country: str
    """ISO 3166-1 alpha-2 code, such as `DE`."""
    region: str | None = None
    """State, province or canton."""
    city: str | None = None
    """Town of its seat."""
    time_zone: str
    """IANA time zone, such as `Europe/Berlin`; its days are the clinic's days."""
    sites: tuple[Site, ...] = ()
    """Places where it treats."""
    website: str | None = None
    """Address of its website, http or https."""
    licences: tuple[Licence, ...] = ()
    """Licences with issuer."""
    laboratories: tuple[str, ...] = ()
    """Laboratories it works with, as stated."""
    ethics_body: str | None = None
    """Ethics body that oversees it."""
    services: tuple[Service, ...] = ()
    """What it offers."""

    def __post_init__(self) -> None:
        _require_words("legal_name", self.legal_name)
        for field in ("region", "city", "ethics_body", "website"):
            require_plain(field, getattr(self, field))
        for field in ("trading_names", "laboratories"):
            for name in getattr(self, field):
                _require_words(field, name)
        if self.country not in COUNTRY_CODES:
            raise InvalidInput(field="country", problem="it is no ISO 3166-1 alpha-2 code, such as CH")
        require_time_zone(self.time_zone)
        site_ids = [site.site_id for site in self.sites]
        if len(set(site_ids)) != len(site_ids):
            raise InvalidInput(field="sites", problem="has a site id twice")
        if self.website is not None:
            web_domain(self.website)

    def match_keys(self) -> tuple[MatchKey, ...]:
        """Return the keys that another record of the same clinic would share, each once."""
        keys = [
            MatchKey(kind=MatchKind.licence, text=f"{_plain(each.issuer)}|{_plain(each.number)}")
            for each in self.licences
        ]
        if self.website is not None:
            keys.append(MatchKey(kind=MatchKind.web_domain, text=web_domain(self.website)))
        keys += (MatchKey(kind=MatchKind.address, text=f"{self.country}|{_plain(site.address)}") for site in self.sites)
        return tuple(dict.fromkeys(keys))


def web_domain(website: str) -> str:
    """Return the host of a website without `www.`; raise InvalidInput when it has none."""
    try:
        parts = urlsplit(website)
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        host = ""
    if not host or "." not in host or parts.scheme not in ("http", "https") or re.search(r"\s", website):
        raise InvalidInput(field="website", problem="it is no address of a website; write https://…")
    return host


def _plain(text: str) -> str:
    """Leave letters and digits alone, so that case, blanks and punctuation make no difference."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _require_words(field: str, text: str) -> None:
    require_plain(field, text)
    if not text.strip():
        raise InvalidInput(field=field, problem="is empty")
    if len(text) > 500:
        raise InvalidInput(field=field, problem="has more than 500 characters")


def require_time_zone(name: str) -> None:
    """Refuse a name that is no IANA time zone; raise InvalidInput."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(field="time_zone", problem="it is no IANA time zone, such as Asia/Tokyo") from None
