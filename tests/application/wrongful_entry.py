"""A judge of entries who trusts nothing of the listing: from the events alone it says whether due process was done.

It is told every event in the order of the log and keeps its own books: participation by the table, interests, stays,
policies, and of each entry who proposed and approved it and what reached the clinic. It knows what a rule asks, and
none of the code that is to keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.participation import ParticipationState, state_after

NEUTRAL = {"participates", "not_yet_attested", "withdrew", "finding_lifted"}
OF_SAFETY = {"finding_published", "interim", "stayed_on_appeal", "finding_lifted"}
PARTICIPATION = {
    "participates": ParticipationState.enrolled,
    "not_yet_attested": ParticipationState.enrolled,
    "suspended": ParticipationState.enrolled,
    "attestation_lapsed": ParticipationState.enrolled,
    "does_not_participate": ParticipationState.not_participating,
    "declined": ParticipationState.declined,
    "no_reply": ParticipationState.no_response,
    "withdrew": ParticipationState.withdrawn,
    "expelled": ParticipationState.expelled,
}


@dataclass
class _Entry:
    proposer: UUID | None
    shown_hash: str
    case_id: UUID | None
    approvers: set[UUID] = field(default_factory=set)
    previewed: bool = False
    delivered_on: date | None = None
    public: bool = False
    withdrawn: bool = False


@dataclass
class _Case:
    clinic: UUID | None = None
    people: dict[str, UUID | None] = field(default_factory=dict)
    measure: tuple[frozenset[UUID | None], date] | None = None
    """The two officers of the interim measure, and its last day."""
    published: bool = False
    lifted: bool = False
    stayed: bool = False


@dataclass
class Judge:
    """The books, and how many adverse entries were found to be rightful."""

    participation: dict[UUID, ParticipationState] = field(default_factory=dict)
    time_zones: dict[UUID, str] = field(default_factory=dict)
    interests: set[tuple[UUID, UUID]] = field(default_factory=set)
    previews: list[tuple[date, int]] = field(default_factory=list)
    suspended: set[UUID] = field(default_factory=set)
    cases: dict[UUID, _Case] = field(default_factory=dict)
    entries: dict[UUID, _Entry] = field(default_factory=dict)
    rightful: int = 0

    def hear(self, event: Any) -> None:
        """Take an event into the books; raise AssertionError for an entry that is wrongful."""
        name, at = type(event).__name__, event.originator_id
        match name:
            case "PolicyAdopted":
                limit = next(rule.limit for rule in event.terms.rules if rule.rule_id == "LI-30")
                self.previews.append((date.fromisoformat(event.effective_on), limit))
            case "StandingAssessed":
                kept = self.suspended - {event.context.clinic_id}
                self.suspended = kept | {event.context.clinic_id} if event.step == "suspended" else kept
            case "InterestDeclared":
                self.interests ^= {(at, event.clinic)}
            case "ListingPublished":
                self._judge(event)
            case _ if name.startswith("Listing"):
                self._prepare(event, name)
            case _ if at in self.participation or name == "ClinicIdentified":
                before = self.participation.get(at, ParticipationState.prospect)
                self.participation[at] = state_after(name, before)
                if name == "ClinicIdentified":
                    self.time_zones[at] = event.details.time_zone
            case _:
                self._case(self.cases.setdefault(at, _Case()), name, event)

    def _case(self, case: _Case, name: str, event: Any) -> None:
        case.clinic = case.clinic or event.context.clinic_id
        case.people[f"{event.originator_id}/{event.originator_version}"] = event.context.actor_person
        match name:
            case "InterimPublished":
                officers = frozenset({case.people[event.first_step], event.context.actor_person})
                case.measure = officers, date.fromisoformat(event.ends_on)
            case "FindingPublished":
                case.published = True
            case "StayGranted":
                case.stayed = True
            case "AppealLodged" if not case.published:
                case.stayed = True
            case "StayEnded":
                case.stayed = False
            case "FindingLifted":
                case.stayed, case.lifted = False, True
            case "AppealDecided":
                case.stayed = False
                case.lifted = case.lifted or event.outcome == "overturned"

    def _prepare(self, event: Any, name: str) -> None:
        if name == "ListingProposed":
            proposed = _Entry(event.context.actor_person, event.entry.shown_hash, event.case_id)
            assert event.originator_id not in self.entries or not self.entries[event.originator_id].public
            self.entries[event.originator_id] = proposed
            return
        entry = self.entries[event.originator_id]
        match name:
            case "ListingApproved":
                assert event.signature.shown_hash == entry.shown_hash, "something else was approved"
                entry.approvers.add(event.context.actor_person)
            case "ListingPreviewed":
                entry.previewed = event.shown_hash == entry.shown_hash
            case "ListingPreviewDelivered":
                entry.delivered_on = date.fromisoformat(event.context.occurred_on)
            case "ListingWithdrawn":
                entry.withdrawn = True
            case "ListingDisputed" | "ListingCorrected":
                assert entry.public, f"{name} of an entry that is not public"
                assert not entry.withdrawn, f"{name} of an entry that was withdrawn"

    def _judge(self, event: Any) -> None:
        entry, content = self.entries[event.originator_id], event.entry
        assert not entry.withdrawn, "published after it was withdrawn"
        assert not entry.public, "published twice"
        entry.public = True
        clinic = content.clinic_id
        today = event.timestamp.astimezone(ZoneInfo(self.time_zones[clinic])).date()
        self._require_condition(entry, content, today)
        if content.category.value in NEUTRAL:
            return
        assert content.shown_hash == entry.shown_hash, "published with other words than were approved"
        approvers = self._approvers(entry, content)
        assert len(approvers) >= 2, "published without two approvals by different people"
        assert entry.proposer not in approvers, "approved by its proposer"
        assert not {(each, clinic) for each in approvers} & self.interests, "approved by who has an interest"
        assert entry.previewed, "published without a preview"
        # The one exception (decision 43): an interim measure was sent to the clinic, and waits for nothing more.
        if content.category.value != "interim":
            assert entry.delivered_on is not None, "published without proved delivery of its preview"
            assert today > entry.delivered_on + timedelta(days=self._limit(entry.delivered_on)), "LI-30 was not over"
        assert (event.review_on is not None) is (content.category.value in _REVIEWED), "no review, or one too many"
        self.rightful += 1

    def _approvers(self, entry: _Entry, content: Any) -> set[UUID]:
        """Return who approved an entry: of an interim measure, the two officers who put it in force."""
        if content.category.value != "interim":
            return entry.approvers
        case = self.cases[entry.case_id] if entry.case_id else _Case()
        assert case.measure is not None, "an interim entry without a measure"
        return {each for each in case.measure[0] if each is not None}

    def _restrained(self, clinic: UUID, today: date) -> bool:
        """Tell whether a finding or an interim measure about a clinic is in force."""
        return any(
            each.clinic == clinic
            and not each.lifted
            and (not each.stayed if each.published else each.measure is not None and today <= each.measure[1])
            for each in self.cases.values()
        )

    def _require_condition(self, entry: _Entry, content: Any, today: date) -> None:
        category = content.category.value
        case = self.cases.get(entry.case_id) if entry.case_id else None
        if category in OF_SAFETY:
            assert case is not None, "a finding without a case"
            held = {
                "finding_published": case.published and not case.lifted and not case.stayed,
                "stayed_on_appeal": case.published and not case.lifted and case.stayed,
                "finding_lifted": case.published and case.lifted,
                "interim": not case.published
                and not case.lifted
                and case.measure is not None
                and today <= case.measure[1],
            }
            assert held[category], f"the case does not give {category}; stayed: {case.stayed}"
            return
        assert case is None or not case.stayed, "published while its case is stayed"
        if category == "participates":
            assert not self._restrained(content.clinic_id, today), "participates, with a finding or measure in force"
        found, suspended = self.participation[content.clinic_id], content.clinic_id in self.suspended
        if found is ParticipationState.enrolled:
            assert suspended is (category == "suspended"), f"listed as {category}; suspended: {suspended}"
        assert found is PARTICIPATION[category], f"listed as {category} while the participation is {found}"

    def _limit(self, on: date) -> int:
        return [limit for since, limit in self.previews if since <= on or since == self.previews[0][0]][-1]


_REVIEWED = {"no_reply", "declined", "does_not_participate"}
