"""From publication on: an adverse entry is public only after due process, disputes stand beside it, its end is final.

Every shortcut is refused by its own name. What the rules cannot see in the entry itself (the present condition, who
has an interest by now, a stay of the finding) comes in as facts, looked up at the moment of publication.
"""

from __future__ import annotations

from datetime import date

from domain.aggregate import Act
from domain.chronology import require_past
from domain.dates import PartialDate, day, due_day, last_day
from domain.errors import InvalidInput
from domain.listing_category import ListingCategory
from domain.listing_condition import holds_on
from domain.listing_entry import ListingEntry
from domain.listing_errors import (
    AlreadyDisputed,
    ApproverHasInterest,
    ConditionEnded,
    ConditionHolds,
    DisputeWaits,
    EntryOutdated,
    FindingNotPublished,
    NotApprovedByTwo,
    NotDisputed,
    NothingToCorrect,
    PreviewMissing,
    PreviewNotDelivered,
    PreviewNotOver,
    ProposerCannotApprove,
    ReviewNotDue,
    StayOpen,
)
from domain.listing_state import (
    CorrectionKind,
    DisputeGround,
    EntryApproval,
    ListedState,
    ListingEvent,
    PublicationFacts,
    WithdrawalCause,
)
from domain.plain_text import require_plain

LONGEST_STATEMENT = 500
"""Characters of a clinic's statement, or of an answer to it, that are shown beside an entry."""

RV_365 = "RV-365"
"""The rule of the review."""


class ListingPublished(ListingEvent):
    """The entry became public; after due process where it is adverse, by rule where it is not."""

    TOPIC = "ListingPublished.v1"

    entry: ListingEntry
    """What it says, word for word."""
    policy_version: int
    """Version of the policy in force on the day."""
    approvals: tuple[EntryApproval, ...]
    """The approvals by different officers without an interest; empty where none is needed, and of an interim measure,
    which two officers put in force: its event is the entry's condition."""
    preview_delivered_on: PartialDate | None = None
    """Day on which the preview reached the clinic; absent where none is needed."""
    preview_until: PartialDate | None = None
    """Last day of LI-30; absent where no preview is needed."""
    review_on: PartialDate | None = None
    """Last day before which the entry is reviewed (RV-365) or withdrawn; absent where it needs no review."""

    def _remember(self, listing: ListedState) -> None:
        listing.entry, listing.content_evidence = self.entry, self.evidence
        listing.published, listing.review_on = self.evidence, self.review_on


class ListingDisputed(ListingEvent):
    """The clinic disputed the entry; shown beside it until it is answered."""

    TOPIC = "ListingDisputed.v1"

    disputed: str
    """Id of the event that holds what is disputed: `<aggregate id>/<version>`."""
    ground: DisputeGround
    """Why."""
    statement: str
    """What the clinic says, verbatim, at most 500 characters, without names of persons."""

    def _remember(self, listing: ListedState) -> None:
        listing.dispute = self.evidence


class ListingCorrected(ListingEvent):
    """The entry was corrected, or stands as it was after a dispute; never with another condition."""

    TOPIC = "ListingCorrected.v1"

    kind: CorrectionKind
    """Whether it was changed or upheld."""
    entry: ListingEntry
    """What it says now, word for word."""
    replaces: str
    """Id of the event that holds what it said before: `<aggregate id>/<version>`."""
    policy_version: int
    """Version of the policy in force on the day."""
    dispute: str | None = None
    """Id of the event of the dispute that this answers."""
    answer: str | None = None
    """The answer to the dispute, shown to the public, without names of persons."""

    def _remember(self, listing: ListedState) -> None:
        listing.entry, listing.content_evidence = self.entry, self.evidence
        if self.dispute:
            listing.dispute = ""


class ListingWithdrawn(ListingEvent):
    """The entry ended and is never published again; of one that was never public it does not say whose it was."""

    TOPIC = "ListingWithdrawn.v1"

    cause: WithdrawalCause
    """Why."""
    published: str | None = None
    """Id of the event of its publication; absent where it was never public."""
    category: ListingCategory | None = None
    """Its category; absent where it was never public."""
    dispute: str | None = None
    """Id of the event of the dispute that this answers."""
    answer: str | None = None
    """The answer to the dispute, shown to the public, without names of persons."""

    def _remember(self, listing: ListedState) -> None:
        listing.withdrawn, listing.withdrawn_for, listing.dispute = self.evidence, self.cause, ""


class Publication(ListedState):
    """Decisions about an entry that is, or is about to be, public."""

    def publish(self, act: Act, facts: PublicationFacts) -> None:
        """Make the entry public as it was proposed; raise the name of whatever is missing."""
        self.require_unpublished()
        if facts.stay is not None:
            raise StayOpen(listing=self.id, stay=facts.stay)
        entry = self._require_condition(facts)
        if not facts.finding_public:
            raise FindingNotPublished(case=self.case_id, listing=self.id)
        if entry.shown_hash != self.content.shown_hash:
            raise EntryOutdated(listing=self.id)
        if entry.category.adverse:
            self._require_approved(facts)
        if entry.category.previewed:
            self._require_previewed(entry.category, facts.today)
        preview = self.preview
        self.record(
            ListingPublished,
            act,
            entry=entry,
            policy_version=facts.policy.number,
            approvals=tuple(self.approvals.values()),
            preview_delivered_on=preview.delivered_on if preview else None,
            preview_until=preview.until if preview else None,
            review_on=_review_on(entry, facts),
        )

    def dispute_entry(self, act: Act, ground: DisputeGround, statement: str, time_zone: str) -> None:
        """Dispute the public entry for the clinic, in its words."""
        self.require_published()
        if self.dispute:
            raise AlreadyDisputed(listing=self.id, dispute=self.dispute)
        if ground is DisputeGround.unrecognised:
            raise InvalidInput(field="ground", problem="is not in the code list")
        require_statement("statement", statement)
        require_past(act, time_zone)
        self.record(ListingDisputed, act, disputed=self.content_evidence, ground=ground, statement=statement)

    def uphold(self, act: Act, facts: PublicationFacts, answer: str) -> None:
        """Answer the dispute: the entry says what the record says, and stands."""
        dispute = self._require_disputed()
        require_statement("answer", answer)
        if self._require_condition(facts).shown_hash != self.content.shown_hash:
            raise EntryOutdated(listing=self.id)
        self._correct(act, CorrectionKind.upheld, facts, dispute, answer)

    def correct(self, act: Act, facts: PublicationFacts, answer: str | None = None) -> None:
        """Let the entry say what the record says by now, for the same condition; with an answer to the dispute."""
        self.require_published()
        dispute = self._require_disputed() if answer is not None else None
        if answer is not None:
            require_statement("answer", answer)
        entry = self._require_condition(facts)
        if self.dispute and dispute is None and entry.shown_hash != self.content.shown_hash:
            # Only its last day may move meanwhile: a renewed measure protects patients during a dispute, too.
            raise DisputeWaits(listing=self.id, dispute=self.dispute)
        if entry == self.content:
            raise NothingToCorrect(listing=self.id)
        self._correct(act, CorrectionKind.corrected, facts, dispute, answer)

    def withdraw(self, act: Act, cause: WithdrawalCause, facts: PublicationFacts, answer: str | None = None) -> None:
        """End the entry for good, for a cause that is true."""
        self.require_standing()
        dispute = self._require_disputed() if cause is WithdrawalCause.disputed else self.dispute or None
        if cause is WithdrawalCause.disputed:
            require_statement("answer", answer or "")
        self._require_cause(cause, facts)
        content = {"cause": cause, "dispute": dispute, "answer": answer}
        if self.published:
            told = {"published": self.published, "category": self.content.category}
            self.record(ListingWithdrawn, act, **told, **content)
            return
        # Not by `record`, which would tell the public of which clinic it was.
        self.trigger_event(ListingWithdrawn, timestamp=act.recorded_at, context=act.context, **content)

    def _correct(
        self, act: Act, kind: CorrectionKind, facts: PublicationFacts, dispute: str | None, answer: str | None
    ) -> None:
        self.record(
            ListingCorrected,
            act,
            kind=kind,
            entry=facts.entry,
            replaces=self.content_evidence,
            policy_version=facts.policy.number,
            dispute=dispute,
            answer=answer,
        )

    def _require_condition(self, facts: PublicationFacts) -> ListingEntry:
        entry = facts.entry
        if entry is None or entry.condition != self.content.condition or not holds_on(entry, facts.today):
            raise ConditionEnded(listing=self.id, category=self.content.category, clinic=self.concerns)
        return entry

    def _require_approved(self, facts: PublicationFacts) -> None:
        approvers = set(self.approvals) if self.content.category.approved else facts.officers
        biased = sorted(facts.interested & approvers)
        if biased:
            raise ApproverHasInterest(person=biased[0], clinic=self.concerns)
        if len(approvers) < 2:
            raise NotApprovedByTwo(listing=self.id, approvals=len(approvers))
        if not self.content.category.approved and self.proposed_by in approvers:
            raise ProposerCannotApprove(person=self.proposed_by)

    def _require_previewed(self, category: ListingCategory, today: date) -> None:
        if self.preview is None:
            raise PreviewMissing(listing=self.id)
        if not category.waits_for_preview:
            return
        if self.preview.until is None:
            raise PreviewNotDelivered(listing=self.id)
        if today <= last_day(self.preview.until):
            raise PreviewNotOver(until=self.preview.until, today=today)

    def _require_disputed(self) -> str:
        self.require_published()
        if not self.dispute:
            raise NotDisputed(listing=self.id)
        return self.dispute

    def _require_cause(self, cause: WithdrawalCause, facts: PublicationFacts) -> None:
        entry = facts.entry
        ended = entry is None or entry.condition != self.content.condition or not holds_on(entry, facts.today)
        holds = ConditionHolds(listing=self.id, category=self.content.category, clinic=self.concerns)
        match cause:
            case WithdrawalCause.condition_ended:
                if not ended:
                    raise holds
            case WithdrawalCause.not_reviewed:
                self.require_published()
                if self.review_on is None or facts.today <= last_day(self.review_on):
                    raise ReviewNotDue(listing=self.id, review_on=self.review_on, today=facts.today)
            case WithdrawalCause.disputed | WithdrawalCause.in_error:
                # What speaks for a clinic is not taken from it by a person while it is true.
                if not self.content.category.adverse and not ended:
                    raise holds
            case _:
                raise InvalidInput(field="cause", problem="is not in the code list")


def require_statement(field: str, words: str) -> None:
    """Refuse words for the public that are empty, too long, or hold what cannot be shown."""
    if not 0 < len(words.strip()) <= len(words) <= LONGEST_STATEMENT:
        raise InvalidInput(field=field, problem=f"has between 1 and {LONGEST_STATEMENT} characters")
    for line in words.splitlines():
        require_plain(field, line)


def _review_on(entry: ListingEntry, facts: PublicationFacts) -> PartialDate | None:
    if not entry.category.reviewed:
        return None
    return day(due_day(facts.today, facts.policy.rule(RV_365).limit))
