"""The course of one adverse event: reported in time, late or by the patient, completed, judged, closed or reopened."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from application.adverse_events import (
    AssessAdverseEvent,
    CloseAdverseEvent,
    LinkAdverseEvent,
    NullifyAdverseEvent,
    ProveAdverseEventNotice,
    ReopenAdverseEvent,
)
from application.reports import ReportAdverseEvent, SupplementAdverseEvent
from domain.adverse_event_codes import Causality, CausalityMethod, LinkKind, Seriousness, SuspectFactor
from domain.adverse_event_content import FactorCausality
from domain.codes import Reason, Role, YesNo
from domain.letters import DeliveryProof, InvitationChannel, Letter, Proof
from interfaces.simulation.agenda import Life
from interfaces.simulation.member import Episode, Member
from interfaces.simulation.questions import asked_about
from interfaces.simulation.society import document, some_days

_KINDS = (
    ("Swelling of the joint", "2", (), 50),
    ("Pain at the site of collection", "1", (), 25),
    ("Fever", "2", (), 10),
    ("Infection of the joint", "3", ("hospitalisation",), 8),
    ("Pulmonary embolism", "4", ("life_threatening", "hospitalisation"), 3),
    ("Nerve injury", "3", ("disability",), 3),
    ("Death of unknown cause", "5", ("death",), 1),
)


class Harm:
    """Something untoward after one treatment."""

    def __init__(self, member: Member, episode: Episode, treatment_id: UUID) -> None:
        self.member = member
        self.episode = episode
        self.treatment_id = treatment_id
        self.society = member.society
        self.chance = member.chance
        self.kind = self.chance.choices(_KINDS, [weight for *_, weight in _KINDS])[0]

    def live(self) -> Life:
        """Happen today, and be told by the clinic, by the patient, or by nobody."""
        known_on = self.member.today()
        if self.episode.over:
            return
        urgent = bool(self.kind[2])
        waiting = self.member.waits((0.5, 6) if urgent else (2, 60), (20, 140))
        patient_tells = self.chance.random() < 0.1
        if waiting is None and not patient_tells:
            return
        yield self.society.now + (waiting or some_days(self.chance, 5, 60))
        report = self._report(known_on, by_patient=patient_tells)
        role = Role.reporter if patient_tells else Role.clinic
        receipt = (
            self.society.do(report, role, person=UUID(int=self.chance.getrandbits(128), version=4))
            if patient_tells
            else self.member.do(report)
        )
        if receipt is None:
            return
        self.society.reports.append(f"{receipt.aggregate_id}/1")
        if patient_tells:
            yield self.society.now + some_days(self.chance, 2, 20)
            self._tell_clinic(receipt.aggregate_id)
        if "death" in self.kind[2]:
            self.episode.over = True
        if self.member.luck("query") < 0.05:
            asking = asked_about(self.member, receipt.aggregate_id, "onset", "Which day was it?")
            self.society.agenda.begin(asking, self.society.now + timedelta(days=1))
        yield from self._handled(receipt.aggregate_id, known_on)

    def _handled(self, adverse_event_id: UUID, known_on: date) -> Life:
        yield from completed(self.member, adverse_event_id, self.kind[1], fatal="death" in self.kind[2])
        serious = bool(self.kind[2])
        if serious or self.chance.random() < 0.4:
            yield self.society.now + some_days(self.chance, 2, 26 if self.chance.random() < 0.9 else 60)
            self._assess(adverse_event_id)
        luck = self.member.luck("report")
        if luck < 0.03:
            nullify = NullifyAdverseEvent(
                adverse_event_id=adverse_event_id, reason=Reason.duplicate, explanation="Reported twice by the clinic"
            )
            self.society.do(nullify, Role.safety_officer)
            return
        if luck < 0.08:
            self._again(adverse_event_id, known_on)
        yield self.society.now + some_days(self.chance, 10, 90)
        closed = self.society.do(CloseAdverseEvent(adverse_event_id=adverse_event_id), Role.safety_officer)
        if closed is not None and self.member.luck("closing") < 0.05:
            yield self.society.now + some_days(self.chance, 5, 60)
            reopening = ReopenAdverseEvent(adverse_event_id=adverse_event_id, reason=Reason.new_information)
            self.society.do(reopening, Role.safety_officer)

    def _again(self, adverse_event_id: UUID, known_on: date) -> None:
        """Hear of the same event from somebody else, and link the two reports."""
        person = UUID(int=self.chance.getrandbits(128), version=4)
        second = self.society.do(self._report(known_on, by_patient=True), Role.reporter, person=person)
        if second is not None:
            link = LinkAdverseEvent(
                adverse_event_id=second.aggregate_id, kind=LinkKind.duplicate_of, other=adverse_event_id
            )
            self.society.do(link, Role.safety_officer)

    def _tell_clinic(self, adverse_event_id: UUID) -> None:
        """Tell the clinic of what its patient reported; from then on it has to report itself."""
        letter = Letter(version="1", text_hash=document("notice of a report"), language="en", sender="Safety office")
        proof = Proof(kind=DeliveryProof.post_signature, document_hash=document("signature", str(adverse_event_id)))
        noticed = ProveAdverseEventNotice(
            adverse_event_id=adverse_event_id, letter=letter, channel=InvitationChannel.post, proof=proof
        )
        self.society.do(noticed, Role.safety_officer)

    def _assess(self, adverse_event_id: UUID) -> None:
        criteria = tuple(Seriousness(each) for each in self.kind[2])
        factor = self.chance.choice([SuspectFactor.cells, SuspectFactor.delivery, SuspectFactor.underlying_disease])
        causality = self.chance.choice([Causality.probable, Causality.possible, Causality.unlikely])
        command = AssessAdverseEvent(
            adverse_event_id=adverse_event_id,
            causalities=(FactorCausality(factor=factor, causality=causality, method=CausalityMethod.who_umc),),
            serious=YesNo.yes if criteria else YesNo.no,
            seriousness=criteria,
            reasoning="Time course and findings were compared with the known profile.",
        )
        self.society.do(command, Role.safety_officer)

    def _report(self, known_on: date, *, by_patient: bool) -> ReportAdverseEvent:
        term, grade, seriousness, _ = self.kind
        onset = known_on - timedelta(days=self.chance.randint(0, 3))
        onset = max(onset, self.episode.performed_on)
        return ReportAdverseEvent(
            clinic_id=str(self.member.clinic_id),
            treatments=(str(self.treatment_id),),
            verbatim_term=term,
            affected="recipient",
            kind="reaction",
            ctcae_version=None if by_patient else "5.0",
            grade=None if by_patient else grade,
            onset=onset.isoformat(),
            first_awareness=None if by_patient else known_on.isoformat(),
            serious="yes" if seriousness else "no",
            seriousness=seriousness,
            related="cannot_say" if by_patient else self.chance.choice(["possibly", "no", "yes"]),
            outcome="fatal" if "death" in seriousness else None,
            death_date=known_on.isoformat() if "death" in seriousness else None,
            reporter="patient" if by_patient else "clinic",
            narrative="Told by telephone." if by_patient else None,
        )


class ConcealedDeath(Harm):
    """A death that the clinic knows of on the day, and reports when it can be hidden no longer."""

    def live(self) -> Life:
        """Happen today, and be told by the clinic six weeks later."""
        known_on = self.member.today()
        self.kind, self.episode.over = _KINDS[-1], True
        yield self.society.now + timedelta(days=42)
        receipt = self.member.do(self._report(known_on, by_patient=False))
        if receipt is None:
            return
        self.society.reports.append(f"{receipt.aggregate_id}/1")
        yield from completed(self.member, receipt.aggregate_id, self.kind[1], fatal=True)


def completed(member: Member, adverse_event_id: UUID, grade: str, *, fatal: bool) -> Life:
    """Tell some days later what was not known when an event was reported."""
    chance = member.chance
    yield member.society.now + some_days(chance, 1, 8)
    supplement = SupplementAdverseEvent(
        adverse_event_id=adverse_event_id,
        ctcae_version="5.0",
        grade=grade,
        outcome="fatal" if fatal else chance.choice(["recovered", "recovering"]),
        suspect_factors=(chance.choice(["cells", "delivery", "collection", "underlying_disease"]),),
        actions=(chance.choice(["medication", "none", "admission"]),),
    )
    member.do(supplement)
