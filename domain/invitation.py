"""An invitation runs from its sending to a reply, its return, or its lapse; silence counts only after proved delivery.

IN-90: 90 days from proved delivery, with reminders at 30 and 60 days, both proved.
"""

from __future__ import annotations

from datetime import date

from domain.aggregate import Act
from domain.chronology import require_not_before
from domain.clinic_state import ClinicEvent, ClinicState, Reminder, RunningInvitation, require_over
from domain.codes import Sha256
from domain.dates import PartialDate, day, due_day, last_day
from domain.errors import InvalidInput, Refused
from domain.letters import DecliningReason, InvitationChannel, Letter, Proof, Sending
from domain.participation import ParticipationForbids, ParticipationState, require_possible
from domain.plain_text import require_plain
from domain.policy import PolicyVersion
from domain.silence import reply_due

_DELIVERABLE = (ParticipationState.invited, ParticipationState.undeliverable)

LONGEST_OWN_WORDS = 500
"""Characters of a clinic's own words; they are shown verbatim."""


class InvitationWasDelivered(Refused):
    """The invitation's delivery was proved on {delivered_on}; it did not come back."""


class DeliveryNotProved(Refused):
    """No delivery of the invitation is proved, so no time runs against the clinic."""

    remedy = "Prove the delivery, or record the invitation's return; nothing was recorded."


class InvitationCameBack(Refused):
    """The invitation sent by {channel} came back; its delivery by that way cannot be proved."""

    remedy = "Prove its delivery by another way, or invite the clinic again; nothing was recorded."


class DeliveryAlreadyProved(Refused):
    """The delivery by {channel} is proved already."""


class ReminderNotProved(Refused):
    """The delivery of reminder {reminder} is not proved; silence does not count before both are."""


class ReminderTooEarly(Refused):
    """Reminder {reminder} is due on {due_on}, {days} days after {what}; {on} is earlier."""


class ReminderOutOfTurn(Refused):
    """Reminder {reminder} cannot be recorded now: {problem}."""


class ClinicInvited(ClinicEvent):
    """The society called on a clinic to join."""

    TOPIC = "ClinicInvited.v1"

    letter: Letter
    """What was sent."""
    sendings: tuple[Sending, ...]
    """By which ways, at least one."""

    def _remember(self, clinic: ClinicState) -> None:
        channels = frozenset(sending.channel.value for sending in self.sendings)
        clinic.invitation = RunningInvitation(self.context.occurred_on, self.evidence, channels)


class InvitationDelivered(ClinicEvent):
    """It was proved that the invitation reached the clinic; the first proof starts IN-90."""

    TOPIC = "InvitationDelivered.v1"

    channel: InvitationChannel
    """By which of its ways."""
    proof: Proof
    """What proves it."""

    def _remember(self, clinic: ClinicState) -> None:
        invitation = clinic.invitation
        assert invitation is not None
        invitation.delivered_by |= {self.channel.value}
        if invitation.delivered_on is None:
            invitation.delivered_on, invitation.delivery = self.context.occurred_on, self.evidence


class InvitationReminded(ClinicEvent):
    """A clinic that had not replied was reminded."""

    TOPIC = "InvitationReminded.v1"

    reminder: int
    """1 for the first, 2 for the second."""
    letter: Letter
    """What was sent."""
    sending: Sending
    """By which way."""
    proof: Proof | None = None
    """What proves that it arrived; a reminder without it is recorded again when the proof is there."""

    def _remember(self, clinic: ClinicState) -> None:
        assert clinic.invitation is not None
        reminder = Reminder(self.context.occurred_on, self.evidence, self.proof is not None)
        clinic.invitation.reminders[self.reminder] = reminder


class InvitationReturned(ClinicEvent):
    """The invitation came back; no other way had delivered it."""

    TOPIC = "InvitationReturned.v1"

    channel: InvitationChannel
    """By which way it came back."""
    note: str | None = None
    """What the carrier noted, such as `moved`."""
    document_hash: Sha256 | None = None
    """SHA-256 of the returned envelope or message."""

    def _remember(self, clinic: ClinicState) -> None:
        assert clinic.invitation is not None
        clinic.invitation.returned_by |= {self.channel.value}


class InvitationLapsed(ClinicEvent):
    """A clinic gave no reply in the time it had; happened at the end of its last day."""

    TOPIC = "InvitationLapsed.v1"

    rule: str
    """Rule id: `IN-90`."""
    policy_version: int
    """Version of the policy, in force on the day of delivery."""
    delivered_on: PartialDate
    """Date of the proved delivery, from which the time ran."""
    due_on: PartialDate
    """Last day for a reply."""
    reminded_on: tuple[PartialDate, ...]
    """Dates of the two reminders."""
    evidence_ids: tuple[str, ...]
    """Events that prove invitation, delivery and reminders: `<aggregate id>/<version>`."""


class InvitationAccepted(ClinicEvent):
    """A clinic said that it will join, however late; the name of who said so is sealed."""

    TOPIC = "InvitationAccepted.v1"

    def _remember(self, clinic: ClinicState) -> None:
        clinic.accepted_on, clinic.accepted_evidence = self.context.occurred_on, self.evidence


class InvitationDeclined(ClinicEvent):
    """A clinic said that it will not join, however late; the name of who said so is sealed."""

    TOPIC = "InvitationDeclined.v1"

    decline_reason: DecliningReason
    """Why."""
    own_words: str | None = None
    """The clinic's own words, at most 500 characters, shown verbatim."""


class Invitation(ClinicState):
    """Decisions about inviting a clinic and what comes of it."""

    def invite(self, act: Act, letter: Letter, sendings: tuple[Sending, ...]) -> None:
        """Call on the clinic to join."""
        channels = [sending.channel for sending in sendings]
        if not channels or len(set(channels)) != len(channels):
            raise InvalidInput(field="sendings", problem="needs at least one way, each once")
        self.record(ClinicInvited, act, letter=letter, sendings=sendings)

    def prove_delivery(self, act: Act, channel: InvitationChannel, proof: Proof) -> None:
        """Record the proof that the invitation arrived by one of its ways."""
        invitation = self._running("InvitationDelivered", channel, *_DELIVERABLE)
        if channel.value in invitation.returned_by:
            raise InvitationCameBack(channel=channel)
        require_not_before("occurred_on", act.context.occurred_on, invitation.on, "the invitation")
        if channel.value in invitation.delivered_by:
            raise DeliveryAlreadyProved(channel=channel)
        self.record(InvitationDelivered, act, channel=channel, proof=proof)

    def remind(
        self, act: Act, policy: PolicyVersion, reminder: int, letter: Letter, sending: Sending, proof: Proof | None
    ) -> None:
        """Record a reminder, no earlier than the rule has it; an unproved one may be recorded again with its proof."""
        invitation = self._running("InvitationReminded")
        days = policy.rule("IN-90").reminders
        if not 1 <= reminder <= len(days):
            raise ReminderOutOfTurn(reminder=reminder, problem=f"there are {len(days)}, counted from 1")
        if invitation.delivered_on is None:
            raise DeliveryNotProved
        before = invitation.reminders.get(reminder)
        if before is not None and (before.proved or proof is None):
            raise ReminderOutOfTurn(reminder=reminder, problem="it is recorded already")
        if reminder > 1 and reminder - 1 not in invitation.reminders:
            raise ReminderOutOfTurn(reminder=reminder, problem="the one before it is not recorded")
        self._require_due(act, reminder, days)
        self.record(InvitationReminded, act, reminder=reminder, letter=letter, sending=sending, proof=proof)

    def return_invitation(
        self, act: Act, channel: InvitationChannel, note: str | None = None, document_hash: Sha256 | None = None
    ) -> None:
        """Record that the invitation came back; refused once its delivery is proved by any way."""
        invitation = self._running("InvitationReturned", channel)
        if invitation.delivered_on is not None:
            raise InvitationWasDelivered(delivered_on=invitation.delivered_on)
        require_not_before("occurred_on", act.context.occurred_on, invitation.on, "the invitation")
        self.record(InvitationReturned, act, channel=channel, note=note, document_hash=document_hash)

    def lapse_invitation(self, act: Act, policy: PolicyVersion, today: date) -> None:
        """Record that no reply came, on a day after the last day for it; it happened on that last day.

        That day lies after every reminder: a late one moves it.
        """
        invitation = self._running("InvitationLapsed")
        rule = policy.rule("IN-90")
        if invitation.delivered_on is None:
            raise DeliveryNotProved
        for number in range(1, len(rule.reminders) + 1):
            if number not in invitation.reminders or not invitation.reminders[number].proved:
                raise ReminderNotProved(reminder=number)
        due_on = reply_due(invitation.delivered_on, rule, invitation.reminders)
        require_over(rule.rule_id, due_on, today)
        reminders = [invitation.reminders[number] for number in sorted(invitation.reminders)]
        self.record(
            InvitationLapsed,
            act.replace(occurred_on=day(due_on)),
            rule=rule.rule_id,
            policy_version=policy.number,
            delivered_on=invitation.delivered_on,
            due_on=day(due_on),
            reminded_on=tuple(reminder.on for reminder in reminders),
            evidence_ids=(invitation.evidence, invitation.delivery, *(reminder.evidence for reminder in reminders)),
        )

    def accept_invitation(self, act: Act) -> None:
        """Record that the clinic will join."""
        self._replied("InvitationAccepted", act)
        self.record(InvitationAccepted, act)

    def decline_invitation(self, act: Act, decline_reason: DecliningReason, own_words: str | None = None) -> None:
        """Record that the clinic will not join, with its own words if it gave any."""
        if decline_reason is DecliningReason.unrecognised:
            raise InvalidInput(field="decline_reason", problem="is not in the code list")
        if own_words is not None and not 0 < len(own_words.strip()) <= len(own_words) <= LONGEST_OWN_WORDS:
            raise InvalidInput(field="own_words", problem=f"has between 1 and {LONGEST_OWN_WORDS} characters")
        for line in (own_words or "").splitlines():
            require_plain("own_words", line)
        self._replied("InvitationDeclined", act)
        self.record(InvitationDeclined, act, decline_reason=decline_reason, own_words=own_words)

    def _replied(self, event: str, act: Act) -> None:
        require_possible(event, self.participation)
        assert self.invitation is not None, "only an invited clinic is in a state from which a reply is possible"
        require_not_before("occurred_on", act.context.occurred_on, self.invitation.on, "the invitation")

    def _require_due(self, act: Act, reminder: int, days: tuple[int, ...]) -> None:
        """Refuse a reminder before its day, and sooner after the one before it than the rule has them apart."""
        invitation = self.invitation
        assert invitation is not None
        assert invitation.delivered_on is not None
        starts = [(invitation.delivered_on, days[reminder - 1], "the proved delivery")]
        if before := invitation.reminders.get(reminder - 1):
            starts.append((before.on, days[reminder - 1] - days[reminder - 2], f"reminder {reminder - 1}"))
        for start, wait, what in starts:
            due_on = due_day(last_day(start), wait)
            if last_day(act.context.occurred_on) < due_on:
                raise ReminderTooEarly(
                    reminder=reminder, due_on=due_on, days=wait, what=what, on=act.context.occurred_on
                )

    def _running(
        self, event: str, channel: InvitationChannel | None = None, *states: ParticipationState
    ) -> RunningInvitation:
        """Return the invitation that waits for a reply."""
        allowed = states or (ParticipationState.invited,)
        if self.invitation is None or self.participation not in allowed:
            raise ParticipationForbids(event=event, state=self.participation, allowed=", ".join(allowed))
        if channel is not None and channel.value not in self.invitation.channels:
            sent = ", ".join(sorted(self.invitation.channels))
            raise InvalidInput(field="channel", problem=f"the invitation was not sent by {channel}, but by {sent}")
        return self.invitation
