"""The life of an enrolled clinic: it attests, treats, declares its quarters; some of it late, some never."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from application.attestations import AttestGuideline, VerifyAttestation
from application.enrolments import CountEntry, DeclareTreatmentCount, WithdrawClinic
from application.treatments import CorrectTreatment
from application.verifications import WithdrawVerification
from domain.attestation import Answer, ItemAnswer
from domain.codes import Reason, Role
from domain.dates import day, next_quarter, quarter_end, quarter_of
from interfaces.simulation.agenda import Life
from interfaces.simulation.harm import ConcealedDeath
from interfaces.simulation.inspection import inspected
from interfaces.simulation.member import Episode, Member
from interfaces.simulation.office import Office
from interfaces.simulation.society import GuidelineOnOffer, document, some_days
from interfaces.simulation.treated import Treated


class Practice:
    """What one enrolled clinic does, day after day."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.society = member.society
        self.chance = member.chance
        self.treated_in: dict[str, int] = {}
        self.number = 0
        self.part = member.part
        self.submitted: list[Episode] = []
        self.withdrawn = False

    def live(self) -> Life:
        """Practise until the clinic leaves or the simulation ends."""
        agenda = self.society.agenda
        for offered in self.society.guidelines:
            agenda.begin(self._attest(offered))
        agenda.begin(self._declare(), self.society.now)
        for life in self._retrospective():
            agenda.begin(life)
        if self.chance.random() < 0.06 and not self.part.name:
            agenda.once(self._withdraw, self.society.now + some_days(self.chance, 120, 900))
        pause = self.chance.random() < 0.06 and not self.part.name
        until_pause = self.society.now + some_days(self.chance, 60, 400)
        if self.part.pauses_after is not None:
            pause, until_pause = True, self.society.now + timedelta(days=self.part.pauses_after)
        self._turn()
        while not self.member.gone:
            yield self.society.now + some_days(self.chance, 0.1, 60 / self.member.per_month)
            if pause and self.society.now > until_pause:
                pause = False
                yield from self._silence()
            if not self.member.gone:
                self.treat()

    def _turn(self) -> None:
        """Plan what is written down about this clinic."""
        agenda, now = self.society.agenda, self.society.now
        if self.part.improves_after is not None:
            agenda.once(self._improve, now + timedelta(days=self.part.improves_after))
        if self.part.leaves_after is not None:
            agenda.once(self._withdraw, now + timedelta(days=self.part.leaves_after))
        if self.part.conceals_death_after is not None:
            agenda.begin(self._conceal(), now + timedelta(days=self.part.conceals_death_after))

    def _conceal(self) -> Life:
        """Wait for a patient whose treatment is on record; that patient dies, and the clinic tells nobody."""
        while not self.member.gone:
            for episode in self.submitted:
                if episode.treatment_id is not None and not episode.over:
                    yield from ConcealedDeath(self.member, episode, episode.treatment_id).live()
                    return
            yield self.society.now + timedelta(days=7)

    def _improve(self) -> None:
        """Begin to do everything, and have a date corrected: what was decided on it is questioned."""
        self.member.improve()
        if self.submitted:
            first = self.submitted[0]
            correction = CorrectTreatment(
                treatment_id=first.treatment_id or UUID(int=0),
                performed_on=day(first.performed_on + timedelta(days=1)),
                reason=Reason.source_document_corrected,
                printed_name="Registry office",
                shown_hash=document("operation record", str(first.treatment_id)),
            )
            self.society.do(correction, Role.registrar)

    def treat(self) -> None:
        """Treat a patient today; what follows has a life of its own."""
        self.number += 1
        quarter = quarter_of(self.society.now.date())
        self.treated_in[quarter] = self.treated_in.get(quarter, 0) + 1
        treated = Treated(self.member, self.number, self.society.now.date())
        self.submitted.append(treated.episode)
        self.society.agenda.begin(treated.live())

    def _attest(self, offered: GuidelineOnOffer) -> Life:
        """Attest, be verified, and renew year after year and at each revision; a careless clinic lets it lapse."""
        waiting = self.member.waits((1, 25), (31, 90))
        while waiting is not None:
            yield self.society.now + waiting
            if self.member.gone or self._attested(offered) is None:
                return
            version = offered.version
            given_on = self.society.now
            yield self.society.now + some_days(self.chance, 5, 60)
            self._verify(offered)
            while self.society.now < given_on + timedelta(days=300) and offered.version == version:
                yield self.society.now + timedelta(days=30)
            if self.part.neglects_attestation:
                return
            waiting = self.member.waits((1, 20), (30, 80))

    def _attested(self, offered: GuidelineOnOffer) -> object:
        careless = self.member.habit == "careless"
        answers = tuple(
            ItemAnswer(
                item_id=item.item_id,
                answer=Answer.not_met if careless and self.chance.random() < 0.2 else Answer.met,
            )
            for item in offered.items
        )
        command = AttestGuideline(
            clinic_id=self.member.clinic_id,
            guideline_id=offered.guideline_id,
            guideline_version=offered.version,
            items=answers,
            evidence_hash=document("evidence", str(self.member.clinic_id), offered.version),
            signer=f"Director of {self.member.place.city}",
            shown_hash=document("guideline", offered.version),
        )
        return self.member.do(command)

    def _verify(self, offered: GuidelineOnOffer) -> None:
        if self.member.gone or (self.chance.random() > 0.7 and not self.part.inspected):
            return
        command = VerifyAttestation(
            clinic_id=self.member.clinic_id,
            guideline_id=offered.guideline_id,
            signer="Registry office",
            shown_hash=document("evidence", str(self.member.clinic_id), offered.version),
        )
        verified = self.society.do(command, Role.registrar)
        office = Office(self.society)
        if not office.staff or not (self.part.inspected or self.chance.random() < 0.12):
            return
        self.society.agenda.begin(inspected(office, self.member, offered, self.chance))
        if self.part.inspected and verified is not None and not self.withdrawn:
            self.withdrawn = True
            check = f"{self.member.clinic_id}/{verified.version}"
            self.society.agenda.once(partial(self._doubted, check), self.society.now + timedelta(days=120))

    def _doubted(self, check: str) -> None:
        """Have a check of documents withdrawn, which turned out to be of another clinic."""
        withdrawal = WithdrawVerification(
            clinic_id=self.member.clinic_id,
            verification=check,
            grounds=("The documents were those of another clinic.",),
            reason=Reason.data_entry_error,
            signer="Registry office",
            shown_hash=document("evidence", "other"),
        )
        self.society.do(withdrawal, Role.registrar)

    def _declare(self) -> Life:
        """Declare each quarter some weeks after it is over."""
        quarter = quarter_of(self.society.now.date())
        while not self.member.gone:
            over = quarter_end(quarter)
            yield self.society.now + timedelta(days=(over - self.society.now.date()).days + 1)
            waiting = self.member.waits((1, 27), (31, 70))
            if waiting is not None and not self.member.gone:
                self.member.later(partial(self._declared, quarter), waiting)
            quarter = next_quarter(quarter)

    def _declared(self, quarter: str) -> None:
        if not self.member.gone:
            count = CountEntry(
                registry=self.member.speciality.registry,
                treatments=self.treated_in.get(quarter, 0),
                consent_refusals=self.chance.choice([0, 0, 0, 1]),
            )
            command = DeclareTreatmentCount(clinic_id=self.member.clinic_id, quarter=quarter, counts=(count,))
            self.member.do(command)

    def _retrospective(self) -> list[Life]:
        """Return the lives of a few treatments from before the enrolment."""
        lives: list[Life] = []
        for _ in range(self.chance.choice([0, 0, 0, 1, 3, 6])):
            self.number += 1
            on = self.society.now.date() - timedelta(days=self.chance.randint(90, 900))
            lives.append(Treated(self.member, self.number, on).live())
        return lives

    def _silence(self) -> Life:
        """Stop sending anything for the better part of a year, and resume in most cases."""
        self.member.gone = True
        yield self.society.now + timedelta(days=368)
        self.member.gone = self.chance.random() < 0.4 and not self.part.name

    def _withdraw(self) -> None:
        if not self.member.gone:
            command = WithdrawClinic(clinic_id=self.member.clinic_id, explanation="The programme was ended.")
            self.member.gone = self.member.do(command) is not None
