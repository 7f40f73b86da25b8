"""The course of one treatment: submitted, followed up, with what went wrong; a few are corrected, voided, withdrawn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from application.follow_ups import RecordFollowUp
from application.treatments import (
    CorrectTreatment,
    SubmitTreatment,
    SupplementTreatment,
    VoidTreatment,
    WithdrawConsent,
)
from domain.codes import Missing, Reason, YesNo
from domain.dates import PartialDate, day, plus_months
from domain.measurement import Measurement
from domain.patient import FollowUpWords
from domain.product import Characteristics, Donor, Origin, Processing, ProductIdentity, ReleaseTest
from domain.registry import DEFAULT_SCHEDULE, registry_id
from domain.timing import Timing
from domain.treatment_codes import (
    CellType,
    ContactMode,
    CountMethod,
    DonorKind,
    FollowUpResult,
    Guidance,
    ImmediateReaction,
    Laterality,
    LegalPathway,
    ProductKind,
    ReleaseVerdict,
    Sex,
    VitalStatus,
)
from domain.treatment_content import Consent, Course, Delivery, Indication, Malignancy
from interfaces.simulation.agenda import Life
from interfaces.simulation.harm import Harm, completed
from interfaces.simulation.member import Episode, Member
from interfaces.simulation.questions import asked_about
from interfaces.simulation.society import some_days

_RESULTS = {
    FollowUpResult.completed: 80,
    FollowUpResult.partial: 8,
    FollowUpResult.unreachable: 7,
    FollowUpResult.declined: 3,
    FollowUpResult.deceased: 1,
}
_PATHWAYS = (LegalPathway.practice_of_medicine, LegalPathway.trial, LegalPathway.hospital_exemption)


class Treated:
    """What happens to one treatment of one patient."""

    def __init__(self, member: Member, number: int, performed_on: date) -> None:
        self.member = member
        self.society = member.society
        self.chance = member.chance
        self.number = number
        self.episode = Episode(performed_on)

    def live(self) -> Life:
        """Submit the treatment, then wait for each time point of the schedule."""
        waiting = self.member.waits((1, 26), (31, 120))
        if waiting is None:
            return
        yield self.society.now + waiting
        receipt = self.member.do(self._submission())
        if receipt is None:
            return
        self.episode.treatment_id = receipt.aggregate_id
        self.society.agenda.begin(self._afterwards(receipt.aggregate_id))
        for _ in range(self.chance.choices([0, 1, 2], [90, 9, 1])[0]):
            harm = Harm(self.member, self.episode, receipt.aggregate_id)
            self.society.agenda.begin(harm.live(), self.society.now + some_days(self.chance, 0, 240))
        for point in DEFAULT_SCHEDULE:
            due = plus_months(self.episode.performed_on, point.months)
            seen = due + timedelta(days=self.chance.randint(-point.window_days // 2, point.window_days))
            moment = datetime.combine(seen, time(9), UTC) + some_days(self.chance, 0, 0.3)
            if moment < self.society.now and seen < self.society.now.date() - timedelta(days=200):
                continue
            yield moment
            waiting = self.member.waits((0.1, 20), (25, 90))
            if self.episode.over:
                return
            if waiting is not None:
                self.member.later(partial(self._followed, point.months, seen), waiting)

    def _submission(self) -> SubmitTreatment:
        chance, speciality = self.chance, self.member.speciality
        on = min(self.episode.performed_on, self.member.today())
        total = round(chance.uniform(20, 400), 1)

        def before(least: int, most: int) -> PartialDate:
            return day(on - timedelta(days=chance.randint(least, most)))

        return SubmitTreatment(
            clinic_id=self.member.clinic_id,
            own_reference=f"T-{self.number:05d}",
            registry_id=registry_id(speciality.registry),
            performed_on=day(on),
            patient_pseudonym=f"P-{self.number:05d}",
            year_of_birth=on.year - chance.randint(19, 84),
            sex=chance.choice([Sex.female, Sex.male]),
            consent_reference=f"C-{self.number:05d}",
            consent=Consent(minor=YesNo.no, given=YesNo.yes, given_on=before(1, 30)),
            course=Course(course_number=1, administration_number=1),
            legal_pathway=chance.choice(_PATHWAYS),
            indication=Indication(category=speciality.indication, diagnosed_on=before(90, 3000)),
            baseline=Measurement(instrument=speciality.instrument, score=str(chance.randint(20, 70))),
            donor=Donor(kind=DonorKind.autologous),
            origin=Origin(tissue=speciality.origin, collected_on=day(on)),
            product_kind=ProductKind.cells,
            product=ProductIdentity(lot_id=f"LOT-{on:%Y%m}-{chance.randint(1, 9)}"),
            processing=Processing(steps=speciality.steps, minimal_manipulation=YesNo.yes),
            characteristics=Characteristics(
                cell_type=CellType.mononuclear,
                total_nucleated_cells_millions=total,
                viable_dose_millions=round(total * chance.uniform(0.7, 0.98), 1),
                count_method=CountMethod.automated_counter,
                viability_percent=round(chance.uniform(70, 98), 1),
                volume_ml=round(chance.uniform(2, 12), 1),
                sterility=ReleaseTest(verdict=ReleaseVerdict.pending),
            ),
            delivery=Delivery(
                route=speciality.route,
                laterality=chance.choice([Laterality.left, Laterality.right]),
                guidance=chance.choice([Guidance.ultrasound, Guidance.fluoroscopy, Guidance.none]),
            ),
            immediate_reaction=chance.choices([ImmediateReaction.none, ImmediateReaction.mild], [95, 5])[0],
            missing_otherwise=Missing.not_asked,
        )  # fmt: skip

    def _afterwards(self, treatment_id: UUID) -> Life:
        """Bring late results; correct, void or withdraw now and then."""
        luck = self.member.luck("record")
        yield self.society.now + some_days(self.chance, 8, 25)
        if self.member.luck("query") < 0.03:
            asking = asked_about(self.member, treatment_id, "characteristics.viability_percent", "Is it in percent?")
            self.society.agenda.begin(asking)
        if luck < 0.3:
            late = Malignancy(prior=self.chance.choice([YesNo.no, YesNo.unknown]), active=YesNo.no)
            self.member.do(SupplementTreatment(treatment_id=treatment_id, malignancy=late))
        elif luck < 0.33:
            correction = CorrectTreatment(
                treatment_id=treatment_id,
                delivery=Delivery(route=self.member.speciality.route, guidance=Guidance.ultrasound),
                reason=Reason.data_entry_error,
            )
            self.member.do(correction)
        elif luck < 0.338 and self.member.part.improves_after is None:
            # A treatment that was declared and is voided stays owed: no way back for who wants to improve.
            self.episode.over = (
                self.member.do(VoidTreatment(treatment_id=treatment_id, reason=Reason.not_performed)) is not None
            )
        elif luck < 0.35:
            yield self.society.now + some_days(self.chance, 30, 300)
            withdrawal = WithdrawConsent(treatment_id=treatment_id, withdrawn_on=day(self.member.today()))
            self.episode.over = self.member.do(withdrawal) is not None

    def _followed(self, months: int, seen: date) -> None:
        if self.episode.treatment_id is not None and not self.episode.over:
            self._follow_up(self.episode.treatment_id, months, min(seen, self.member.today()))

    def _follow_up(self, treatment_id: UUID, months: int, seen: date) -> None:
        chance = self.chance
        result = chance.choices(list(_RESULTS), list(_RESULTS.values()))[0]
        answered = result in (FollowUpResult.completed, FollowUpResult.partial)
        harmed = answered and chance.random() < 0.03
        score = Measurement(instrument=self.member.speciality.instrument, score=str(chance.randint(30, 95)))
        deceased = result is FollowUpResult.deceased
        if deceased:
            # Who hears of a death reports it within days, so the day of hearing is that of the report.
            seen = self.member.today()
        opened = UUID(int=chance.getrandbits(128), version=4) if harmed or deceased else None
        command = RecordFollowUp(
            treatment_id=treatment_id,
            result=result,
            time_point_months=months,
            contact=Timing(date=day(seen)),
            mode=chance.choice([ContactMode.visit, ContactMode.telephone, ContactMode.online_form]),
            attempts=chance.randint(1, 3),
            vital_status=VitalStatus.alive if answered else None,
            measurement=score if answered else None,
            new_malignancy=YesNo.no if answered else None,
            retreatment=YesNo.no if answered else None,
            surgery=YesNo.no if answered else None,
            opened_adverse_event_id=opened,
            complication=(YesNo.yes if harmed else YesNo.no) if answered else None,
            words=FollowUpWords(complication="Pain and swelling at the site of treatment") if harmed else None,
        )
        if self.member.do(command) is None:
            return
        if opened is not None:
            self.society.agenda.begin(completed(self.member, opened, "5" if deceased else "2", fatal=deceased))
        self.episode.over = deceased or self.episode.over
