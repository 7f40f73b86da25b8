"""Every refused shortcut of a safety case by its own name: what is lacking, what runs, who may not."""

from __future__ import annotations

from domain.errors import Refused

_NOTHING = "Nothing was recorded."


class PanelNotConvened(Refused):
    """The case {case} has no panel yet."""

    remedy = "Convene a panel of at least three members first; nothing was recorded."


class PanelTooSmall(Refused):
    """A panel has at least three members without an interest in the clinic; these are {members}."""

    remedy = "Name more members; nothing was recorded."


class PanelMemberDropped(Refused):
    """The person {person} sits on the panel of the case {case} and cannot be left out of it."""

    remedy = "A panel may grow, never lose members; nothing was recorded."


class PanelComplete(Refused):
    """Members of the panel of the case {case} have voted, so it takes no further ones."""

    remedy = "It may grow after a vote only when fewer than three have no interest; nothing was recorded."


class PanelMemberHasInterest(Refused):
    """The person {person} has an interest in the clinic concerned or acts for it, and so is no member of a panel."""

    remedy = "Let somebody without an interest do it; nothing was recorded."


class RaiserDoesNotDecide(Refused):
    """The person {person} raised the concern, and neither judges it nor approves what follows."""

    remedy = "Let somebody else do it; nothing was recorded."


class NotOnThePanel(Refused):
    """The person {person} is no member of the panel of the case {case}."""

    remedy = "Only members of its panel vote and decide; nothing was recorded."


class InterestAlreadyTold(Refused):
    """The person {person} has declared an interest in the case {case} already."""

    remedy = _NOTHING


class NoticeNotServed(Refused):
    """The clinic was not served a notice of the case {case}."""

    remedy = "Serve it, prove its delivery and let the clinic reply; nothing was recorded."


class NoticeAlreadyServed(Refused):
    """The clinic was served the notice of the case {case}; its panel decides by vote."""

    remedy = _NOTHING


class NoticeNotDelivered(Refused):
    """The delivery of the notice of the case {case} is not proved, so no time runs against the clinic."""

    remedy = "Prove the delivery; nothing was recorded."


class NoticeAlreadyDelivered(Refused):
    """The delivery of the notice of the case {case} is proved already."""

    remedy = _NOTHING


class ReplyPeriodRuns(Refused):
    """The clinic may reply in the case {case} until the end of {until}; before a reply or a lapse nobody decides."""

    remedy = "Wait for the reply, or for the clock to record that the period lapsed; nothing was recorded."


class ReplyPeriodEnded(Refused):
    """The period for the reply in the case {case} ended already, by a reply or by its lapse."""

    remedy = _NOTHING


class RepliesNotShown(Refused):
    """Who votes or decides is shown every reply of the clinic, late ones too; not shown: {replies}."""

    remedy = "Read them and name them; nothing was recorded."


class VotesAlreadyCast(Refused):
    """Members of the panel of the case {case} have voted; it takes no further notice now."""

    remedy = "Decide it, or reopen it after the decision; nothing was recorded."


class VoteAlreadyCast(Refused):
    """The person {person} has voted in the case {case}; each member has one vote."""

    remedy = _NOTHING


class QuorumNotReached(Refused):
    """Of the panel of the case {case}, {votes} members without an interest voted; {quorum} have to."""

    remedy = "Let more members vote; nothing was recorded."


class GroundNotInNotice(Refused):
    """The clinic could not reply to what its notice does not name: {grounds}."""

    remedy = "Serve a further notice that names it; nothing was recorded."


class EvidenceUnknown(Refused):
    """The case {case} holds no such evidence: {evidence}."""

    remedy = "Add it to the case, and cite the event that did; nothing was recorded."


class EvidenceNotInNotice(Refused):
    """The clinic could not reply to evidence that its notice does not name: {evidence}."""

    remedy = "Serve a further notice that names it; nothing was recorded."


class RemedyWithoutFinding(Refused):
    """The panel voted that nothing was substantiated, so no remedy follows."""

    remedy = _NOTHING


class FindingNotDecided(Refused):
    """The case {case} is not decided yet."""

    remedy = "Let its panel vote and decide; nothing was recorded."


class CaseIsDecided(Refused):
    """The case {case} is decided already."""

    remedy = "A decided case goes on by publication, appeal, lifting or reopening; nothing was recorded."


class FindingNotDelivered(Refused):
    """The delivery of the finding of the case {case} is not proved, so neither appeal nor preview has begun."""

    remedy = "Prove the delivery; nothing was recorded."


class FindingAlreadyDelivered(Refused):
    """The delivery of the finding of the case {case} is proved already."""

    remedy = _NOTHING


class PreviewPeriodRuns(Refused):
    """The clinic has the finding of the case {case} for preview until the end of {until}."""

    remedy = "Wait until the day after; nothing was recorded."


class AppealPeriodRuns(Refused):
    """The clinic may appeal the finding of the case {case} until the end of {until}."""

    remedy = "Wait until the day after; nothing was recorded."


class AppealPeriodOver(Refused):
    """The finding of the case {case} could be appealed before its publication until the end of {until}."""

    remedy = "Once it is published it can be appealed again, and then stays published; nothing was recorded."


class PublisherIsNotSecondApprover(Refused):
    """The person {person} signed the finding of the case {case}; a second person approves its publication."""

    remedy = "Let another officer publish it; nothing was recorded."


class InterimNeedsSecondOfficer(Refused):
    """The person {person} took the step before this one; a second officer publishes an interim measure."""

    remedy = "Let another officer do it; nothing was recorded."


class NoInterimInForce(Refused):
    """No interim measure of the case {case} is in force."""

    remedy = _NOTHING


class InterimInForce(Refused):
    """An interim measure of the case {case} is in force until the end of {until}."""

    remedy = "Renew or end it; nothing was recorded."


class FindingNotPublished(Refused):
    """No finding of the case {case} is public."""

    remedy = _NOTHING


class FindingAlreadyPublished(Refused):
    """The finding of the case {case} is published already."""

    remedy = _NOTHING


class AppealAlreadyLodged(Refused):
    """The finding of the case {case} was appealed already, by {earlier}."""

    remedy = _NOTHING


class NoAppealPending(Refused):
    """No appeal of the case {case} waits for a decision."""

    remedy = _NOTHING


class AppealNotDecided(Refused):
    """The appeal of the case {case} is not decided yet."""

    remedy = "Decide it by people who were not on the first panel; nothing was recorded."


class AppealHeardByFirstPanel(Refused):
    """The person {person} was on the panel of the case {case} or approved its finding, and hears no appeal about it."""

    remedy = "Let others hear it; nothing was recorded."


class NotAmongTheHearers(Refused):
    """The person {person} records an appeal's decision without having heard it."""

    remedy = "Let one of those who heard it record it; nothing was recorded."


class StayAlreadyGranted(Refused):
    """The finding of the case {case} is stayed on appeal already."""

    remedy = _NOTHING


class NotStayed(Refused):
    """The finding of the case {case} is not stayed."""

    remedy = _NOTHING


class FindingIsLifted(Refused):
    """The finding of the case {case} was lifted."""

    remedy = "Reopen the case if there is new evidence; nothing was recorded."


class CaseIsClosed(Refused):
    """The case {case} is closed."""

    remedy = "Reopen it if there is new evidence; nothing was recorded."


class CaseStillOpen(Refused):
    """The case {case} is not over, so there is nothing to reopen."""

    remedy = _NOTHING


class CaseAlreadyRaised(Refused):
    """The case {case} is raised already."""

    remedy = _NOTHING
