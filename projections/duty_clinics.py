"""How events of clinics, and of the rulebook they live by, change what each clinic owes as a member."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from domain import attestation_duties
from domain.attestation import GuidelineAttested
from domain.attestation_duties import AttestationFacts
from domain.clinic import Clinic
from domain.clinic_state import ClinicEvent, event_id
from domain.dates import PartialDate, last_day, local_day, quarter_end
from domain.declaration_duties import ClinicFacts, DeclarationFacts, Membership, declared_anew, membership_in
from domain.duties import Duty, Ending
from domain.reporting import TreatmentCountDeclared
from projections.duty_ledger import Ledger
from projections.duty_rows import clinic_key, declaration_key, guideline_key, met_key
from projections.duty_rulebook import GuidelineEntry, RegistryEntry, Rulebook, RulebookLine
from projections.read_model import Recorded


def keys_of_clinic(recorded: Recorded) -> list[str]:
    """Return the accounts that an event of a clinic needs."""
    clinic_id = recorded.aggregate_id
    match recorded.event:
        case Clinic.TreatmentCountDeclared(quarter=quarter, counts=counts):
            declared = [declaration_key(clinic_id, each.registry_id, quarter) for each in counts]
            return [clinic_key(clinic_id), *declared]
        case Clinic.GuidelineAttested(guideline_id=guideline_id):
            return [clinic_key(clinic_id), guideline_key(clinic_id, guideline_id)]
        case _:
            return [clinic_key(clinic_id)]


def fold_clinic(ledger: Ledger, rulebook: Rulebook, recorded: Recorded, event: ClinicEvent) -> None:
    """Fold one event of a clinic."""
    key = clinic_key(recorded.aggregate_id)
    if isinstance(event, Clinic.ClinicIdentified):
        ledger.put(key, ClinicFacts(clinic_id=recorded.aggregate_id, time_zone=event.details.time_zone))
        return
    clinic: ClinicFacts | None = ledger.get(key)
    if clinic is None:
        return
    happened = last_day(PartialDate(recorded.occurred_on))
    on = local_day(recorded.recorded_at, clinic.time_zone)
    by = event_id(recorded.aggregate_id, recorded.version)
    match event:
        case Clinic.ClinicDetailsCorrected():
            ledger.put(key, dataclasses.replace(clinic, time_zone=event.details.time_zone))
        case Clinic.ClinicEnrolled() | Clinic.ClinicReadmitted():
            _join(ledger, rulebook, clinic, event.registries, happened, by)
        case Clinic.ParticipationResumed():
            _join(ledger, rulebook, clinic, _last_registries(clinic), happened, by)
        case (
            Clinic.ClinicWithdrew()
            | Clinic.ClinicExpelled()
            | Clinic.ParticipationLapsed()
            | Clinic.ClinicFoundOutOfScope()
            | Clinic.ClinicClosed()
            | Clinic.ClinicMergedInto()
        ):
            _leave(ledger, clinic, happened, on, by)
        case Clinic.GuidelineAttested():
            _attest(ledger, rulebook, clinic, event, on, by)
        case Clinic.TreatmentCountDeclared():
            _declare(ledger, rulebook, clinic, event, on, by)
        case _:
            pass


def fold_rulebook(ledger: Ledger, rulebook: Rulebook, line: RulebookLine) -> None:
    """Fold one line of the rulebook: learn it, and open or end what it means for every clinic concerned."""
    entry = line.entry
    asked_before = {each.clinic_id: _asked(rulebook, each) for each in _concerned(ledger, line)}
    rulebook.learn(entry)
    for clinic in _concerned(ledger, line):
        on = local_day(line.recorded_at, clinic.time_zone)
        if isinstance(entry, RegistryEntry) and entry.closed:
            clinic = _without_registry(ledger, clinic, entry.registry_id, on)
        asked = _asked(rulebook, clinic)
        _ask(ledger, rulebook, clinic, asked - asked_before[clinic.clinic_id], on, line.event_id)
        for guideline_id in sorted(asked_before[clinic.clinic_id] - asked):
            _end(ledger, clinic, guideline_id, Ending.retired, on, line.event_id)
        if isinstance(entry, GuidelineEntry):
            _guideline_changed(ledger, rulebook, clinic, entry, on, line.event_id)


def _concerned(ledger: Ledger, line: RulebookLine) -> Iterable[ClinicFacts]:
    match line.entry:
        case RegistryEntry(registry_id=registry_id):
            return [
                each
                for each in ledger.clinics()
                if any(membership.registry_id == registry_id for membership in each.current)
            ]
        case GuidelineEntry(guideline_id=guideline_id, revised=revised, retired=retired) if revised or retired:
            return [each for each in ledger.clinics() if each.current and guideline_id in each.guidelines]
        case _:
            return []


def _asked(rulebook: Rulebook, clinic: ClinicFacts) -> set[UUID]:
    return rulebook.asked_by(membership.registry_id for membership in clinic.current)


def _guideline_changed(
    ledger: Ledger, rulebook: Rulebook, clinic: ClinicFacts, entry: GuidelineEntry, on: date, by: str
) -> None:
    if entry.retired:
        _end(ledger, clinic, entry.guideline_id, Ending.retired, on, by)
        return
    # A revision that takes effect later is asked for from that day.
    start = max(on, entry.effective_on)
    key = guideline_key(clinic.clinic_id, entry.guideline_id)
    facts: AttestationFacts | None = ledger.get(key)
    if facts is not None:
        limits = rulebook.limits_on(start)
        ledger.put(key, attestation_duties.asked_revision(facts, entry.version, start, by, limits))


def _without_registry(ledger: Ledger, clinic: ClinicFacts, registry_id: UUID, on: date) -> ClinicFacts:
    memberships = tuple(
        dataclasses.replace(each, left_on=max(on, each.joined_on))
        if each.registry_id == registry_id and each.left_on is None
        else each
        for each in clinic.memberships
    )
    changed = dataclasses.replace(clinic, memberships=memberships)
    ledger.put(clinic_key(clinic.clinic_id), changed)
    return changed


def _last_registries(clinic: ClinicFacts) -> tuple[UUID, ...]:
    last_left = max((each.left_on for each in clinic.memberships if each.left_on), default=None)
    return tuple(each.registry_id for each in clinic.memberships if each.left_on == last_left)


def _join(
    ledger: Ledger, rulebook: Rulebook, clinic: ClinicFacts, registries: tuple[UUID, ...], on: date, by: str
) -> None:
    joined = tuple(
        Membership(registry_id=registry_id, joined_on=on, joined_by=by)
        for registry_id in registries
        if registry_id not in rulebook.registries or not rulebook.registries[registry_id].closed
    )
    member = dataclasses.replace(clinic, memberships=(*clinic.memberships, *joined))
    ledger.put(clinic_key(clinic.clinic_id), member)
    attested_before = {each for each in member.guidelines if _runs(ledger, member, each, on)}
    _ask(ledger, rulebook, member, _asked(rulebook, member) | attested_before, on, by)


def _runs(ledger: Ledger, clinic: ClinicFacts, guideline_id: UUID, on: date) -> bool:
    facts: AttestationFacts | None = ledger.get(guideline_key(clinic.clinic_id, guideline_id))
    return facts is not None and facts.renewal is not None and facts.renewal.due >= on


def _ask(
    ledger: Ledger, rulebook: Rulebook, clinic: ClinicFacts, guidelines: Iterable[UUID], on: date, by: str
) -> None:
    for guideline_id in sorted(guidelines):
        key = guideline_key(clinic.clinic_id, guideline_id)
        facts = ledger.get(key) or AttestationFacts(clinic_id=clinic.clinic_id, guideline_id=guideline_id)
        ledger.put(key, attestation_duties.asked_first(facts, on, by, rulebook.limits_on(on)))
        clinic = _noting(ledger, clinic, guideline_id)


def _noting(ledger: Ledger, clinic: ClinicFacts, guideline_id: UUID) -> ClinicFacts:
    if guideline_id in clinic.guidelines:
        return clinic
    noted = dataclasses.replace(clinic, guidelines=(*clinic.guidelines, guideline_id))
    ledger.put(clinic_key(clinic.clinic_id), noted)
    return noted


def _leave(ledger: Ledger, clinic: ClinicFacts, happened: date, on: date, by: str) -> None:
    """End membership and declaration duties; what is owed for treatments and events stays."""
    memberships = tuple(
        dataclasses.replace(each, left_on=max(date.fromordinal(happened.toordinal() + 1), each.joined_on))
        if each.left_on is None
        else each
        for each in clinic.memberships
    )
    ledger.put(clinic_key(clinic.clinic_id), dataclasses.replace(clinic, memberships=memberships))
    for guideline_id in clinic.guidelines:
        _end(ledger, clinic, guideline_id, Ending.left, on, by)


def _end(ledger: Ledger, clinic: ClinicFacts, guideline_id: UUID, ending: Ending, on: date, by: str) -> None:
    key = guideline_key(clinic.clinic_id, guideline_id)
    facts: AttestationFacts | None = ledger.get(key)
    if facts is not None:
        left, ended = attestation_duties.no_longer_asked(facts, ending, on, by)
        ledger.put(key, left)
        _hand_out(ledger, ended)


def _attest(
    ledger: Ledger, rulebook: Rulebook, clinic: ClinicFacts, event: GuidelineAttested, on: date, by: str
) -> None:
    key = guideline_key(clinic.clinic_id, event.guideline_id)
    facts = ledger.get(key) or AttestationFacts(clinic_id=clinic.clinic_id, guideline_id=event.guideline_id)
    after, met = attestation_duties.attested(
        facts, event.guideline_version, on, by, rulebook.limits_on(on), owed=bool(clinic.current)
    )
    ledger.put(key, after)
    _hand_out(ledger, met)
    _noting(ledger, clinic, event.guideline_id)


def _hand_out(ledger: Ledger, duties: Iterable[Duty]) -> None:
    for duty in duties:
        ledger.put(met_key(duty), duty)


def _declare(
    ledger: Ledger, rulebook: Rulebook, clinic: ClinicFacts, event: TreatmentCountDeclared, on: date, by: str
) -> None:
    limits = rulebook.limits_on(quarter_end(event.quarter))
    for count in event.counts:
        key = declaration_key(clinic.clinic_id, count.registry_id, event.quarter)
        earlier: DeclarationFacts | None = ledger.get(key)
        if earlier is not None:
            submitted, standing = ledger.submitted(clinic.clinic_id, count.registry_id, event.quarter)
            ledger.put(key, declared_anew(earlier, count.treatments, on, submitted, standing))
            continue
        owed = membership_in(clinic, count.registry_id, event.quarter)
        declaration = DeclarationFacts(
            clinic_id=clinic.clinic_id,
            registry_id=count.registry_id,
            quarter=event.quarter,
            declared=count.treatments,
            declared_on=on,
            declared_by=by,
            opened_by=owed.joined_by if owed else None,
            policy_version=limits.version,
            tc_30=limits.tc_30,
            tx_30=limits.tx_30,
        )
        ledger.put(key, declaration)
