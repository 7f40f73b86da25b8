"""A society that lists clinics: officers enough for two approvals, clinics brought under a condition, safety cases.

The cases are events of the names of domain.md and nothing more: what the listing asks of a case it asks by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.command import Receipt
from application.invitations import (
    DeclineInvitation,
    InviteClinic,
    LapseInvitation,
    ProveInvitationDelivery,
    RemindClinic,
)
from application.listing_reviews import ApproveListing, PreviewListing, ProvePreviewDelivery
from application.listings import ProposeListing, PublishListing
from domain.aggregate import Aggregate, Opening, RegistryEvent
from domain.codes import Role
from domain.dates import PartialDate, local_day
from domain.letters import DecliningReason, InvitationChannel
from domain.listing import Listing
from domain.listing_category import ListingCategory
from tests.application.society import Society
from tests.domain.clinics import LETTER, POST, PROOF


@dataclass(frozen=True)
class FindingOfTests:
    """What a panel found."""

    grounds: tuple[str, ...]


class CaseOfTests(Aggregate):
    """A safety case, as far as the listing looks at it."""

    TOPIC = "CaseOfTests"

    class Event(RegistryEvent):
        """An event of the case."""

    class ConcernRaised(Opening, Event):
        """Somebody raised a concern."""

        TOPIC = "CaseOfTests.ConcernRaised"

    class PanelConvened(Event):
        """An officer convened the panel."""

        TOPIC = "CaseOfTests.PanelConvened"

    class FindingDecided(Event):
        """The panel decided."""

        TOPIC = "CaseOfTests.FindingDecided"

        outcome: str
        finding: FindingOfTests

    class FindingPublished(Event):
        """The finding became public."""

        TOPIC = "CaseOfTests.FindingPublished"

    class InterimPublished(Event):
        """An interim measure became public."""

        TOPIC = "CaseOfTests.InterimPublished"

        grounds: tuple[str, ...]
        ends_on: PartialDate
        first_step: str
        replaces: str | None

    class AppealLodged(Event):
        """The clinic appealed."""

        TOPIC = "CaseOfTests.AppealLodged"

    class AppealDecided(Event):
        """The appeal was decided."""

        TOPIC = "CaseOfTests.AppealDecided"

        outcome: str

    class StayGranted(Event):
        """The finding was stayed."""

        TOPIC = "CaseOfTests.StayGranted"

    class StayEnded(Event):
        """The stay ended."""

        TOPIC = "CaseOfTests.StayEnded"

    class CaseReopened(Event):
        """The case was taken up again."""

        TOPIC = "CaseOfTests.CaseReopened"

    class CaseDismissed(Event):
        """The case was dismissed."""

        TOPIC = "CaseOfTests.CaseDismissed"

    class FindingLifted(Event):
        """The finding was lifted."""

        TOPIC = "CaseOfTests.FindingLifted"


class StandingOfTests(Aggregate):
    """A standing, as far as the listing looks at it."""

    TOPIC = "StandingOfTests"

    class Event(RegistryEvent):
        """An event of the standing."""

    class StandingBegan(Opening, Event):
        """It began."""

        TOPIC = "StandingOfTests.StandingBegan"

    class StandingAssessed(Event):
        """It was assessed."""

        TOPIC = "StandingOfTests.StandingAssessed"

        step: str


@dataclass
class ListingSociety(Society):
    """A society with a proposer and three who may approve."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.approvers = [self.appoint(Role.registrar, Role.safety_officer) for _ in range(3)]

    def invited(self) -> UUID:
        """Invite a clinic by post."""
        clinic_id = self.identified()
        self.registrar(InviteClinic(clinic_id=clinic_id, letter=LETTER, sendings=(POST,)))
        return clinic_id

    def silent(self) -> UUID:
        """Let an invitation of a clinic lapse, delivery and both reminders proved."""
        clinic_id = self.invited()
        post = InvitationChannel.post
        self.registrar(ProveInvitationDelivery(clinic_id=clinic_id, channel=post, proof=PROOF))
        for number in (1, 2):
            self.later(31)
            reminding = RemindClinic(clinic_id=clinic_id, reminder=number, letter=LETTER, sending=POST, proof=PROOF)
            self.registrar(reminding)
        self.later(31)
        self.do(LapseInvitation(clinic_id=clinic_id), Role.system)
        return clinic_id

    def declined(self, words: str | None = None) -> UUID:
        """Let a clinic decline."""
        clinic_id = self.invited()
        self.decline(clinic_id, words)
        return clinic_id

    def decline(self, clinic_id: UUID, words: str | None = None) -> None:
        """Let a clinic decline, or decline again."""
        declining = DeclineInvitation(
            clinic_id=clinic_id, decline_reason=DecliningReason.not_interested, own_words=words
        )
        self.as_clinic(clinic_id, declining)

    def propose(self, clinic_id: UUID, category: ListingCategory | None = None, case_id: UUID | None = None) -> UUID:
        """Propose an entry by rule and return its id."""
        proposing = ProposeListing(clinic_id=clinic_id, category=category, case_id=case_id)
        return self.do(proposing, Role.system).aggregate_id

    def listing(self, listing_id: UUID) -> Listing:
        """Return an entry as the store has it."""
        listing = self.store.load(Listing, listing_id)
        assert listing is not None
        return listing

    def approve(self, listing_id: UUID, person: UUID, **changed: Any) -> Receipt:
        """Approve an entry as it reads now."""
        shown_hash = self.listing(listing_id).content.shown_hash
        given = {"signer": "Dora Vierte", "shown_hash": shown_hash, **changed}
        return self.do(ApproveListing(listing_id=listing_id, **given), Role.registrar, person=person)

    def preview(self, listing_id: UUID, on: str | None = None) -> Receipt:
        """Send the clinic its preview by post."""
        occurred_on = PartialDate(on) if on else None
        previewing = PreviewListing(listing_id=listing_id, letter=LETTER, sendings=(POST,), occurred_on=occurred_on)
        return self.registrar(previewing)

    def deliver(self, listing_id: UUID, on: str | None = None) -> Receipt:
        """Prove that the preview arrived by post."""
        occurred_on = PartialDate(on) if on else None
        proving = ProvePreviewDelivery(
            listing_id=listing_id, channel=InvitationChannel.post, proof=PROOF, occurred_on=occurred_on
        )
        return self.registrar(proving)

    def ready(self, listing_id: UUID) -> None:
        """Let an entry go through due process, up to the day after LI-30."""
        for person in self.approvers[:2]:
            self.approve(listing_id, person)
        self.preview(listing_id)
        self.deliver(listing_id)
        self.later(31)

    def publish(self, listing_id: UUID) -> Receipt:
        """Publish an entry by rule."""
        return self.do(PublishListing(listing_id=listing_id), Role.system)

    def published(self, clinic_id: UUID, category: ListingCategory | None = None) -> UUID:
        """Propose an entry and publish it after due process."""
        listing_id = self.propose(clinic_id, category)
        self.ready(listing_id)
        self.publish(listing_id)
        return listing_id

    def case(self, clinic_id: UUID, *steps: type[Any]) -> UUID:
        """Let a safety case about a clinic go through these steps, and return its id."""
        act = self.founding_act().replace(clinic_id=clinic_id)
        case = CaseOfTests.begin(CaseOfTests.ConcernRaised, self.surroundings.new_id(), act)
        self.put(case)
        for step in steps:
            self.go_on(case.id, step)
        return case.id

    def go_on(self, case_id: UUID, step: type[Any], **content: Any) -> None:
        """Let a case go one step on, today."""
        case = self.store.load(CaseOfTests, case_id)
        assert case is not None
        grounds = content.pop("grounds", ("patient_safety", "consent"))
        if step is CaseOfTests.FindingDecided:
            content = {"outcome": "substantiated", "finding": FindingOfTests(grounds), **content}
        acting = self.founding_act().replace(clinic_id=self.store.events_of(case_id)[0].context.clinic_id)
        if step is CaseOfTests.InterimPublished:
            first, second = content.pop("officers", self.officers[:2])
            case.record(CaseOfTests.PanelConvened, acting.replace(actor_person=first))
            by = f"{case_id}/{case.version}"
            content = {
                "grounds": grounds, "ends_on": PartialDate(self.ago(-30)), "first_step": by, "replaces": None, **content
            }  # fmt: skip
            acting = acting.replace(actor_person=second)
        case.record(step, acting, **content)
        self.put(case)

    def assess(self, clinic_id: UUID, *steps: str) -> None:
        """Let the standing of a clinic be assessed, step by step."""
        act = self.founding_act().replace(clinic_id=clinic_id)
        standing = StandingOfTests.begin(StandingOfTests.StandingBegan, self.surroundings.new_id(), act)
        for step in steps:
            assessing = self.founding_act().replace(clinic_id=clinic_id)
            standing.record(StandingOfTests.StandingAssessed, assessing, step=step)
        self.put(standing)

    def today(self) -> str:
        """Return the day at the clinics."""
        return local_day(self.surroundings.now(), "Europe/Berlin").isoformat()

    def ago(self, days: int) -> str:
        """Return a day before today at the clinics."""
        return (local_day(self.surroundings.now(), "Europe/Berlin") - timedelta(days)).isoformat()


def nothing_recorded(society: Society, refusal: type[Exception], act: Callable[[], object]) -> None:
    """See an act refused by this name, and that nothing of it was recorded."""
    before = len(society.store.log)
    with pytest.raises(refusal):
        act()
    assert len(society.store.log) == before
