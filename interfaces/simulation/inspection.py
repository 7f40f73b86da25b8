"""An inspection of how a clinic follows a guideline: planned, performed, followed by corrections, and it runs out."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from application.verifications import (
    AcceptCorrectiveAction,
    RecordInspection,
    RequestCorrectiveAction,
    ScheduleInspection,
)
from domain.attestation import Answer
from domain.codes import Role
from domain.dates import day
from domain.inspection import ItemFinding
from interfaces.simulation.agenda import Life
from interfaces.simulation.member import Member
from interfaces.simulation.office import Office
from interfaces.simulation.society import GuidelineOnOffer, document, some_days

_COUNTS_FOR = timedelta(days=240)


def inspected(office: Office, member: Member, offered: GuidelineOnOffer, chance: Random) -> Life:
    """Inspect a clinic once; what is not met is corrected and accepted."""
    society, clinic, items = office.society, member.clinic_id, offered.items
    planned_on = society.now + timedelta(days=chance.randint(10, 30))
    inspectors = office.last
    scheduling = ScheduleInspection(
        clinic_id=clinic,
        guideline_id=offered.guideline_id,
        planned_on=day(planned_on.date()),
        inspectors=inspectors,
    )
    scheduled = society.do(scheduling, Role.registrar)
    if scheduled is None:
        return
    inspection = f"{clinic}/{scheduled.version}"
    yield planned_on + some_days(chance, 0.1, 2)
    lacking = chance.choice(items).item_id if chance.random() < 0.6 else None
    findings = tuple(
        ItemFinding(item_id=each.item_id, finding=Answer.not_met, observation="Seen in two of ten records.")
        if each.item_id == lacking
        else ItemFinding(item_id=each.item_id, finding=Answer.met)
        for each in items
    )
    recording = RecordInspection(
        clinic_id=clinic,
        inspection=inspection,
        findings=findings,
        report_hash=document("report", str(clinic)),
        valid_until=day((society.now + _COUNTS_FOR).date()),
        signer="Inspectors",
        shown_hash=document("report", str(clinic)),
    )
    if society.do(recording, Role.safety_officer, person=inspectors[0]) is None or lacking is None:
        return
    yield society.now + some_days(chance, 3, 9)
    asking = RequestCorrectiveAction(
        clinic_id=clinic,
        inspection=inspection,
        item_ids=(lacking,),
        action="Record it for every patient from now on.",
        due_on=day((society.now + timedelta(days=60)).date()),
    )
    asked = society.do(asking, Role.registrar)
    if asked is None:
        return
    yield society.now + some_days(chance, 20, 70)
    accepting = AcceptCorrectiveAction(
        clinic_id=clinic,
        inspection=inspection,
        requested=f"{clinic}/{asked.version}",
        evidence_hash=document("correction", str(clinic)),
        signer="Registry office",
        shown_hash=document("correction", str(clinic)),
    )
    society.do(accepting, Role.registrar)
