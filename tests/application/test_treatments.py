from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from application.acting import NotForThisClinic, SourceNeeded
from application.treatments import CorrectTreatment, SupplementTreatment, VoidTreatment, WithdrawConsent
from domain.clinic_state import ClinicNeverEnrolled
from domain.codes import Missing, Reason, Role, Sha256, YesNo
from domain.content import MissingField
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.held import FieldChange
from domain.patient import PatientIdentity, ReasonWords, TreatmentReferences, TreatmentWords
from domain.product import Characteristics, Origin, ReleaseTest
from domain.registry import Registry, RegistryIsClosed, registry_id
from domain.treatment import Treatment
from domain.treatment_codes import CellOrigin, IndicationCategory, ReleaseVerdict, Route
from domain.treatment_content import Consent, Delivery, Indication
from domain.treatment_errors import (
    ClinicHasLeft,
    ClockDateNeedsOfficer,
    ConsentAlreadyWithdrawn,
    NoSuchRecord,
    NothingNew,
    OutsideScope,
    RegistryNotJoined,
    SignatureNeeded,
    SiteUnknown,
    SupplementChangesValue,
    TreatmentAlreadySubmitted,
    TreatmentIsVoided,
)
from tests.application.treated import PSEUDONYM, REFERENCE, Treated
from tests.domain.clinics import KNEE, act_on, prospect

HASH = Sha256("cd" * 32)


@pytest.fixture
def treated() -> Treated:
    return Treated()


def test_a_treatment_is_submitted_once_with_its_schedule(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.submission(), key="one")

    repeat = treated.as_clinic(treated.submission(), key="one")

    (event,) = treated.events(receipt.aggregate_id)
    assert repeat.repeat
    assert repeat.aggregate_id == receipt.aggregate_id
    assert [point.months for point in event.schedule] == [3, 6, 12, 24, 36, 48, 60, 120, 240]
    assert event.context.clinic_id == treated.clinic_id
    assert event.context.occurred_on == "2026-02-03"
    with pytest.raises(TreatmentAlreadySubmitted):
        treated.as_clinic(treated.submission(), key="two")


def test_no_personal_value_stands_in_the_clear(treated: Treated) -> None:
    treatment = treated.submitted(
        consent_reference="Consent-Ibis", operator_reference="Operator-Tapir", year_of_birth=1951
    )

    (event,) = treated.events(treatment)

    text = repr(dataclasses.asdict(event))
    for value in (PSEUDONYM, REFERENCE, "Consent-Ibis", "Operator-Tapir", "Words-Narwhal", "1951", "female"):
        assert value not in text
    identity, references, words = treated.registry.opened(event)
    assert identity == PatientIdentity(pseudonym=PSEUDONYM, year_of_birth=1951, sex=treated.submission().sex)
    assert references == TreatmentReferences(
        own_reference=REFERENCE, consent_reference="Consent-Ibis", operator_reference="Operator-Tapir"
    )
    assert words == TreatmentWords(diagnosis="Words-Narwhal")
    assert {part.subject for part in event.context.sealed} == {event.content.patient}


def test_a_historical_extract_can_be_submitted_with_most_fields_missing(treated: Treated) -> None:
    receipt = treated.as_registrar(
        treated.submission(
            performed_on=PartialDate("1985/1989"), year_of_birth=None, sex=None, words=None,
            missing_otherwise=Missing.unknown, missing=(MissingField(field="consent", why=Missing.not_asked),),
        )
    )  # fmt: skip

    (event,) = treated.events(receipt.aggregate_id)
    assert event.content.performed_on == "1985/1989"
    assert event.missing_otherwise is Missing.unknown
    assert event.missing == (MissingField(field="consent", why=Missing.not_asked),)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"registry_id": registry_id("hip")}, RegistryNotJoined),
        ({"registry_id": UUID(int=5)}, NotFound),
        ({"indication": Indication(category=IndicationCategory.ocular)}, OutsideScope),
        ({"site_id": UUID(int=6)}, SiteUnknown),
        ({"origin": Origin(tissue=CellOrigin.adipose, collected_at_site=UUID(int=6))}, SiteUnknown),
        ({"performed_on": PartialDate("2026-03-04")}, InvalidInput),
        ({"performed_on": PartialDate("0202-02-03")}, InvalidInput),
        ({"performed_on": PartialDate("2026-02-30")}, InvalidInput),
        ({"own_reference": " "}, InvalidInput),
        ({"patient_pseudonym": ""}, InvalidInput),
        ({"year_of_birth": 2027}, InvalidInput),
        ({"year_of_birth": 3}, InvalidInput),
        ({"delivery": Delivery(route=Route.unrecognised)}, InvalidInput),
        ({"missing": (MissingField(field="donor", why=Missing.unknown),)}, InvalidInput),
        ({"missing": (MissingField(field="colour", why=Missing.unknown),)}, InvalidInput),
    ],
)
def test_what_does_not_belong_is_refused(treated: Treated, changes: dict[str, Any], refusal: type[Exception]) -> None:
    before = len(treated.registry.store.log)

    with pytest.raises(refusal):
        treated.as_clinic(treated.submission(**changes))

    assert len(treated.registry.store.log) == before


def test_who_may_submit(treated: Treated) -> None:
    with pytest.raises(NotForThisClinic):
        treated.registry.do(treated.submission(), Role.clinic, on_behalf_of=UUID(int=8))
    with pytest.raises(NotPermitted):
        treated.registry.do(treated.submission(), Role.reporter)
    with pytest.raises(SourceNeeded):
        treated.registry.do(treated.submission(), Role.registrar, person=treated.registrar)


def test_a_closed_registry_takes_no_new_treatment(treated: Treated) -> None:
    knee = treated.registry.store.load(Registry, KNEE)
    assert knee is not None
    knee.close(act_on(), "finished")
    treated.registry.put(knee)
    treated.registry.surroundings.advance(2)

    with pytest.raises(RegistryIsClosed):
        treated.as_clinic(treated.submission())


def test_a_clinic_that_never_enrolled_submits_nothing_and_one_that_left_only_what_it_did_before() -> None:
    treated, never = Treated(), Treated()
    never.registry = type(never.registry)()
    for registry in (registry_id("knee"),):
        known = treated.registry.store.load(Registry, registry)
        assert known is not None
        never.registry.put(Registry.open(act_on(), known.short_code, known.terms))  # type: ignore[arg-type]
    never.registry.put(prospect())
    clinic = treated.clinic
    clinic.withdraw(act_on("2026-02-10"))
    treated.registry.put(clinic)
    for each in (treated, never):
        each.registry.surroundings.advance(2)

    with pytest.raises(ClinicNeverEnrolled):
        never.as_clinic(never.submission(performed_on=PartialDate("2020")))
    with pytest.raises(ClinicHasLeft):
        treated.as_clinic(treated.submission(performed_on=PartialDate("2026-02-11")))
    assert treated.submitted(performed_on=PartialDate("2026-02-09"))


def test_a_silent_clinic_resumes_with_its_first_treatment(treated: Treated) -> None:
    clinic = treated.clinic
    clinic.record(
        clinic.ParticipationLapsed, act_on("2026-01-31"), rule="PL-2Q", policy_version=1,
        due_on=PartialDate("2026-01-31"), quarters=(),
    )  # fmt: skip
    treated.registry.put(clinic)
    treated.registry.surroundings.advance(2)

    treatment = treated.submitted()

    resumed = treated.last(treated.clinic_id)
    assert type(resumed).__name__ == "ParticipationResumed"
    assert resumed.first_data == f"{treatment}/1"


def test_late_results_fill_what_was_empty_and_nothing_else(treated: Treated) -> None:
    treatment = treated.submitted(characteristics=Characteristics(viability_percent=91.5))
    late = Characteristics(sterility=ReleaseTest(verdict=ReleaseVerdict.failed))

    receipt = treated.as_clinic(SupplementTreatment(treatment_id=treatment, characteristics=late))

    event = treated.last(treatment)
    assert event.content.characteristics.viability_percent == 91.5
    assert event.content.characteristics.sterility == late.sterility
    assert event.changes == (FieldChange(field="characteristics.sterility", held_by=1),)
    assert [remark.field for remark in receipt.remarks] == ["characteristics.released_despite_failed_test"]
    with pytest.raises(NothingNew):
        treated.as_clinic(SupplementTreatment(treatment_id=treatment, characteristics=late))
    with pytest.raises(SupplementChangesValue):
        treated.as_clinic(
            SupplementTreatment(treatment_id=treatment, characteristics=Characteristics(viability_percent=3.0))
        )


def test_a_correction_names_the_event_with_the_old_value(treated: Treated) -> None:
    treatment = treated.submitted(characteristics=Characteristics(viability_percent=91.5, volume_ml=4.0))
    right = Characteristics(viability_percent=19.5)
    change: dict[str, Any] = {"treatment_id": treatment, "reason": Reason.data_entry_error}
    viability = "characteristics.viability_percent"

    treated.as_clinic(CorrectTreatment(**change, characteristics=right, explanation="Digits-Lemur"))
    treated.as_clinic(CorrectTreatment(**change, characteristics=Characteristics(viability_percent=20.0)))
    treated.as_clinic(
        CorrectTreatment(**change, missing=(MissingField(field="characteristics.volume_ml", why=Missing.unknown),))
    )

    first, second, third = treated.events(treatment)[1:]
    assert (first.corrects, first.changes) == (1, (FieldChange(field=viability, held_by=1),))
    assert (second.corrects, second.changes) == (2, (FieldChange(field=viability, held_by=2),))
    assert third.changes == (FieldChange(field="characteristics.volume_ml", held_by=1),)
    assert third.content.characteristics == Characteristics(viability_percent=20.0)
    assert first.context.reason is Reason.data_entry_error
    assert "Lemur" not in repr(first)
    assert treated.registry.opened(first) == [ReasonWords(explanation="Digits-Lemur")]
    with pytest.raises(NoSuchRecord):
        treated.as_clinic(CorrectTreatment(**change, corrects=9, characteristics=right))
    with pytest.raises(InvalidInput):
        treated.as_clinic(CorrectTreatment(**change, missing=(MissingField(field="donor.kind", why=Missing.unknown),)))


def test_a_correction_of_sealed_words_names_them_by_their_schema(treated: Treated) -> None:
    treatment = treated.submitted()

    treated.as_clinic(
        CorrectTreatment(
            treatment_id=treatment, reason=Reason.wrong_patient, patient_pseudonym="Other-Gecko",
            words=TreatmentWords(diagnosis="Other-Words"),
        )
    )  # fmt: skip

    event = treated.last(treatment)
    changed = [each.field for each in event.changes]
    assert changed == ["patient", "sealed.PatientIdentity", "sealed.TreatmentWords"]
    assert event.content.patient != treated.events(treatment)[0].content.patient
    assert {part.subject for part in event.context.sealed} == {event.content.patient}


def test_the_date_that_started_a_clock_is_corrected_by_a_registrar_who_signs(treated: Treated) -> None:
    treatment = treated.submitted()
    change: dict[str, Any] = {
        "treatment_id": treatment, "reason": Reason.data_entry_error, "performed_on": PartialDate("2026-02-05")
    }  # fmt: skip
    signed: dict[str, Any] = {"printed_name": "Name-Dingo", "shown_hash": HASH}

    with pytest.raises(ClockDateNeedsOfficer):
        treated.as_clinic(CorrectTreatment(**change, **signed))
    with pytest.raises(SignatureNeeded):
        treated.as_registrar(CorrectTreatment(**change))
    with pytest.raises(InvalidInput):
        treated.as_registrar(CorrectTreatment(**change | {"performed_on": PartialDate("2026-03-09")}, **signed))
    treated.as_registrar(CorrectTreatment(**change, **signed))

    event = treated.last(treatment)
    assert event.content.performed_on == "2026-02-05"
    assert event.signature.shown_hash == HASH
    assert "Dingo" not in repr(event)


def test_moving_to_another_registry_takes_its_schedule_and_needs_it_joined(treated: Treated) -> None:
    treatment = treated.submitted()

    with pytest.raises(RegistryNotJoined):
        treated.as_clinic(
            CorrectTreatment(
                treatment_id=treatment, reason=Reason.data_entry_error, registry_id=registry_id("hip"),
                indication=Indication(category=IndicationCategory.musculoskeletal_hip),
            )
        )  # fmt: skip


def test_a_voided_treatment_takes_nothing_more(treated: Treated) -> None:
    treatment = treated.submitted()

    treated.as_clinic(VoidTreatment(treatment_id=treatment, reason=Reason.not_performed, explanation="Void-Yak"))

    assert treated.last(treatment).context.reason is Reason.not_performed
    for command in (
        VoidTreatment(treatment_id=treatment, reason=Reason.duplicate),
        WithdrawConsent(treatment_id=treatment, withdrawn_on=PartialDate("2026-02-20")),
        treated.follow_up(treatment),
        SupplementTreatment(treatment_id=treatment, consent=Consent(minor=YesNo.no)),
        CorrectTreatment(treatment_id=treatment, reason=Reason.other, consent=Consent(minor=YesNo.no)),
    ):
        with pytest.raises(TreatmentIsVoided):
            treated.as_clinic(command)


def test_consent_is_withdrawn_once(treated: Treated) -> None:
    treatment = treated.submitted()

    treated.as_clinic(WithdrawConsent(treatment_id=treatment, withdrawn_on=PartialDate("2026-02-20")))

    assert treated.last(treatment).context.occurred_on == "2026-02-20"
    assert treated.last(treatment).context.clinic_id == treated.clinic_id
    with pytest.raises(ConsentAlreadyWithdrawn):
        treated.as_clinic(WithdrawConsent(treatment_id=treatment, withdrawn_on=PartialDate("2026-02-21")))
    other = treated.submitted(own_reference="another")
    with pytest.raises(InvalidInput):
        treated.as_clinic(WithdrawConsent(treatment_id=other, withdrawn_on=PartialDate("2027")))


def test_a_minor_without_guardians_consent_is_remarked(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.submission(consent=Consent(minor=YesNo.yes)))

    assert [remark.field for remark in receipt.remarks] == ["consent.guardians_consent"]


def test_a_treatment_is_of_today_where_the_clinic_is(treated: Treated) -> None:
    treated.registry.surroundings.move_to(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))

    treatment = treated.submitted(performed_on=PartialDate("2026-03-03"))

    assert treated.registry.store.load(Treatment, treatment) is not None
