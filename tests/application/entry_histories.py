"""Random histories of a society that lists clinics, lived through the real application; every entry is judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from application.appointments import DeclareInterest
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
from tests.application.listed_lives import ACTS, CONDITIONS, Lives
from tests.application.wrongful_entry import Judge
from tests.domain.clinics import SOME_HASH

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
        self.lives = Lives(self.society)
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
        clinic = self.attempt(lambda: getattr(self.lives, kind)())
        if clinic is not None:
            self.clinics.append(clinic)
            self.attempt(lambda: self.lives.propose(clinic, proposer))

    @rule(clinic=ANY, person=ANY, category=st.sampled_from([None, *ListingCategory]))
    def propose(self, clinic: int, person: int, category: ListingCategory | None) -> None:
        if (about := self._clinic(clinic)) is not None:
            proposing = ProposeListing(clinic_id=about, category=category, case_id=self.lives.cases.get(about))
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

    @rule(clinic=ANY, act=st.sampled_from(ACTS))
    def let_clinic(self, clinic: int, act: str) -> None:
        if (about := self._clinic(clinic)) is not None:
            self.attempt(lambda: self.lives.let(about, act))

    @rule(number=ANY, step=st.sampled_from(STEPS), outcome=st.sampled_from(["upheld", "overturned"]))
    def go_on(self, number: int, step: type[Any], outcome: str) -> None:
        if self.lives.cases:
            case = list(self.lives.cases.values())[number % len(self.lives.cases)]
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
        proposer = self.society.officers[0] if kind == "interim" else self.society.approvers[0]
        self.lives.one_officer = left_out in ("approvals", "second approval")
        self._bring(kind, proposer if left_out == "another proposer" else None)
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
        if self.society.listing(entry).content.category is ListingCategory.finding_published:
            self.attempt(lambda: self.society.go_on(self.lives.cases[clinic], CaseOfTests.FindingPublished))
        self._disturb(left_out, clinic, entry)
        if self.society.listing(entry).content.category is not ListingCategory.interim:
            # A measure that waited so long would be over.
            self.society.later(30 if left_out == "days" else 61)
        self.attempt(lambda: self.society.publish(entry))

    def _disturb(self, left_out: str, clinic: UUID, entry: UUID) -> None:
        match left_out:
            case "interest":
                for person in (self.society.approvers[0], self.society.officers[0]):
                    self._interested(clinic, person)
            case "stay" if clinic in self.lives.cases:
                self.attempt(lambda: self.society.go_on(self.lives.cases[clinic], CaseOfTests.StayGranted))
            case "condition":
                self.attempt(lambda: self.lives.let(clinic, "request"))
                self.attempt(lambda: self.lives.let(clinic, "better"))
            case "withdrawal":
                ending = WithdrawListing(listing_id=entry, cause=WithdrawalCause.in_error)
                self.attempt(lambda: self.society.registrar(ending))
            case "words":
                self.attempt(lambda: self.lives.let(clinic, "decline"))
                self.attempt(lambda: self.lives.propose(clinic))
                self.attempt(lambda: self.society.preview(entry))
                self.attempt(lambda: self.society.deliver(entry))
