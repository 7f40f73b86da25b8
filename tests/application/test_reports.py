from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.acting import SourceNeeded
from application.report_pages import CHARACTERS_AT_MOST, CHARACTERS_AT_ONCE
from application.reports import ReportAdverseEvent, SupplementAdverseEvent
from application.treatments import VoidTreatment
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import Outcome, ReporterKind, Seriousness
from domain.adverse_event_content import is_serious, lacking
from domain.adverse_event_errors import (
    AdverseEventAlreadyReported,
    AwarenessNeedsOfficer,
    AwarenessNeedsSignature,
    ElementsMissing,
    NothingSupplemented,
    NotYourReport,
    ReportTooLong,
)
from domain.clinic import Clinic
from domain.clinic_details import FoundIn
from domain.codes import Missing, Reason, Role, Sha256, YesNo
from domain.content import MissingField
from domain.held import FieldChange
from domain.patient import AdverseEventWords, ReporterIdentity, ValuesAsReceived
from domain.report_form import LISTS, ReportForm, blank, texts_of
from tests.application.treated import PSEUDONYM, Treated
from tests.domain.clinics import DETAILS, OTHER, act_on, prospect

FREE = tuple(each.name for each in dataclasses.fields(ReportForm) if each.name not in LISTS)
GARBAGE = "§garbage Q-Marmot"


@pytest.fixture
def treated() -> Treated:
    return Treated()


def sealed_texts(treated: Treated, event: Any) -> Iterator[str]:
    for part in treated.registry.opened(event):
        if isinstance(part, ValuesAsReceived):
            yield from (value.text for value in part.values)
        else:
            yield from (text for text in vars(part).values() if text)


def clear(event: Any) -> str:
    return repr(dataclasses.asdict(event))


def test_the_four_elements_suffice(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.report())

    (event,) = treated.events(receipt.aggregate_id)
    assert event.context.clinic_id == treated.clinic_id
    assert event.content.reporter is ReporterKind.clinic
    assert event.content.received == "2026-03-02"
    assert "Axolotl" not in clear(event)
    assert PSEUDONYM not in clear(event)
    named = {remark.field for remark in receipt.remarks}
    assert named == {"grade", "seriousness", "outcome", "suspect_factors", "actions", "first_awareness", "onset"}


@pytest.mark.parametrize(
    ("without", "element"),
    [
        (("patient",), "a patient or lot"),
        (("reporter",), "a reporter"),
        (("described_given",), "a treatment or its description"),
        (("verbatim_term",), "an event"),
        (("patient", "reporter", "described_given", "verbatim_term"), "a patient or lot, a reporter, a treatment"),
    ],
)
def test_only_an_absent_element_is_refused_and_named(treated: Treated, without: tuple[str, ...], element: str) -> None:
    report = treated.report(**dict.fromkeys(without, "  "))

    with pytest.raises(ElementsMissing, match=element):
        treated.as_registrar(report)


@pytest.mark.parametrize(
    "instead",
    [
        {"patient": None, "lot_id": "LOT-7"},
        {"patient": None, "lot_id": "no number"},
        {"patient": None, "kind": "process_deviation"},
        {"reporter": None, "reporter_contact": "by post"},
        {"described_given": None, "described_month": "some time"},
        {"described_given": None, "treatments": ("nonsense",)},
        {"verbatim_term": None, "ctcae_term": "Bone infection"},
        {"clinic_id": "nonsense"},
        {"clinic_id": str(UUID(int=1))},
        {"clinic_id": None, "described_clinic": "a clinic abroad"},
    ],
)
def test_each_element_may_come_in_another_form(treated: Treated, instead: dict[str, Any]) -> None:
    receipt = treated.as_registrar(treated.report(**instead))

    assert len(treated.events(receipt.aggregate_id)) == 1


def test_anyone_reports_about_a_clinic_that_never_joined() -> None:
    treated = Treated()
    never = Treated()
    never.registry = type(never.registry)()
    never.registry.put(prospect())
    never.registry.surroundings.advance(2)

    receipt = never.registry.do(treated.report(reporter="relative"), Role.reporter)

    (event,) = never.events(receipt.aggregate_id)
    assert event.context.clinic_id == never.clinic_id
    assert event.content.reporter is ReporterKind.relative


def test_everything_else_may_be_garbage_and_nothing_is_lost(treated: Treated) -> None:
    report = ReportAdverseEvent(
        **dict.fromkeys(FREE, GARBAGE),  # type: ignore[arg-type]
        **dict.fromkeys(LISTS, (GARBAGE,)),  # type: ignore[arg-type]
    )

    receipt = treated.registry.do(report, Role.reporter)

    (event,) = treated.events(receipt.aggregate_id)
    assert "Marmot" not in clear(event)
    assert list(sealed_texts(treated, event)).count(GARBAGE) == len(FREE) + len(LISTS)
    assert event.content.outcome is Outcome.unrecognised
    assert event.content.seriousness == (Seriousness.unrecognised,)
    assert is_serious(event.content)
    assert set(event.unrecognised) <= {remark.field for remark in receipt.remarks}
    assert all("Marmot" not in remark.problem for remark in receipt.remarks)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.dictionaries(st.sampled_from(FREE), st.text(max_size=30)),
    lists=st.dictionaries(st.sampled_from(sorted(LISTS)), st.lists(st.text(max_size=20), max_size=3).map(tuple)),
)
def test_no_text_makes_a_report_unacceptable_or_is_lost(
    treated: Treated, texts: dict[str, str], lists: dict[str, tuple[str, ...]]
) -> None:
    elements = {
        "patient": "P", "reporter_contact": "R", "described_given": "T", "verbatim_term": "E"
    }  # fmt: skip
    given_texts = texts | {name: text for name, text in elements.items() if blank(texts.get(name))}

    receipt = treated.registry.do(ReportAdverseEvent(**given_texts, **lists), Role.reporter)  # type: ignore[arg-type]

    event = treated.last(receipt.aggregate_id)
    kept = set(sealed_texts(treated, event))
    said = clear(event)
    for text in (*given_texts.values(), *(text for items in lists.values() for text in items)):
        # A text that fits its field stands there in the clear; every other one is sealed word for word.
        assert blank(text) or text in kept or text.strip().lower() in said.lower()


def test_a_future_date_starts_no_clock(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.report(first_awareness="2026-03-04", onset="2026-03-02"))

    (event,) = treated.events(receipt.aggregate_id)
    assert event.content.first_awareness is None
    assert event.unrecognised == ("first_awareness",)
    assert "2026-03-04" in set(sealed_texts(treated, event))
    assert event.content.onset.date == "2026-03-02"


def test_days_after_the_treatment_are_kept_as_received(treated: Treated) -> None:
    treatment = treated.submitted()

    event = treated.last(treated.reported(treatments=(str(treatment),), onset_days="12.0"))

    assert event.content.onset.days_after_treatment == "12.0"
    assert event.context.occurred_on == "2026-02-15"
    assert event.content.patient == treated.events(treatment)[0].content.patient
    assert {part.subject for part in event.context.sealed} == {event.content.patient}


def test_a_treatment_of_another_clinic_than_the_one_named_is_not_linked(treated: Treated) -> None:
    treatment = treated.submitted()
    treated.registry.put(Clinic.identify(act_on(), OTHER, DETAILS, FoundIn.patient))
    treated.registry.surroundings.advance(2)

    receipt = treated.registry.do(treated.report(clinic_id=str(OTHER), treatments=(str(treatment),)), Role.reporter)

    event = treated.last(receipt.aggregate_id)
    assert event.context.clinic_id == OTHER
    assert event.content.treatments == ()
    assert event.content.patient != treated.events(treatment)[0].content.patient
    assert str(treatment) in set(sealed_texts(treated, event))


def test_a_treatment_tells_the_clinic_where_none_is_known(treated: Treated) -> None:
    treatment = treated.submitted()
    stranger = treated.report(clinic_id=str(UUID(int=77)), treatments=(str(treatment),), described_given=None)

    receipt = treated.registry.do(stranger, Role.reporter)
    known = treated.registry.do(treated.report(clinic_id=None, treatments=(str(treatment),)), Role.reporter)

    assert treated.last(receipt.aggregate_id).context.clinic_id == treated.clinic_id
    assert {"clinic_id"} <= {remark.field for remark in receipt.remarks}
    assert treated.last(known.aggregate_id).content.treatments == (treatment,)


def test_the_reporter_is_sealed_under_a_key_of_their_own(treated: Treated) -> None:
    report = treated.report(reporter="patient", reporter_name="Name-Kudu", reporter_contact="Street-Kudu 3")

    event = treated.last(treated.registry.do(report, Role.reporter).aggregate_id)

    assert "Kudu" not in clear(event)
    words, identity = treated.registry.opened(event)
    assert isinstance(words, AdverseEventWords)
    assert identity == ReporterIdentity(name="Name-Kudu", contact="Street-Kudu 3")
    assert len({part.subject for part in event.context.sealed}) == 2
    assert ReporterIdentity.DISCLOSURE == "restricted"


def test_a_report_about_a_voided_treatment_is_taken_and_remarked(treated: Treated) -> None:
    treatment = treated.submitted()
    treated.as_clinic(VoidTreatment(treatment_id=treatment, reason=Reason.duplicate))

    receipt = treated.as_clinic(treated.report(treatments=(str(treatment),)))

    assert "treatments" in {remark.field for remark in receipt.remarks}


def test_others_are_not_told_what_the_registry_holds_of_a_patient(treated: Treated) -> None:
    treatment = treated.submitted()
    patient = treated.events(treatment)[0].content.patient
    treated.as_clinic(VoidTreatment(treatment_id=treatment, reason=Reason.duplicate))
    report = treated.report(treatments=(str(treatment),), onset="2020-01-01")

    receipt = treated.registry.do(report, Role.reporter)
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=receipt.aggregate_id, outcome="fatal", grade="3"))
    supplemented = treated.registry.do(
        SupplementAdverseEvent(adverse_event_id=receipt.aggregate_id, comment="more"), Role.reporter
    )

    event = treated.events(receipt.aggregate_id)[0]
    assert "treatments" not in {remark.field for remark in receipt.remarks}
    assert event.content.treatments == (treatment,)
    assert event.content.patient != patient
    assert all(part.subject != patient for part in event.context.sealed)
    assert supplemented.remarks == ()


@pytest.mark.parametrize(("version", "clear_term"), [("5.0", "Bone infection"), (None, None), ("Becker", None)])
def test_a_ctcae_term_without_its_version_stays_sealed(
    treated: Treated, version: str | None, clear_term: str | None
) -> None:
    reported = treated.reported(ctcae_term="Bone infection", ctcae_version=version, grade="2")

    event = treated.last(reported)
    assert event.content.grading.term == clear_term
    assert "Bone infection" in [*sealed_texts(treated, event), clear_term]


def test_a_report_is_of_today_where_the_clinic_is(treated: Treated) -> None:
    treated.registry.surroundings.move_to(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))

    reported = treated.reported()
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, outcome="recovered"))

    first, second = treated.events(reported)
    assert (first.content.received, first.context.occurred_on) == ("2026-03-03", "2026-03-03")
    assert (second.content.latest_information, second.context.occurred_on) == ("2026-03-03", "2026-03-03")


def test_an_imported_report_is_recognised_and_a_registrar_names_the_source(treated: Treated) -> None:
    report = treated.report(adverse_event_id=UUID(int=12))
    treated.as_registrar(report, key="a")

    assert treated.as_registrar(report, key="a").repeat
    with pytest.raises(AdverseEventAlreadyReported):
        treated.as_registrar(report, key="b")
    with pytest.raises(SourceNeeded):
        treated.registry.do(treated.report(), Role.registrar, person=treated.registrar)


def test_reasons_for_empty_fields_complete_a_report(treated: Treated) -> None:
    told = ("grade=unknown", "outcome=asked_unknown", "suspect_factors=unknown", "actions=not_asked", "onset=why")

    receipt = treated.as_clinic(treated.report(missing=told, serious="no"))

    (event,) = treated.events(receipt.aggregate_id)
    assert MissingField(field="grading.grade", why=Missing.unknown) in event.missing
    assert lacking(event.content, event.missing) == ()
    assert event.unrecognised == ("missing",)


def test_a_text_of_any_length_is_kept_whole(treated: Treated) -> None:
    narrative = "".join(f"{number} " for number in range(30_000))

    receipt = treated.as_clinic(treated.report(narrative=narrative))

    events = treated.events(receipt.aggregate_id)
    pieces = [
        value.text
        for event in events
        for part in treated.registry.opened(event)
        if isinstance(part, ValuesAsReceived)
        for value in part.values
        if value.field == "narrative"
    ]
    assert "".join(pieces) == narrative
    assert len(events) > len(narrative) // CHARACTERS_AT_ONCE
    for event in events:
        assert sum(map(len, sealed_texts(treated, event))) <= CHARACTERS_AT_ONCE + 2000
    with pytest.raises(ReportTooLong):
        treated.as_clinic(treated.report(narrative="x" * (CHARACTERS_AT_MOST + 1)))


def test_a_supplement_adds_and_names_the_old_values(treated: Treated) -> None:
    reported = treated.reported(outcome="recovering", grade="2", ctcae_version="5.0")

    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, outcome="recovered", actions=("medication",)))

    event = treated.last(reported)
    assert event.content.outcome is Outcome.recovered
    assert event.content.grading.grade == 2
    assert event.content.latest_information == "2026-03-02"
    assert FieldChange(field="outcome", held_by=1) in event.changes
    with pytest.raises(NothingSupplemented):
        treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, outcome="recovered"))


def test_a_supplement_that_is_not_understood_takes_nothing_away(treated: Treated) -> None:
    reported = treated.reported(outcome="recovering", seriousness=("hospitalisation",))

    treated.as_clinic(
        SupplementAdverseEvent(adverse_event_id=reported, outcome="fine", seriousness=("grave",), reporter="staff")
    )

    event = treated.last(reported)
    assert event.content.outcome is Outcome.recovering
    assert event.content.seriousness == (Seriousness.hospitalisation,)
    assert event.content.reporter is ReporterKind.clinic
    assert set(sealed_texts(treated, event)) == {"fine", "grave", "staff"}
    assert set(event.unrecognised) == {"outcome", "seriousness", "reporter"}


def test_the_first_awareness_is_filled_by_anyone_and_changed_by_an_officer_who_signs(treated: Treated) -> None:
    reported = treated.reported()
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, first_awareness="2026-02-20"))
    later: dict[str, Any] = {"adverse_event_id": reported, "first_awareness": "2026-03-01"}

    with pytest.raises(AwarenessNeedsOfficer):
        treated.as_clinic(SupplementAdverseEvent(**later))
    with pytest.raises(AwarenessNeedsSignature):
        treated.as_registrar(SupplementAdverseEvent(**later))
    treated.as_registrar(
        SupplementAdverseEvent(
            **later, reason=Reason.data_entry_error, printed_name="Name-Dhole", shown_hash=Sha256("ef" * 32)
        )
    )

    event = treated.last(reported)
    assert event.content.first_awareness == "2026-03-01"
    assert event.signature is not None
    assert FieldChange(field="first_awareness", held_by=2) in event.changes
    assert "Dhole" not in clear(event)


def test_others_do_not_supplement_what_they_did_not_report(treated: Treated) -> None:
    reported = treated.registry.do(treated.report(), Role.reporter, person=UUID(int=21)).aggregate_id
    more = SupplementAdverseEvent(adverse_event_id=reported, comment="more")

    with pytest.raises(NotYourReport):
        treated.registry.do(more, Role.reporter, person=UUID(int=22))
    with pytest.raises(NotYourReport):
        treated.registry.do(more, Role.clinic, person=UUID(int=22), on_behalf_of=UUID(int=23))
    treated.registry.do(more, Role.reporter, person=UUID(int=21))
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=reported, comment="from the clinic"))

    adverse_event = treated.registry.store.load(AdverseEvent, reported)
    assert adverse_event is not None
    assert len(adverse_event.informants) == 2


def test_reports_as_json_lose_no_type_and_no_name() -> None:
    form = texts_of({"grade": 3, "serious": True, "seriousness": "death", "patient": {"age": 4}, "colour": "red"})

    assert form == {
        "grade": "3",
        "serious": "yes",
        "seriousness": ("death",),
        "patient": '{"age": 4}',
        "further": '{"colour": "red"}',
    }
    assert ReportAdverseEvent(**form).serious == YesNo.yes
