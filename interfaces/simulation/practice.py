"""The life of an enrolled clinic: it attests, treats, declares its quarters; some of it late, some never."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from application.attestations import AttestGuideline, VerifyAttestation
from application.enrolments import CountEntry, DeclareTreatmentCount, WithdrawClinic
from domain.attestation import Answer, ItemAnswer
from domain.codes import Role
from domain.dates import next_quarter, quarter_end, quarter_of
from interfaces.simulation.agenda import Life
from interfaces.simulation.member import Member
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

    def live(self) -> Life:
        """Practise until the clinic leaves or the simulation ends."""
        agenda = self.society.agenda
        for offered in self.society.guidelines:
            agenda.begin(self._attest(offered))
        agenda.begin(self._declare(), self.society.now)
        for life in self._retrospective():
            agenda.begin(life)
        if self.chance.random() < 0.06:
            agenda.once(self._withdraw, self.society.now + some_days(self.chance, 120, 900))
        pause = self.chance.random() < 0.06
        until_pause = self.society.now + some_days(self.chance, 60, 400)
        while not self.member.gone:
            yield self.society.now + some_days(self.chance, 0.1, 60 / self.member.per_month)
            if pause and self.society.now > until_pause:
                pause = False
                yield from self._silence()
            if not self.member.gone:
                self.treat()

    def treat(self) -> None:
        """Treat a patient today; what follows has a life of its own."""
        self.number += 1
        quarter = quarter_of(self.society.now.date())
        self.treated_in[quarter] = self.treated_in.get(quarter, 0) + 1
        self.society.agenda.begin(Treated(self.member, self.number, self.society.now.date()).live())

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
            while self.society.now < given_on + timedelta(days=340) and offered.version == version:
                yield self.society.now + timedelta(days=30)
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
        if self.member.gone or self.chance.random() > 0.7:
            return
        command = VerifyAttestation(
            clinic_id=self.member.clinic_id,
            guideline_id=offered.guideline_id,
            signer="Registry office",
            shown_hash=document("evidence", str(self.member.clinic_id), offered.version),
        )
        self.society.do(command, Role.registrar)

    def _declare(self) -> Life:
        """Declare each quarter some weeks after it is over."""
        quarter = quarter_of(self.society.now.date())
        while not self.member.gone:
            over = quarter_end(quarter)
            yield self.society.now + timedelta(days=(over - self.society.now.date()).days + 1)
            waiting = self.member.waits((1, 27), (31, 70))
            if waiting is not None and not self.member.gone:
                self.society.agenda.once(partial(self._declared, quarter), self.society.now + waiting)
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
        self.member.gone = self.chance.random() < 0.4

    def _withdraw(self) -> None:
        if not self.member.gone:
            command = WithdrawClinic(clinic_id=self.member.clinic_id, explanation="The programme was ended.")
            self.member.gone = self.member.do(command) is not None
