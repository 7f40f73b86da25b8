"""An in-memory page source with a plausible, neutral society, for pages that need no database."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from domain.dates import PartialDate
from domain.errors import InvalidInput
from interfaces.web.page_source import (
    Attestation,
    ClinicAnswer,
    ClinicView,
    Dispute,
    Entry,
    Joined,
    ListingAnswer,
    ListingQuery,
    Service,
    Statement,
    ViewState,
)

STATE = ViewState(
    epoch=UUID("0d9f4f5e-8a43-4a61-9c39-0e3c5f1d8a10"),
    build="public_listing_1",
    position=41_876,
    recorded_at=datetime(2026, 6, 30, 14, 5, tzinfo=UTC),
    head=41_876,
    day=date(2026, 6, 30),
    behind_for=0.0,
    quarantined=False,
    simulated=True,
)

_PLACES = (
    ("Lisbon", None, "PT"),
    ("Porto", "Norte", "PT"),
    ("Lyon", "Auvergne-Rhône-Alpes", "FR"),
    ("Munich", "Bavaria", "DE"),
    ("Graz", "Styria", "AT"),
    ("Monterrey", "Nuevo León", "MX"),
    ("Busan", None, "KR"),
    ("Phoenix", "Arizona", "US"),
    ("Perth", "Western Australia", "AU"),
)

_SENTENCES = (
    (
        "participates",
        (
            "Enrolled 14 January 2025 in two registries, attested to all 3 guidelines that apply 9 February 2026, "
            "valid until 8 February 2027"
        ),
        "The society's register of enrolments and the clinic's own attestations",
        "2025-02-11",
    ),
    (
        "no_reply",
        "Invited 3 March 2026, two reminders, no reply by 1 June 2026",
        "The society's record of its invitation, delivery proved 3 March 2026 (courier)",
        "2026-06-01",
    ),
    (
        "participates",
        (
            "Enrolled 2 September 2024, attested to all 2 guidelines that apply 30 September 2025, "
            "valid until 29 September 2026"
        ),
        "The society's register of enrolments and the clinic's own attestations",
        "2024-10-01",
    ),
    (
        "not_yet_attested",
        "Enrolled 11 June 2026, not yet attested to the guidelines that apply",
        "The society's register of enrolments and the clinic's own attestations",
        "2026-06-11",
    ),
    (
        "declined",
        "Invited 8 January 2026, one reminder, declined 20 February 2026, reason given: reports elsewhere",
        "The clinic's reply to the society's invitation",
        "2026-02-20",
    ),
    (
        "attestation_lapsed",
        "Enrolled 5 May 2024, attestation lapsed, recorded 2 June 2026",
        "The society's record of the clinic's attestations",
        "2026-06-02",
    ),
    (
        "suspended",
        "Enrolled 5 May 2024, suspended 31 March 2026 for missed duties",
        "The society's record of the clinic's duties",
        "2026-03-31",
    ),
    (
        "expelled",
        "Enrolled 19 February 2024, expelled 30 April 2026 after a decided safety case",
        "The society's record of its decision",
        "2026-04-30",
    ),
    (
        "withdrew",
        "Enrolled 19 February 2024, withdrew 30 April 2026",
        "The clinic's own statement",
        "2026-04-30",
    ),
    (
        "does_not_participate",
        "Accepted the invitation 6 October 2025, no request for enrolment by 4 January 2026",
        "The society's record of what the clinic submitted",
        "2026-01-04",
    ),
)


def clinic_id(number: int) -> UUID:
    """Return the id of a sample clinic."""
    return UUID(int=0x5EED_0000_0000_4000_8000_0000_0000_0000 + number)


def sample_clinic(number: int) -> ClinicView:
    """Return a listed clinic that exists nowhere."""
    city, region, country = _PLACES[number * 5 % len(_PLACES)]
    now = _statement(number)
    enrolled = now.category in ("participates", "not_yet_attested", "attestation_lapsed", "suspended")
    found = _FINDINGS.get(number)
    return ClinicView(
        entry=Entry(
            clinic_id=clinic_id(number),
            name=f"Clinic {number:03}, {city}",
            country=country,
            region=region,
            city=city,
            statements=(found, now) if found else (now,),
        ),
        other_names=(f"{city} Cell Therapy Unit {number}",) if number % 2 else (),
        website=f"https://clinic-{number:03}.example/{city.lower()}" if number % 3 else None,
        services=(
            Service(indication="musculoskeletal_knee", origin="bone_marrow", route="intra_articular"),
            Service(indication="ocular", origin="amniotic_membrane", route=None),
        ),
        registries=(
            Joined(title="Knee osteoarthritis registry", joined_on=PartialDate("2025-01-14")),
            Joined(title="Ocular surface registry", joined_on=PartialDate("2025-03")),
        )
        if enrolled
        else (),
        attestations=_ATTESTATIONS if now.category in ("participates", "attestation_lapsed", "suspended") else (),
        history=(*((found,) if found else ()), now, *(_PAST if enrolled else ())),
    )


def _statement(number: int) -> Statement:
    category, sentence, source, since = _SENTENCES[(number * 3 + 6) % len(_SENTENCES)]
    return Statement(
        category=category,
        sentence=sentence,
        source=source,
        since=PartialDate(since),
        listing_id=UUID(int=number),
        published_on=PartialDate("2026-06-20"),
        own_words="We report to our national registry." if category == "declined" else None,
        dispute=_DISPUTES.get(number),
        questioned_on=PartialDate("2026-06-28") if number == _QUESTIONED else None,
    )


_QUESTIONED = 10
_DISPUTES = {
    5: Dispute(
        ground="facts_wrong",
        statement="We answered by courier on 20 May 2026.\nThe receipt is with your office.",
        disputed_on=PartialDate("2026-06-22"),
    ),
    4: Dispute(
        ground="other",
        statement="We left after the letter came, not before.",
        disputed_on=PartialDate("2026-06-21"),
        outcome="upheld",
        answer="The entry gives the day on which your own letter of withdrawal arrived.",
        answered_on=PartialDate("2026-06-25"),
    ),
}


def _finding(number: int, category: str, sentence: str, since: str) -> Statement:
    return Statement(
        category=category,
        sentence=sentence,
        source="The society's record of its safety case",
        since=PartialDate(since),
        listing_id=UUID(int=1000 + number),
        published_on=PartialDate("2026-06-24"),
    )


_DECIDED = "Finding decided 2 April 2026 on the ground of patient safety and misleading claims"
_FINDINGS = {
    1: _finding(1, "finding_published", _DECIDED, "2026-04-02"),
    6: _finding(
        6,
        "interim",
        "Interim measure in force since 22 June 2026 on the ground of patient safety, while a safety case is open; "
        "nothing is decided",
        "2026-06-22",
    ),
    3: _finding(3, "stayed_on_appeal", f"{_DECIDED}, stayed on appeal since 1 June 2026", "2026-06-01"),
    9: _finding(9, "finding_lifted", f"{_DECIDED}, lifted 10 June 2026", "2026-06-10"),
}

_ATTESTATIONS = (
    Attestation(
        guideline="Collection of bone marrow and adipose tissue",
        version="2",
        attested_on=PartialDate("2026-02-09"),
        level="inspected",
        valid_until=PartialDate("2027-02-08"),
        lapsed=False,
    ),
    Attestation(
        guideline="Laboratory processing of autologous cells",
        version="1",
        attested_on=PartialDate("2026-02-09"),
        level="documents_checked",
        valid_until=PartialDate("2027-02-08"),
        lapsed=False,
    ),
    Attestation(
        guideline="Re-implantation and follow-up",
        version="1",
        attested_on=PartialDate("2026-02-09"),
        level="self_attested",
        valid_until=PartialDate("2027-02-08"),
        lapsed=False,
    ),
)

_PAST = (
    Statement(
        category="not_yet_attested",
        sentence="Enrolled 14 January 2025 in two registries, not yet attested to the guidelines that apply",
        source="",
        since=PartialDate("2025-01-14"),
        until=PartialDate("2025-02-11"),
    ),
)


@dataclass
class MemoryPages:
    """Keep the promise of `PageSource` on a list in memory."""

    clinics: list[ClinicView] = field(default_factory=lambda: [sample_clinic(number) for number in range(1, 61)])
    view: ViewState = STATE
    page_size: int = 25

    def search(self, query: ListingQuery) -> ListingAnswer:
        found = [clinic.entry for clinic in self.clinics if self._matches(clinic.entry, query)]
        skipped = self._skipped(query)
        page = tuple(found[skipped : skipped + self.page_size])
        more = skipped + len(page) < len(found)
        return ListingAnswer(
            state=self.view,
            entries=page,
            total=len(found),
            first=skipped + 1,
            next_mark=str(skipped + len(page)) if more else None,
            countries=tuple(sorted({clinic.entry.country for clinic in self.clinics})),
        )

    def clinic(self, clinic_id: UUID, min_position: int | None) -> ClinicAnswer:
        self._require(min_position)
        found = next((clinic for clinic in self.clinics if clinic.entry.clinic_id == clinic_id), None)
        return ClinicAnswer(state=self.view, clinic=found)

    def state(self) -> ViewState:
        return self.view

    def changed(self, **changes: object) -> MemoryPages:
        return dataclasses.replace(self, view=dataclasses.replace(self.view, **changes))  # type: ignore[arg-type]

    def _matches(self, entry: Entry, query: ListingQuery) -> bool:
        return (
            (query.name or "").casefold() in entry.name.casefold()
            and query.country in (None, entry.country)
            and query.category in (None, *(each.category for each in entry.statements))
        )

    def _skipped(self, query: ListingQuery) -> int:
        self._require(query.min_position)
        if query.after is None:
            return 0
        if not (query.after.isascii() and query.after.isdigit() and len(query.after) < 6):
            raise InvalidInput(field="after", problem="this is not the end of a page; start from the beginning")
        return int(query.after)

    def _require(self, min_position: int | None) -> None:
        if min_position is not None and min_position > self.view.head:
            raise InvalidInput(field="min_position", problem=f"the log ends at {self.view.head}")
