"""Commands about queries: raised by an officer, answered by who was asked, closed by an officer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.acting import SOURCE_ROLES, NotForThisClinic, require_source, require_speaking_for
from application.command import Command, Desk
from application.faults import kind_of
from application.ports import SubjectKind
from application.reports import REPORTERS
from domain.adverse_event import AdverseEvent
from domain.adverse_event_errors import NotYourReport
from domain.codes import Role
from domain.errors import InvalidInput, NotFound
from domain.patient import QueryWords
from domain.query import Query, QueryAsked, QueryFault, QueryRaisedBy, QueryResolution
from domain.treatment import Treatment

OFFICERS = frozenset({Role.registrar, Role.safety_officer})


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseQuery(Command):
    """Ask about a treatment or an adverse event."""

    AGGREGATE: ClassVar[str] = "query"
    VERB: ClassVar[str] = "raise"
    ROLES: ClassVar[frozenset[Role]] = OFFICERS

    about_id: UUID
    """The treatment or adverse event."""
    fields: tuple[str, ...]
    """Fields that the question is about, such as `grading.grade`."""
    question: str
    """What is asked; sealed."""
    asked: QueryAsked = QueryAsked.clinic
    """Who is asked: clinic, or reporter for what others than the clinic reported."""

    def run(self, desk: Desk) -> Query:
        """Raise it about the newest event of what it is about."""
        about = _about(desk, self.about_id)
        if self.asked is QueryAsked.clinic and about.clinic_id is None:
            raise InvalidInput(field="asked", problem="the report concerns no clinic of the registry; ask the reporter")
        if self.asked is QueryAsked.reporter and isinstance(about, Treatment):
            raise InvalidInput(field="asked", problem="a treatment is its clinic's to answer for")
        new_id = desk.new_id()
        parts = _words(desk, about, self.question, "question")
        act = desk.act(Query.QueryRaised, new_id, clinic_id=about.clinic_id, parts=parts)
        faults = tuple(QueryFault(field=each) for each in dict.fromkeys(self.fields))
        event = f"{about.id}/{about.version}"
        return Query.ask(new_id, act, (kind_of(about), about.id), event, self.asked, QueryRaisedBy.officer, faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuery(Command):
    """Answer a query; what is to be corrected is corrected in the record itself."""

    AGGREGATE: ClassVar[str] = "query"
    VERB: ClassVar[str] = "answer"
    ROLES: ClassVar[frozenset[Role]] = REPORTERS

    query_id: UUID
    """The query."""
    answer: str
    """What is said; sealed."""
    corrected_by: str | None = None
    """Id of the event that corrects the record: `<id>/<version>`."""

    def run(self, desk: Desk) -> Query:
        """Record the answer."""
        query = desk.load(Query, self.query_id)
        about = _about(desk, query.about_id)
        _require_asked(desk, query, about)
        parts = _words(desk, about, self.answer, "answer")
        query.answer(desk.act(Query.QueryAnswered, query.id, clinic_id=query.clinic_id, parts=parts), self.corrected_by)
        return query


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseQuery(Command):
    """Close a query."""

    AGGREGATE: ClassVar[str] = "query"
    VERB: ClassVar[str] = "close"
    ROLES: ClassVar[frozenset[Role]] = OFFICERS

    query_id: UUID
    """The query."""
    resolution: QueryResolution
    """How it ends: resolved, explained, unanswerable, withdrawn."""
    explanation: str | None = None
    """Why, beyond that; sealed."""

    def run(self, desk: Desk) -> Query:
        """Record the end."""
        query = desk.load(Query, self.query_id)
        about = _about(desk, query.about_id)
        parts = _words(desk, about, self.explanation, "explanation") if self.explanation is not None else ()
        query.close(desk.act(Query.QueryClosed, query.id, clinic_id=query.clinic_id, parts=parts), self.resolution)
        return query


def _about(desk: Desk, about_id: UUID) -> AdverseEvent | Treatment:
    found = desk.find(AdverseEvent, about_id) or desk.find(Treatment, about_id)
    if found is None:
        raise NotFound(what="treatment or adverse event", id=about_id)
    return found


def _require_asked(desk: Desk, query: Query, about: AdverseEvent | Treatment) -> None:
    """Refuse an answer by others than who was asked; an officer enters it with its source."""
    role, person = desk.request.actor.role, desk.request.actor.person
    if query.asked is QueryAsked.clinic:
        if role is Role.reporter:
            raise NotForThisClinic(clinic=query.clinic_id, on_behalf_of=desk.request.on_behalf_of)
        require_speaking_for(desk, query.clinic_id)
    elif role in SOURCE_ROLES:
        require_source(desk)
    elif not isinstance(about, AdverseEvent) or person not in about.informants:
        raise NotYourReport(adverse_event=about.id)


def _words(desk: Desk, about: AdverseEvent | Treatment, words: str, field: str) -> Sequence[tuple[UUID, QueryWords]]:
    if not words.strip() or len(words) > 4000:
        raise InvalidInput(field=field, problem="needs 1 to 4000 characters")
    patient = about.content.patient or desk.subject(SubjectKind.patient, "query", str(about.id))
    return ((patient, QueryWords(words=words)),)
