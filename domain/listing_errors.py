"""Every way in which a public entry is refused: each shortcut past due process has its own name."""

from __future__ import annotations

from domain.errors import Refused


class NoSuchCondition(Refused):
    """The clinic {clinic} stands in no public category {category} now, so there is nothing to list."""

    remedy = "Look at the clinic's history (icms history); nothing was recorded."


class ListingExists(Refused):
    """The entry {listing} says exactly this already."""

    remedy = "Go on with it; nothing was recorded."


class EntryIsPublic(Refused):
    """The entry {listing} is public."""

    remedy = "Correct or withdraw it; nothing was recorded."


class EntryNotPublic(Refused):
    """The entry {listing} is not public."""

    remedy = "Look at the entry (icms listings); nothing was recorded."


class ListingIsWithdrawn(Refused):
    """The entry {listing} was withdrawn, and is never published again."""

    remedy = "A condition that comes back gives another entry: propose that one; nothing was recorded."


class ApprovalNotNeeded(Refused):
    """An entry of the category {category} needs no approval: it harms nobody, or two officers decided its measure."""

    remedy = "Nothing was recorded."


class ProposerCannotApprove(Refused):
    """The person {person} proposed the entry, and so cannot approve it."""

    remedy = "Let two other officers approve it; nothing was recorded."


class AlreadyApproved(Refused):
    """The person {person} approved the entry already; the second approval is another's."""

    remedy = "Let a different officer approve it; nothing was recorded."


class OtherEntryShown(Refused):
    """What was signed has the hash {signed}, but the entry that is proposed has {entry}."""

    remedy = "Read the entry as it is (icms listings --json, shown_hash) and sign that; nothing was recorded."


class NotApprovedByTwo(Refused):
    """The entry {listing} has {approvals} approval(s) by different officers; an adverse one needs two."""

    remedy = "Let another officer without an interest approve it; nothing was recorded."


class ApproverHasInterest(Refused):
    """The officer {person}, who approved the entry, has declared an interest in the clinic {clinic} since."""

    remedy = "Let another officer without an interest approve it; nothing was recorded."


class PreviewMissing(Refused):
    """The clinic was sent no preview of the entry {listing} as it reads now."""

    remedy = "Send the preview and prove its delivery; nothing was recorded."


class PreviewNotDelivered(Refused):
    """No delivery of the preview of the entry {listing} is proved, so no time runs against the clinic."""

    remedy = "Prove the delivery; nothing was recorded."


class PreviewDeliveryKnown(Refused):
    """The delivery of the preview was proved for {delivered_on} already."""

    remedy = "LI-30 runs from then; nothing was recorded."


class PreviewNotSentThatWay(Refused):
    """The preview was not sent by {channel}, but by {sent}."""

    remedy = "Name a way by which it was sent; nothing was recorded."


class PreviewNotOver(Refused):
    """The clinic has until the end of {until} to see the entry before the public does; on {today} it is too early."""

    remedy = "Wait until the day after; nothing was recorded."


class PreviewNotNeeded(Refused):
    """An entry of the category {category} is published by rule; the clinic needs no preview."""

    remedy = "Nothing was recorded."


class StayOpen(Refused):
    """The finding that the entry {listing} rests on is stayed on appeal by {stay}."""

    remedy = "Wait for the end of the stay; nothing was recorded."


class FindingNotPublished(Refused):
    """The case {case} has not published the finding that the entry {listing} rests on."""

    remedy = "Publish the finding in its case first; nothing was recorded."


class ConditionEnded(Refused):
    """The condition of the entry {listing}, {category}, no longer holds for the clinic {clinic}."""

    remedy = "Withdraw the entry; nothing was recorded."


class ConditionHolds(Refused):
    """The condition of the entry {listing}, {category}, still holds for the clinic {clinic}."""

    remedy = "Withdraw it for another cause, as an officer, or leave it; nothing was recorded."


class EntryOutdated(Refused):
    """The entry {listing} no longer says what the record says."""

    remedy = "Propose it again as it reads now, and let it be approved and previewed anew; nothing was recorded."


class NothingToCorrect(Refused):
    """The entry {listing} says what the record says."""

    remedy = "Correct the record first, if it is wrong; nothing was recorded."


class ReviewNotDue(Refused):
    """The entry {listing} is to be reviewed after {review_on}; on {today} that day is not over."""

    remedy = "Wait until the day after; nothing was recorded."


class AlreadyDisputed(Refused):
    """The entry {listing} is disputed already, by {dispute}."""

    remedy = "Wait for the answer; nothing was recorded."


class NotDisputed(Refused):
    """The entry {listing} has no dispute that waits for an answer."""

    remedy = "Nothing was recorded."


class DisputeWaits(Refused):
    """The entry {listing} is disputed, by {dispute}; that is answered, not passed over."""

    remedy = "Answer the dispute: corrected or withdrawn; nothing was recorded."
