"""What a safety case gives for the public: its own category beside the participation, with ground and date.

The facts come from the case's history; a finding without a ground is never told to the public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.dates import PartialDate, day, last_day, plus_months
from domain.listing_category import ListingCategory
from domain.listing_entry import ListingEntry
from domain.public_sentence import plain_date

MONTHS_LIFTED = 24
"""How long a lifted finding stays visible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """One step of a case."""

    event: str
    """Id of its event: `<aggregate id>/<version>`."""
    on: PartialDate
    at: datetime
    """When it was recorded."""
    person: UUID | None = None
    """Who took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Where a safety case about a clinic stands."""

    case_id: UUID
    grounds: tuple[str, ...] = ()
    decided: CaseStep | None = None
    """The finding decided, unless it was not substantiated."""
    published: CaseStep | None = None
    interim: CaseStep | None = None
    """The first step of the interim measure; renewing it goes on with it."""
    interim_grounds: tuple[str, ...] = ()
    interim_until: PartialDate | None = None
    """Last day of the interim measure."""
    appeal: CaseStep | None = None
    """The appeal against the published finding that is not decided yet."""
    stay: CaseStep | None = None
    """What stays the finding now."""
    stay_ended: CaseStep | None = None
    """The last end of a stay after publication."""
    lifted: CaseStep | None = None
    measured: CaseStep | None = None
    """The last step of the last interim measure."""
    measuring: frozenset[UUID] = frozenset()
    """The two officers of that step: who put it in force, and who took the step before it."""
    released: CaseStep | None = None
    """The last step that ended a finding or a measure in force."""

    def restrains(self, today: date) -> bool:
        """Tell whether a finding or an interim measure is in force on a day at the clinic."""
        finding = self.published is not None and self.decided is not None and self.stay is None
        return self.lifted is None and (finding or self.measure_in_force(today))

    def measure_in_force(self, today: date) -> bool:
        """Tell whether an interim measure is in force on a day at the clinic."""
        begun = self.interim is not None and self.published is None and self.lifted is None
        return begun and self.interim_until is not None and today <= last_day(self.interim_until)

    def release(self, today: date) -> CaseStep | None:
        """Return the last step by which something in force ended; a measure ends by its last step, on its last day."""
        ended = self.measured if self.measured and not self.measure_in_force(today) else None
        if ended is not None and self.interim is not None and self.interim_until is not None:
            after = day(last_day(self.interim_until) + timedelta(1))
            ended = CaseStep(event=ended.event, on=after, at=ended.at)
        steps = [each for each in (self.released, ended) if each is not None]
        return max(steps, key=lambda each: each.at, default=None)

    def given_by(self, category: ListingCategory) -> CaseStep | None:
        """Return the step that gives the case this category now, or None."""
        match category:
            case ListingCategory.finding_published:
                in_force = self.lifted is None and not (self.published and self.stay)
                return (self.stay_ended or self.decided) if self.decided and self.grounds and in_force else None
            case ListingCategory.stayed_on_appeal:
                return self.stay if self.published and self.decided and self.lifted is None else None
            case ListingCategory.finding_lifted:
                return self.lifted if self.published and self.decided else None
            case ListingCategory.interim:
                in_force = self.published is None and self.lifted is None
                return self.interim if self.interim_grounds and in_force else None
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """What the safety cases of a clinic mean for *participates*."""

    in_force: bool
    """A finding or an interim measure is in force."""
    release: CaseStep | None
    """The last step by which one ended."""


def restraint_of(cases: Iterable[CaseFacts], today: date) -> Restraint:
    """Return what these cases, all of one clinic, mean on a day there."""
    known = tuple(cases)
    releases = [step for each in known if (step := each.release(today)) is not None]
    return Restraint(
        in_force=any(each.restrains(today) for each in known),
        release=max(releases, key=lambda each: each.at, default=None),
    )


def safety_entry(clinic_id: UUID, category: ListingCategory, case: CaseFacts) -> ListingEntry | None:
    """Return the entry that a case gives in a category, or None where it does not stand there."""
    given = case.given_by(category)
    if given is None:
        return None
    steps = (case.decided, case.published, case.interim, case.stay, case.stay_ended, case.lifted)
    known = {each.event: each for each in steps if each is not None}
    evidence = sorted(known, key=_version)
    return ListingEntry(
        clinic_id=clinic_id,
        category=category,
        sentence=_sentence(category, case, given),
        source="The society's record of its safety case",
        since=given.on,
        condition=given.event,
        # What came after the step that gives the category would change what was approved: it is no evidence of it.
        evidence_ids=tuple(each for each in evidence if _version(each) <= _version(given.event)),
        shown_until=_shown_until(category, case, given),
    )


def _version(event: str) -> int:
    return int(event.rpartition("/")[2])


def _sentence(category: ListingCategory, case: CaseFacts, given: CaseStep) -> str:
    if category is ListingCategory.interim:
        since = f"Interim measure in force since {plain_date(given.on)} on the ground of {_words(case.interim_grounds)}"
        return f"{since}, while a safety case is open; nothing is decided"
    assert case.decided is not None, "these categories follow a decision"
    decided = f"Finding decided {plain_date(case.decided.on)} on the ground of {_words(case.grounds)}"
    match category:
        case ListingCategory.stayed_on_appeal:
            return f"{decided}, stayed on appeal since {plain_date(given.on)}"
        case ListingCategory.finding_lifted:
            return f"{decided}, lifted {plain_date(given.on)}"
        case _ if case.appeal is not None:
            return f"{decided}, under appeal since {plain_date(case.appeal.on)}"
        case _:
            return decided


def _words(grounds: tuple[str, ...]) -> str:
    return " and ".join(each.replace("non_", "non-").replace("_", " ") for each in grounds)


def _shown_until(category: ListingCategory, case: CaseFacts, given: CaseStep) -> PartialDate | None:
    if category is ListingCategory.finding_lifted:
        return day(plus_months(last_day(given.on), MONTHS_LIFTED))
    return case.interim_until if category is ListingCategory.interim else None
