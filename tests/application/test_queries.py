"""What a report lacks is asked for by a query; who is asked answers, and what is given settles it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from application.acting import NotForThisClinic, SourceNeeded
from application.queries import AnswerQuery, CloseQuery, RaiseQuery
from application.reports import SupplementAdverseEvent
from application.treatments import CorrectTreatment
from domain.adverse_event_errors import NotYourReport
from domain.codes import Reason, Role, Via, YesNo
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.patient import QueryWords
from domain.query import Query, QueryAbout, QueryAsked, QueryRaisedBy, QueryResolution
from domain.treatment_content import Consent
from tests.application.treated import Treated

COMPLETE = {
    "grade": "2",
    "serious": "no",
    "outcome": "recovered",
    "suspect_factors": ("cells",),
    "actions": ("none",),
    "first_awareness": "2026-02-20",
    "onset": "2026-02-20",
}


@pytest.fixture
def treated() -> Treated:
    return Treated()


def queries(treated: Treated) -> list[Query]:
    raised = [each for each in treated.registry.store.log if isinstance(each, Query.QueryRaised)]
    found = [treated.registry.store.load(Query, each.originator_id) for each in raised]
    return [each for each in found if each is not None]


def only(treated: Treated) -> Query:
    (query,) = queries(treated)
    return query


def asked(treated: Treated, about: UUID, **changes: Any) -> UUID:
    command = RaiseQuery(about_id=about, fields=("onset",), question="Was it the left knee of Quagga?", **changes)
    return treated.as_safety_officer(command).aggregate_id


def test_a_report_with_the_four_elements_is_taken_and_asked_for_the_rest(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.report())

    query = only(treated)
    assert receipt.events == ("AdverseEventReported", "QueryRaised")
    assert (query.about, query.about_id, query.asked) == (
        QueryAbout.adverse_event,
        receipt.aggregate_id,
        QueryAsked.clinic,
    )
    assert {each.field for each in query.faults} == {remark.field for remark in receipt.remarks}
    assert treated.last(query.id).event == f"{receipt.aggregate_id}/1"
    assert treated.last(query.id).raised_by is QueryRaisedBy.rule


def test_a_complete_report_is_asked_nothing(treated: Treated) -> None:
    treatment = treated.submitted()

    treated.as_clinic(treated.report(treatments=(str(treatment),), **COMPLETE))

    assert queries(treated) == []


def test_a_repeat_asks_nothing_more(treated: Treated) -> None:
    report = treated.report(adverse_event_id=uuid4())

    treated.as_clinic(report, key="report")
    treated.as_clinic(report, key="report")

    assert len(queries(treated)) == 1


def test_values_that_were_not_understood_are_never_in_the_query(treated: Treated) -> None:
    treated.as_clinic(treated.report(**{**COMPLETE, "grade": "Marmot 9"}))

    query = only(treated)
    assert [each.field for each in query.faults] == ["grade"]
    assert "Marmot" not in repr(query.faults)


def test_the_supplement_that_gives_all_of_it_settles_the_query(treated: Treated) -> None:
    adverse_event = treated.reported()
    query = only(treated)
    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=adverse_event, grade="2", serious="no"))
    assert not only_open(treated, query.id)

    treated.as_clinic(SupplementAdverseEvent(adverse_event_id=adverse_event, **COMPLETE))

    closed = treated.last(query.id)
    assert (closed.resolution, closed.closed_by) == (QueryResolution.resolved, QueryRaisedBy.rule)
    assert closed.corrected_by == f"{adverse_event}/3"
    assert all(treated.registry.store.load(Query, each.id).closed for each in queries(treated))


def only_open(treated: Treated, query_id: UUID) -> bool:
    query = treated.registry.store.load(Query, query_id)
    assert query is not None
    return query.closed


def test_whoever_may_not_know_the_record_settles_nothing(treated: Treated) -> None:
    patient = uuid4()
    report = treated.report(reporter="patient")
    adverse_event = treated.registry.do(report, Role.reporter, person=patient).aggregate_id
    query = only(treated)
    assert query.asked is QueryAsked.reporter

    supplement = SupplementAdverseEvent(adverse_event_id=adverse_event, **COMPLETE)
    treated.registry.do(supplement, Role.reporter, person=patient)

    assert not only_open(treated, query.id)


def test_an_import_raises_none(treated: Treated) -> None:
    receipt = treated.as_clinic(treated.report(), via=Via.import_)

    assert receipt.remarks
    assert queries(treated) == []


def test_a_treatment_is_asked_about_what_is_missing_until_it_is_corrected(treated: Treated) -> None:
    minor = Consent(minor=YesNo.yes)
    treatment = treated.submitted(consent=minor, year_of_birth=2012)
    query = only(treated)
    assert (query.about, [each.field for each in query.faults]) == (
        QueryAbout.treatment,
        ["consent.guardians_consent"],
    )

    treated.as_clinic(
        CorrectTreatment(
            treatment_id=treatment,
            consent=Consent(minor=YesNo.yes, guardians_consent=YesNo.yes),
            reason=Reason.new_information,
        )
    )

    assert treated.last(query.id).corrected_by == f"{treatment}/2"


def test_an_officers_question_and_its_answer_are_sealed(treated: Treated) -> None:
    treatment = treated.submitted()
    query_id = asked(treated, treatment)

    treated.as_clinic(AnswerQuery(query_id=query_id, answer="Yes, the left knee of Quagga."))
    treated.as_safety_officer(CloseQuery(query_id=query_id, resolution=QueryResolution.explained, explanation="Quagga"))

    parts = [part for event in treated.events(query_id) for part in treated.registry.opened(event)]
    assert {type(part) for part in parts} == {QueryWords}
    assert [part.words for part in parts] == [
        "Was it the left knee of Quagga?",
        "Yes, the left knee of Quagga.",
        "Quagga",
    ]
    assert "Quagga" not in repr(treated.registry.store.log)
    assert {event.context.clinic_id for event in treated.events(query_id)} == {treated.clinic_id}


def test_the_clinic_asked_answers_for_itself_and_an_officer_with_a_source(treated: Treated) -> None:
    answer = AnswerQuery(query_id=asked(treated, treated.submitted()), answer="Yes.")

    with pytest.raises(NotForThisClinic):
        treated.registry.do(answer, Role.clinic, on_behalf_of=uuid4())
    with pytest.raises(NotForThisClinic):
        treated.registry.do(answer, Role.reporter)
    with pytest.raises(SourceNeeded):
        treated.as_safety_officer(answer)
    treated.as_registrar(answer)

    assert type(treated.last(answer.query_id)).__name__ == "QueryAnswered"


def test_a_reporter_asked_answers_and_nobody_else(treated: Treated) -> None:
    patient = uuid4()
    adverse_event = treated.registry.do(treated.report(reporter="patient"), Role.reporter, person=patient).aggregate_id
    answer = AnswerQuery(query_id=asked(treated, adverse_event, asked=QueryAsked.reporter), answer="Yes.")

    with pytest.raises(NotYourReport):
        treated.as_clinic(answer)
    with pytest.raises(NotYourReport):
        treated.registry.do(answer, Role.reporter)
    with pytest.raises(SourceNeeded):
        treated.as_safety_officer(answer)
    treated.registry.do(answer, Role.reporter, person=patient)

    assert type(treated.last(answer.query_id)).__name__ == "QueryAnswered"


def test_what_cannot_be_asked_is_refused(treated: Treated) -> None:
    treatment, nowhere = treated.submitted(), treated.reported(clinic_id=None)

    with pytest.raises(NotFound):
        asked(treated, uuid4())
    with pytest.raises(InvalidInput):
        asked(treated, treatment, asked=QueryAsked.reporter)
    with pytest.raises(InvalidInput):
        asked(treated, nowhere)
    for question in (" ", "x" * 4001):
        with pytest.raises(InvalidInput):
            treated.as_safety_officer(RaiseQuery(about_id=treatment, fields=("onset",), question=question))
    with pytest.raises(NotPermitted):
        treated.as_clinic(RaiseQuery(about_id=treatment, fields=("onset",), question="Why?"))
