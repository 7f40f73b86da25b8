"""Random histories of a society that lists clinics, lived through the real application; every entry is judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from application.appointments import DeclareInterest
from application.attestations import LapseAttestation
from application.clinics import CloseClinic
from application.enrolments import LapseParticipation, RequestEnrolment, WithdrawClinic
from application.expulsions import ExpelClinic
from application.invitations import AcceptInvitation, InviteClinic
from application.listing_disputes import AnswerDispute, DisputeListing, DisputeOutcome
from application.listings import CorrectListing, ProposeListing, PublishListing, WithdrawListing
from application.policies import AdoptPolicy
from domain.codes import Reason, Role
from domain.dates import PartialDate
from domain.errors import RegistryError
from domain.first_policy import FIRST_POLICY
from domain.listing import Listing
from domain.listing_category import ListingCategory
from domain.listing_state import DisputeGround, WithdrawalCause
from domain.officer import InterestKind
from tests.application.listed import CaseOfTests, ListingSociety
from tests.application.society import attestation
from tests.application.wrongful_entry import Judge
from tests.domain.clinics import LETTER, POST, SOME_HASH

CONDITIONS = ("silent", "declined", "stayed_away", "enrolled", "expelled", "lapsed", "found", "interim")
STEPS = (
    CaseOfTests.FindingPublished, CaseOfTests.InterimPublished, CaseOfTests.AppealLodged, CaseOfTests.AppealDecided,
    CaseOfTests.StayGranted, CaseOfTests.StayEnded, CaseOfTests.FindingLifted,
)  # fmt: skip
LEFT_OUT = (
    "nothing", "nothing else", "nothing at all", "second approval", "approvals", "preview", "delivery", "days",
    "interest", "stay", "condition", "words", "withdrawal", "another proposer",
)  # fmt: skip
ANY = st.integers(0, 40)


_RULES = FIRST_POLICY.rules


class Histories(RuleBasedStateMachine):
    """A society in which clinics, officers and time do anything in any order."""

    rightful: ClassVar[int] = 0
    """Adverse entries that became public in all histories: without any, nothing was tested."""
    published: ClassVar[set[str]] = set()
    """Categories that became public in all histories."""

    @initialize(kind=st.sampled_from(CONDITIONS), left_out=st.sampled_from(LEFT_OUT))
    def begin(self, kind: str, left_out: str) -> None:
        self.society = ListingSociety()
        self.judge = Judge()
        self.heard = 0
        self.cases: dict[UUID, UUID] = {}
        self.clinics: list[UUID] = []
        self._hear()
        self.hurry_new(kind, left_out)

    def teardown(self) -> None:
        if hasattr(self, "judge"):
            Histories.rightful += self.judge.rightful

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do something that may be refused, and let the judge hear what was recorded."""
        before = len(self.society.store.log)
        try:
            return act()
        except RegistryError:
            # A phrase of several commands may have done the first of them.
            assert len(self.society.store.log) >= before
            return None
        finally:
            self._hear()

    def _hear(self) -> None:
        for event in self.society.store.log[self.heard :]:
            self.judge.hear(event)
            if isinstance(event, Listing.ListingPublished):
                Histories.published.add(event.entry.category.value)
        self.heard = len(self.society.store.log)

    def _clinic(self, number: int) -> UUID | None:
        return self.clinics[number % len(self.clinics)] if self.clinics else None

    def _listing(self, number: int) -> UUID | None:
        listings = list(self.judge.entries)
        return listings[-1 - number % len(listings)] if listings else None

    def _person(self, number: int) -> UUID:
        people = (*self.society.officers, *self.society.approvers)
        return people[number % len(people)]

    @rule(kind=st.sampled_from(CONDITIONS))
    def bring(self, kind: str) -> None:
        self._bring(kind, None)

    def _bring(self, kind: str, proposer: UUID | None) -> None:
        clinic = self.attempt(lambda: getattr(self, f"_{kind}")())
        if clinic is not None:
            self.clinics.append(clinic)
            self.attempt(lambda: self._propose(clinic, proposer))

    def _silent(self) -> UUID:
        return self.society.silent()

    def _declined(self) -> UUID:
        return self.society.declined("No.")

    def _enrolled(self) -> UUID:
        return self.society.enrolled()

    def _stayed_away(self) -> UUID:
        clinic = self.society.invited()
        self.society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
        self.society.later(91)
        self.society.do(LapseParticipation(clinic_id=clinic), Role.system)
        return clinic

    def _expelled(self) -> UUID:
        clinic = self.society.enrolled()
        case = self.society.case(clinic, CaseOfTests.FindingDecided)
        self.cases[clinic] = case
        expelling = ExpelClinic(
            clinic_id=clinic, case_id=case, finding=f"{case}/2", reasons=("Duties",), signer="Ada", shown_hash=SOME_HASH
        )
        self.society.by(Role.safety_officer, expelling)
        return clinic

    def _lapsed(self) -> UUID:
        clinic, guideline = self.society.attested()
        self.society.as_clinic(clinic, attestation(clinic, guideline))
        self.society.later(366)
        self.society.do(LapseAttestation(clinic_id=clinic, guideline_id=guideline), Role.system)
        return clinic

    def _found(self) -> UUID:
        clinic = self.society.identified()
        self.cases[clinic] = self.society.case(clinic, CaseOfTests.FindingDecided)
        return clinic

    def _interim(self) -> UUID:
        clinic = self.society.identified()
        self.cases[clinic] = self.society.case(clinic, CaseOfTests.InterimPublished)
        return clinic

    def _propose(self, clinic: UUID, person: UUID | None = None) -> None:
        category = None
        if clinic in self.cases and self.society.clinic(clinic).enrolled_on is None:
            steps = set(self.society.names_of(self.cases[clinic]))
            category = ListingCategory.finding_published if "FindingDecided" in steps else ListingCategory.interim
        proposing = ProposeListing(clinic_id=clinic, category=category, case_id=self.cases.get(clinic))
        self.society.do(proposing, Role.registrar if person else Role.system, person=person)

    @rule(clinic=ANY, person=ANY, category=st.sampled_from([None, *ListingCategory]))
    def propose(self, clinic: int, person: int, category: ListingCategory | None) -> None:
        if (about := self._clinic(clinic)) is not None:
            proposing = ProposeListing(clinic_id=about, category=category, case_id=self.cases.get(about))
            who = self._person(person)
            self.attempt(lambda: self.society.do(proposing, Role.registrar, person=who))

    @rule(listing=ANY, person=ANY)
    def approve(self, listing: int, person: int) -> None:
        if (entry := self._listing(listing)) is not None:
            self.attempt(lambda: self.society.approve(entry, self._person(person)))

    @rule(listing=ANY, days=st.integers(-1, 40))
    def preview(self, listing: int, days: int) -> None:
        if (entry := self._listing(listing)) is not None:
            self.attempt(lambda: self.society.preview(entry, self.society.ago(days)))

    @rule(listing=ANY, days=st.integers(-1, 40))
    def deliver(self, listing: int, days: int) -> None:
        if (entry := self._listing(listing)) is not None:
            self.attempt(lambda: self.society.deliver(entry, self.society.ago(days)))

    @rule(days=st.sampled_from([1, 9, 10, 11, 29, 30, 31, 60, 366]))
    def wait(self, days: int) -> None:
        self.society.later(days)

    @rule(listing=ANY, person=st.none() | ANY)
    def publish(self, listing: int, person: int | None) -> None:
        if (entry := self._listing(listing)) is not None:
            role = Role.system if person is None else Role.registrar
            who = None if person is None else self._person(person)
            self.attempt(lambda: self.society.do(PublishListing(listing_id=entry), role, person=who))

    @rule(clinic=ANY, person=ANY, ended=st.booleans())
    def declare_interest(self, clinic: int, person: int, ended: bool) -> None:
        if (about := self._clinic(clinic)) is not None:
            self._interested(about, self._person(person), ended=ended)

    def _interested(self, clinic: UUID, person: UUID, *, ended: bool = False) -> None:
        declaring = DeclareInterest(clinic_id=clinic, kind=InterestKind.competitor, ended=ended)
        self.attempt(lambda: self.society.do(declaring, Role.registrar, person=person))

    @rule(clinic=ANY, act=st.sampled_from(["accept", "decline", "invite", "request", "withdraw", "close", "attest"]))
    def let_clinic(self, clinic: int, act: str) -> None:
        if (about := self._clinic(clinic)) is not None:
            self.attempt(lambda: self._clinic_acts(about, act))

    def _clinic_acts(self, clinic: UUID, act: str) -> None:
        match act:
            case "accept":
                self.society.as_clinic(clinic, AcceptInvitation(clinic_id=clinic))
            case "decline":
                self.society.decline(clinic, "Never.")
            case "invite":
                self.society.registrar(InviteClinic(clinic_id=clinic, letter=LETTER, sendings=(POST,)))
            case "request":
                self.society.as_clinic(clinic, RequestEnrolment(clinic_id=clinic, registries=("knee",)))
            case "withdraw":
                self.society.as_clinic(clinic, WithdrawClinic(clinic_id=clinic))
            case "close":
                self.society.registrar(CloseClinic(clinic_id=clinic))
            case _:
                self.society.as_clinic(clinic, attestation(clinic, self.society.guideline()))

    @rule(number=ANY, step=st.sampled_from(STEPS), outcome=st.sampled_from(["upheld", "overturned"]))
    def go_on(self, number: int, step: type[Any], outcome: str) -> None:
        if self.cases:
            case = list(self.cases.values())[number % len(self.cases)]
            content = {"outcome": outcome} if step is CaseOfTests.AppealDecided else {}
            self.attempt(lambda: self.society.go_on(case, step, **content))

    @rule(listing=ANY, outcome=st.sampled_from(list(DisputeOutcome)))
    def dispute(self, listing: int, outcome: DisputeOutcome) -> None:
        if (entry := self._listing(listing)) is not None:
            clinic = self.society.listing(entry).content.clinic_id
            disputing = DisputeListing(listing_id=entry, ground=DisputeGround.other, statement="No.")
            self.attempt(lambda: self.society.as_clinic(clinic, disputing))
            answering = AnswerDispute(listing_id=entry, outcome=outcome, answer="Yes.")
            self.attempt(lambda: self.society.registrar(answering))

    @rule(listing=ANY, cause=st.sampled_from(list(WithdrawalCause)))
    def withdraw(self, listing: int, cause: WithdrawalCause) -> None:
        if (entry := self._listing(listing)) is not None:
            self.attempt(lambda: self.society.registrar(WithdrawListing(listing_id=entry, cause=cause)))
            self.attempt(lambda: self.society.publish(entry))

    @rule(listing=ANY)
    def correct(self, listing: int) -> None:
        if (entry := self._listing(listing)) is not None:
            correcting = CorrectListing(listing_id=entry, reason=Reason.new_information)
            self.attempt(lambda: self.society.registrar(correcting))

    @rule(limit=st.sampled_from([10, 30, 60]))
    def adopt_policy(self, limit: int) -> None:
        changed = (dataclasses.replace(each, limit=limit) if each.rule_id == "LI-30" else each for each in _RULES)
        adopting = AdoptPolicy(
            effective_on=PartialDate(self.society.ago(-2)), terms=dataclasses.replace(FIRST_POLICY, rules=(*changed,)),
            shown_hash=SOME_HASH, second_approver=self.society.officers[1],
        )  # fmt: skip
        self.attempt(lambda: self.society.by(Role.policy_officer, adopting))

    @rule(kind=st.sampled_from(CONDITIONS), left_out=st.sampled_from(LEFT_OUT))
    def hurry_new(self, kind: str, left_out: str) -> None:
        """Bring a clinic under a condition, and hurry with its entry."""
        self._bring(kind, self.society.approvers[0] if left_out == "another proposer" else None)
        self.hurry(0, left_out)

    @rule(listing=ANY, left_out=st.sampled_from(LEFT_OUT))
    def hurry(self, listing: int, left_out: str) -> None:
        """Do all of due process but one thing, and try to publish."""
        waiting = [each for each, held in self.judge.entries.items() if not (held.public or held.withdrawn)]
        if not waiting:
            return
        entry = waiting[-1 - listing % len(waiting)]
        clinic = self.society.listing(entry).content.clinic_id
        free = [each for each in self.society.approvers if (each, clinic) not in self.judge.interests]
        for person in free[: {"approvals": 0, "second approval": 1}.get(left_out, 2)]:
            self.attempt(lambda person=person: self.society.approve(entry, person))  # type: ignore[misc]
        if left_out != "preview":
            self.attempt(lambda: self.society.preview(entry))
        if left_out not in ("preview", "delivery"):
            self.attempt(lambda: self.society.deliver(entry))
        if clinic in self.cases and self.society.clinic(clinic).enrolled_on is None:
            self.attempt(lambda: self.society.go_on(self.cases[clinic], CaseOfTests.FindingPublished))
        self._disturb(left_out, clinic, entry)
        self.society.later(30 if left_out == "days" else 61)
        self.attempt(lambda: self.society.publish(entry))

    def _disturb(self, left_out: str, clinic: UUID, entry: UUID) -> None:
        match left_out:
            case "interest":
                self._interested(clinic, self.society.approvers[0])
            case "stay" if clinic in self.cases:
                self.attempt(lambda: self.society.go_on(self.cases[clinic], CaseOfTests.StayGranted))
            case "condition":
                self.attempt(lambda: self._clinic_acts(clinic, "request"))
            case "withdrawal":
                ending = WithdrawListing(listing_id=entry, cause=WithdrawalCause.in_error)
                self.attempt(lambda: self.society.registrar(ending))
            case "words":
                self.attempt(lambda: self._clinic_acts(clinic, "decline"))
                self.attempt(lambda: self._propose(clinic))
                self.attempt(lambda: self.society.preview(entry))
                self.attempt(lambda: self.society.deliver(entry))
