"""Before an entry is public: proposed, approved by two, shown to the clinic, its delivery proved.

Approvals and preview belong to one wording. When the record changes, the entry is proposed again as it then reads,
and nothing of what was approved or shown before counts for it.
"""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from domain.aggregate import Act, Opening
from domain.chronology import require_not_before, require_past
from domain.codes import Sha256
from domain.dates import PartialDate, day, due_day, last_day
from domain.errors import InvalidInput
from domain.letters import InvitationChannel, Letter, Proof, Sending
from domain.listing_entry import ListingEntry
from domain.listing_errors import (
    AlreadyApproved,
    ApprovalNotNeeded,
    ListingExists,
    OtherEntryShown,
    PreviewDeliveryKnown,
    PreviewMissing,
    PreviewNotNeeded,
    PreviewNotSentThatWay,
    ProposerCannotApprove,
)
from domain.listing_state import EntryApproval, ListedState, ListingEvent, Preview
from domain.obligation_terms import exact_day
from domain.policy import Policy
from domain.signature import Signature, SignatureMeaning, require_signed

LI_30 = "LI-30"
"""The rule of the preview."""


class ListingProposed(Opening, ListingEvent):
    """An entry was proposed, by rule or by an officer; again when the record has changed its wording."""

    TOPIC = "ListingProposed.v1"

    entry: ListingEntry
    """What it says, word for word."""
    policy_version: int
    """Version of the policy in force on the day."""
    case_id: UUID | None = None
    """The safety case that it rests on."""

    def mutate(self, aggregate: Any) -> Any:
        """Begin the entry with its first wording and go on with a later one: one event says both."""
        if aggregate is None:
            return CanInitAggregate.mutate(self, None)
        return CanMutateAggregate.mutate(self, aggregate)

    def _remember(self, listing: ListedState) -> None:
        listing.entry, listing.content_evidence = self.entry, self.evidence
        listing.case_id = self.case_id
        listing.proposed_by, listing.proposed_on = self.context.actor_person, self.context.occurred_on
        listing.approvals, listing.preview = {}, None


class ListingApproved(ListingEvent):
    """An officer without an interest approved the entry as it reads; the signer's name is sealed."""

    TOPIC = "ListingApproved.v1"

    signature: Signature
    """The signature, with the hash of the entry that the approver was shown."""

    def _remember(self, listing: ListedState) -> None:
        person = self.context.actor_person
        assert person is not None, "an approval is a person's"
        listing.approvals[person] = EntryApproval(
            role=self.context.actor_role, approved_at=self.signature.signed_at, shown_hash=self.signature.shown_hash
        )


class ListingPreviewed(ListingEvent):
    """The entry was sent to the clinic before the public sees it."""

    TOPIC = "ListingPreviewed.v1"

    shown_hash: Sha256
    """SHA-256 of the entry that the clinic was shown."""
    letter: Letter
    """The letter that it was sent with."""
    sendings: tuple[Sending, ...]
    """By which ways, at least one."""

    def _remember(self, listing: ListedState) -> None:
        sent = {each.channel.value: (self.evidence, self.context.occurred_on) for each in self.sendings}
        listing.preview = Preview({**(listing.preview.sent if listing.preview else {}), **sent})


class ListingPreviewDelivered(ListingEvent):
    """It was proved that the preview reached the clinic; LI-30 runs from then."""

    TOPIC = "ListingPreviewDelivered.v1"

    preview: str
    """Id of the event of the preview: `<aggregate id>/<version>`."""
    channel: InvitationChannel
    """By which of its ways it arrived."""
    proof: Proof
    """What proves it."""
    policy_version: int
    """Version of the policy in force on the day of delivery; LI-30 keeps it."""
    until: PartialDate
    """Last day of LI-30."""

    def _remember(self, listing: ListedState) -> None:
        if listing.preview is not None:
            listing.preview.delivered_on, listing.preview.until = self.context.occurred_on, self.until


class Preparation(ListedState):
    """Decisions about an entry that is not public yet."""

    @classmethod
    def propose(
        cls, listing_id: UUID, act: Act, entry: ListingEntry, policy_version: int, case_id: UUID | None = None
    ) -> Self:
        """Propose a new entry."""
        content = {"entry": entry, "policy_version": policy_version, "case_id": case_id}
        return cls.begin(ListingProposed, listing_id, act.replace(clinic_id=entry.clinic_id), **content)

    def propose_again(self, act: Act, entry: ListingEntry, policy_version: int, case_id: UUID | None = None) -> None:
        """Propose the entry as it reads now; approvals and preview begin anew."""
        self.require_unpublished()
        if entry.shown_hash == self.content.shown_hash:
            raise ListingExists(listing=self.id)
        self.record(
            ListingProposed,
            act,
            originator_topic=self.TOPIC,
            entry=entry,
            policy_version=policy_version,
            case_id=case_id,
        )

    def approve(self, act: Act, signature: Signature) -> None:
        """Approve the entry, as a person who neither proposed nor approved it before."""
        self.require_unpublished()
        if not self.content.category.approved:
            raise ApprovalNotNeeded(category=self.content.category)
        person = act.context.actor_person
        if person is None or person == self.proposed_by:
            raise ProposerCannotApprove(person=person)
        if person in self.approvals:
            raise AlreadyApproved(person=person)
        require_signed(signature, SignatureMeaning.approved, act)
        if signature.shown_hash != self.content.shown_hash:
            raise OtherEntryShown(signed=signature.shown_hash, entry=self.content.shown_hash)
        self.record(ListingApproved, act, signature=signature)

    def show_clinic(self, act: Act, letter: Letter, sendings: tuple[Sending, ...], time_zone: str) -> None:
        """Record that the clinic was sent the entry as it reads, on an exact day after it was proposed."""
        self.require_unpublished()
        if not self.content.category.previewed:
            raise PreviewNotNeeded(category=self.content.category)
        if not sendings or len({each.channel for each in sendings}) != len(sendings):
            raise InvalidInput(field="sendings", problem="needs at least one way, each once")
        if self.preview is not None and self.preview.delivered_on is not None:
            raise PreviewDeliveryKnown(delivered_on=self.preview.delivered_on)
        exact_day(act.context.occurred_on, "occurred_on")
        require_past(act, time_zone)
        assert self.proposed_on is not None
        require_not_before("occurred_on", act.context.occurred_on, self.proposed_on, "the proposal")
        shown_hash = self.content.shown_hash
        self.record(ListingPreviewed, act, shown_hash=shown_hash, letter=letter, sendings=sendings)

    def prove_preview(self, act: Act, channel: InvitationChannel, proof: Proof, policy: Policy, time_zone: str) -> None:
        """Record what proves that the preview arrived on an exact day; LI-30 runs under the policy of that day."""
        self.require_unpublished()
        preview = self.preview
        if preview is None:
            raise PreviewMissing(listing=self.id)
        if preview.delivered_on is not None:
            raise PreviewDeliveryKnown(delivered_on=preview.delivered_on)
        if channel.value not in preview.sent:
            raise PreviewNotSentThatWay(channel=channel, sent=", ".join(sorted(preview.sent)))
        sending, sent_on = preview.sent[channel.value]
        delivered_on = exact_day(act.context.occurred_on, "occurred_on")
        require_past(act, time_zone)
        require_not_before("occurred_on", act.context.occurred_on, sent_on, "the preview")
        version = policy.version_on(delivered_on)
        until = due_day(last_day(act.context.occurred_on), version.rule(LI_30).limit)
        self.record(
            ListingPreviewDelivered,
            act,
            preview=sending,
            channel=channel,
            proof=proof,
            policy_version=version.number,
            until=day(until),
        )
