"""A query is answered while it is open and closed once; what cannot be is refused by name."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from domain.errors import InvalidInput
from domain.query import (
    Query,
    QueryAbout,
    QueryAsked,
    QueryFault,
    QueryIsClosed,
    QueryNotAnswered,
    QueryRaisedBy,
    QueryResolution,
)
from tests.domain.clinics import CLINIC, act_on, last

ABOUT = uuid5(UUID(int=0), "a treatment")
FAULTS = (QueryFault(field="grade", problem="it is missing"),)


def raised(
    kind: QueryAbout = QueryAbout.treatment,
    asked: QueryAsked = QueryAsked.clinic,
    faults: tuple[QueryFault, ...] = FAULTS,
) -> Query:
    act = act_on().replace(clinic_id=CLINIC)
    return Query.ask(UUID(int=4), act, (kind, ABOUT), f"{ABOUT}/1", asked, QueryRaisedBy.rule, faults)


def test_a_query_names_what_it_is_about_and_keeps_its_clinic() -> None:
    query = raised()

    query.answer(act_on(), f"{ABOUT}/2")
    query.close(act_on(), QueryResolution.resolved)

    assert {event.context.clinic_id for event in query.pending_events} == {CLINIC}
    assert (query.about_id, query.closed, query.answers) == (ABOUT, True, 1)


def test_a_closed_query_takes_nothing_more() -> None:
    query = raised()
    query.close(act_on(), QueryResolution.withdrawn)

    with pytest.raises(QueryIsClosed):
        query.answer(act_on())
    with pytest.raises(QueryIsClosed):
        query.close(act_on(), QueryResolution.withdrawn)
    with pytest.raises(QueryIsClosed):
        query.settle(act_on(), f"{ABOUT}/2")


@pytest.mark.parametrize("resolution", sorted(QueryResolution))
def test_without_an_answer_it_is_closed_as_unanswerable_or_withdrawn_only(resolution: QueryResolution) -> None:
    query = raised()

    if resolution in {QueryResolution.unanswerable, QueryResolution.withdrawn}:
        query.close(act_on(), resolution)

        assert last(query).resolution is resolution
    else:
        with pytest.raises(InvalidInput if resolution is QueryResolution.unrecognised else QueryNotAnswered):
            query.close(act_on(), resolution)

        assert not query.closed


def test_what_is_no_query_is_refused() -> None:
    for kind, asked, faults in (
        (QueryAbout.unrecognised, QueryAsked.clinic, FAULTS),
        (QueryAbout.treatment, QueryAsked.unrecognised, FAULTS),
        (QueryAbout.treatment, QueryAsked.clinic, ()),
        (QueryAbout.treatment, QueryAsked.clinic, (QueryFault(field=" "),)),
        (QueryAbout.treatment, QueryAsked.clinic, (QueryFault(field="x" * 101),)),
    ):
        with pytest.raises(InvalidInput):
            raised(kind, asked, faults)
    with pytest.raises(InvalidInput):
        raised().answer(act_on(), f"{CLINIC}/2")
