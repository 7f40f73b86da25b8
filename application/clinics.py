"""Commands about who a clinic is: identified, described, corrected, suspected to be another, out of scope, gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from application.acting import person_subject
from application.clinic_acts import BY_SOCIETY, ClinicCommand, act
from application.command import Command, Desk
from domain.clinic import Clinic
from domain.clinic_details import ClinicDetails, FoundIn, Licence, MatchKind, Service, Site
from domain.codes import Reason, Role
from domain.dates import PartialDate, day, partial_date
from domain.errors import InvalidInput
from domain.identification import OutOfScopeGround, SuccessorMergedAway
from domain.personal import CorrectionWords, MedicalDirector


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """A place where a clinic treats, as a person enters it."""

    address: str
    """Postal address."""
    name: str | None = None
    """What the clinic calls it."""
    site_id: UUID | None = None
    """Id of a site known already; a new one gets its id."""

    def site(self, desk: Desk) -> Site:
        """Return the site, with a random id if it is new."""
        return Site(site_id=self.site_id or desk.new_id(), address=self.address, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyClinic(Command):
    """Begin a clinic's history; an equal licence, web domain or address elsewhere raises a suspicion."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "identify"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    legal_name: str
    """Name of the legal person."""
    country: str
    """ISO 3166-1 alpha-2 code, such as `DE`."""
    time_zone: str
    """IANA time zone, such as `Europe/Berlin`."""
    found_in: FoundIn
    """Where it was found."""
    found_reference: str | None = None
    """Address or citation of the place where it was found."""
    trading_names: tuple[str, ...] = ()
    """Names under which it appears in public."""
    region: str | None = None
    """State, province or canton."""
    city: str | None = None
    """Town of its seat."""
    sites: tuple[SiteEntry, ...] = ()
    """Places where it treats."""
    website: str | None = None
    """Address of its website."""
    licences: tuple[Licence, ...] = ()
    """Licences with issuer."""
    medical_director: str | None = None
    """Name of the medical director; sealed."""
    laboratories: tuple[str, ...] = ()
    """Laboratories it works with, as stated."""
    ethics_body: str | None = None
    """Ethics body that oversees it."""
    services: tuple[Service, ...] = ()
    """What it offers: indication, origin of the cells, route."""
    occurred_on: PartialDate | None = None
    """When it was found; today at the clinic if left out."""

    def run(self, desk: Desk) -> Clinic:
        """Identify the clinic and compare it with the others."""
        details = ClinicDetails(
            legal_name=self.legal_name,
            trading_names=self.trading_names,
            country=self.country,
            region=self.region,
            city=self.city,
            time_zone=self.time_zone,
            sites=tuple(entry.site(desk) for entry in self.sites),
            website=self.website,
            licences=self.licences,
            laboratories=self.laboratories,
            ethics_body=self.ethics_body,
            services=self.services,
        )
        clinic_id = desk.new_id()
        occurred_on = self.occurred_on or day(desk.today(details.time_zone))
        parts = _director(desk, clinic_id, self.medical_director)
        identified = desk.act(
            Clinic.ClinicIdentified, clinic_id, occurred_on=partial_date(occurred_on, "occurred_on"), parts=parts
        )
        clinic = Clinic.identify(identified, clinic_id, details, self.found_in, self.found_reference)
        compare(desk, clinic)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectClinicDetails(ClinicCommand):
    """Correct what is known of a clinic; fields left out stay as they are."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "correct-details"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    reason: Reason
    """Why it is corrected."""
    words: str | None = None
    """The reason in words; sealed."""
    legal_name: str | None = None
    """Name of the legal person."""
    country: str | None = None
    """ISO 3166-1 alpha-2 code."""
    time_zone: str | None = None
    """IANA time zone."""
    trading_names: tuple[str, ...] | None = None
    """Names under which it appears in public; replaces all."""
    region: str | None = None
    """State, province or canton."""
    city: str | None = None
    """Town of its seat."""
    sites: tuple[SiteEntry, ...] | None = None
    """Places where it treats; replaces all, so name the ids of those that stay."""
    website: str | None = None
    """Address of its website."""
    licences: tuple[Licence, ...] | None = None
    """Licences with issuer; replaces all."""
    medical_director: str | None = None
    """Name of the medical director; sealed."""
    laboratories: tuple[str, ...] | None = None
    """Laboratories it works with; replaces all."""
    ethics_body: str | None = None
    """Ethics body that oversees it."""
    services: tuple[Service, ...] | None = None
    """What it offers; replaces all."""
    emptied: tuple[str, ...] = ()
    """Names of fields that become empty: region, city, website, ethics_body."""

    def run(self, desk: Desk) -> Clinic:
        """Replace the details by the corrected ones, and compare them with other clinics'."""
        clinic = desk.load(Clinic, self.clinic_id)
        assert clinic.details is not None
        details = self._corrected(desk, clinic.details)
        unknown = {site.site_id for site in details.sites if _was_named(self.sites, site)} - clinic.site_ids
        if unknown:
            raise InvalidInput(field="sites", problem="names a site id that this clinic never had")
        parts = [*_director(desk, clinic.id, self.medical_director)]
        if self.words is not None:
            parts.append(
                (person_subject(desk, None, str(desk.request.actor.person)), CorrectionWords(words=self.words))
            )
        correcting = act(desk, clinic, Clinic.ClinicDetailsCorrected, self, reason=self.reason, parts=parts)
        clinic.correct_details(correcting, details, person_corrected=self.medical_director is not None)
        compare(desk, clinic)
        return clinic

    def _corrected(self, desk: Desk, details: ClinicDetails) -> ClinicDetails:
        names = {each.name for each in dataclasses.fields(details)} - {"sites"}
        changes: dict[str, Any] = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if self.sites is not None:
            changes["sites"] = tuple(entry.site(desk) for entry in self.sites)
        for name in self.emptied:
            if name not in ("region", "city", "website", "ethics_body") or name in changes:
                raise InvalidInput(field="emptied", problem=f"{name} cannot be emptied here")
            changes[name] = None
        return dataclasses.replace(details, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectDuplicate(ClinicCommand):
    """Record that another clinic may be the same, where no key says so by itself."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "suspect-duplicate"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    other: UUID
    """The other clinic."""

    def run(self, desk: Desk) -> Clinic:
        """Name the other clinic."""
        clinic = desk.load(Clinic, self.clinic_id)
        desk.load(Clinic, self.other)
        suspecting = act(desk, clinic, Clinic.DuplicateSuspected, self)
        clinic.suspect_duplicate(suspecting, self.other, (MatchKind.judgement,))
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class FindClinicOutOfScope(ClinicCommand):
    """Record that the registry is not about this one."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "find-out-of-scope"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    ground: OutOfScopeGround
    """Why."""
    duplicate_of: UUID | None = None
    """The clinic it is a duplicate of."""
    explanation: str | None = None
    """What was found, without names of persons."""

    def run(self, desk: Desk) -> Clinic:
        """Put the clinic out of scope."""
        clinic = desk.load(Clinic, self.clinic_id)
        if self.duplicate_of is not None:
            desk.load(Clinic, self.duplicate_of)
        finding = act(desk, clinic, Clinic.ClinicFoundOutOfScope, self)
        clinic.find_out_of_scope(finding, self.ground, self.duplicate_of, self.explanation)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseClinic(ClinicCommand):
    """Record that a clinic ceased to exist or to treat."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "close"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    explanation: str | None = None
    """How that is known, without names of persons."""

    def run(self, desk: Desk) -> Clinic:
        """Close the clinic."""
        clinic = desk.load(Clinic, self.clinic_id)
        clinic.close(act(desk, clinic, Clinic.ClinicClosed, self), self.explanation)
        return clinic


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeClinic(ClinicCommand):
    """Record that another clinic goes on in this one's place."""

    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "merge"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    successor: UUID
    """The clinic that goes on."""

    def run(self, desk: Desk) -> Clinic:
        """Merge the clinic into one that was not itself merged away."""
        clinic = desk.load(Clinic, self.clinic_id)
        successor = desk.load(Clinic, self.successor)
        if successor.merged_into is not None:
            raise SuccessorMergedAway(successor=successor.id, into=successor.merged_into)
        clinic.merge_into(act(desk, clinic, Clinic.ClinicMergedInto, self), self.successor)
        return clinic


def compare(desk: Desk, clinic: Clinic) -> None:
    """Record a suspicion for every other clinic that shares a match key and is not suspected yet.

    The claim is committed before the events. A claim whose command failed, or whose details were corrected since,
    proves nothing: the other clinic's own details decide.
    """
    own = _keys(clinic)
    digests = [(kind.value, desk.sealer.digest("match key", kind.value, text)) for kind, text in own]
    desk.clinic_index.claim(clinic.id, digests)
    others = {other_id for other_id, _ in desk.clinic_index.matching(digests)}
    for other_id in sorted(others - clinic.suspected - {clinic.id}):
        other = desk.find(Clinic, other_id)
        if other is None or other.merged_into is not None:
            continue
        grounds = tuple(dict.fromkeys(kind for kind, text in own if (kind, text) in _keys(other)))
        if grounds:
            found_on = day(desk.today(clinic.time_zone))
            suspecting = desk.act(Clinic.DuplicateSuspected, clinic.id, occurred_on=found_on, clinic_id=clinic.id)
            clinic.suspect_duplicate(suspecting, other_id, grounds)


def _keys(clinic: Clinic) -> list[tuple[MatchKind, str]]:
    return [(key.kind, key.text) for key in clinic.details.match_keys()] if clinic.details else []


def _was_named(entries: tuple[SiteEntry, ...] | None, site: Site) -> bool:
    return any(entry.site_id == site.site_id for entry in entries or ())


def _director(desk: Desk, clinic_id: UUID, name: str | None) -> Iterator[tuple[UUID, Any]]:
    if name is not None:
        yield person_subject(desk, clinic_id, name), MedicalDirector(name=name)
