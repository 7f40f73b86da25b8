"""A question about a treatment or an adverse event that was taken as it came: asked, answered, closed.

Whatever is wrong with a report beyond its four elements becomes a query instead of a refusal. Words of officers and
of those who answer may be about a patient, and are sealed; what a rule noticed is named by field and problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import Code
from domain.errors import InvalidInput, Refused


class QueryIsClosed(Refused):
    """The query {query} is closed."""

    remedy = "Raise a new one if something is still open; nothing was recorded."


class QueryNotAnswered(Refused):
    """The query {query} has no answer yet, so it cannot be closed as {resolution}."""

    remedy = "Wait for the answer, or close it as unanswerable or withdrawn; nothing was recorded."


class QueryAlreadyRaised(Refused):
    """The query {query} is raised already."""


class QueryAbout(Code):
    """What a query is about."""

    unrecognised = "unrecognised"
    adverse_event = "adverse_event"
    treatment = "treatment"


class QueryAsked(Code):
    """Who is asked: the clinic, or whoever else reported, through the society."""

    unrecognised = "unrecognised"
    clinic = "clinic"
    reporter = "reporter"


class QueryRaisedBy(Code):
    """Whether a rule noticed it or an officer asks."""

    unrecognised = "unrecognised"
    rule = "rule"
    officer = "officer"


class QueryResolution(Code):
    """How a query ended."""

    unrecognised = "unrecognised"
    resolved = "resolved"
    explained = "explained"
    unanswerable = "unanswerable"
    withdrawn = "withdrawn"


_WITHOUT_ANSWER = frozenset({QueryResolution.unanswerable, QueryResolution.withdrawn})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFault:
    """One thing that is missing, contradicts itself or was not understood."""

    field: str
    """Field of the report or record."""
    problem: str | None = None
    """What a rule says about it, without any value; absent where the words are an officer's, and sealed."""


class Query(Aggregate):
    """One question, from being raised to being closed."""

    TOPIC = "Query"

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.about = QueryAbout.unrecognised
        self.about_id = UUID(int=0)
        self.asked = QueryAsked.unrecognised
        self.faults: tuple[QueryFault, ...] = ()
        self.answers = 0
        self.closed = False

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic concerned."""
        return self.clinic_id

    class Event(RegistryEvent):
        """An event of a query."""

    class QueryRaised(Opening, Event):
        """Something about a treatment or adverse event is to be said or corrected; an officer's words are sealed."""

        TOPIC = "QueryRaised.v1"

        about: QueryAbout
        """What it is about."""
        about_id: UUID
        """The treatment or adverse event."""
        event: str
        """Id of the event that is asked about: `<aggregate id>/<version>`."""
        asked: QueryAsked
        """Who is asked."""
        raised_by: QueryRaisedBy
        """Whether a rule noticed it or an officer asks."""
        faults: tuple[QueryFault, ...]
        """What is to be said or corrected, field by field."""

        def apply(self, query: Query) -> None:
            """Remember what it is about."""
            query.clinic_id = self.context.clinic_id
            query.about, query.about_id = self.about, self.about_id
            query.asked, query.faults = self.asked, self.faults

    class QueryAnswered(Event):
        """Who was asked answered; the words are sealed."""

        TOPIC = "QueryAnswered.v1"

        corrected_by: str | None = None
        """Id of the event that corrects the record: `<aggregate id>/<version>`."""

        def apply(self, query: Query) -> None:
            """Count the answer."""
            query.answers += 1

    class QueryClosed(Event):
        """Nothing more is asked; an officer's words are sealed."""

        TOPIC = "QueryClosed.v1"

        resolution: QueryResolution
        """How it ended."""
        closed_by: QueryRaisedBy
        """Whether a rule saw that nothing is open any more, or an officer decided."""
        corrected_by: str | None = None
        """Id of the event that corrected the record: `<aggregate id>/<version>`."""

        def apply(self, query: Query) -> None:
            """Close it."""
            query.closed = True

    @classmethod
    def ask(
        cls,
        query_id: UUID,
        act: Act,
        about: tuple[QueryAbout, UUID],
        event: str,
        asked: QueryAsked,
        raised_by: QueryRaisedBy,
        faults: tuple[QueryFault, ...],
    ) -> Self:
        """Raise a query about a treatment or adverse event, named by its kind and id."""
        if QueryAbout.unrecognised is about[0] or asked is QueryAsked.unrecognised:
            raise InvalidInput(field="about", problem="is not in the code list")
        if not faults or any(not each.field.strip() or len(each.field) > 100 for each in faults):
            raise InvalidInput(field="faults", problem="needs at least one, each with a field")
        return cls.begin(
            cls.QueryRaised,
            query_id,
            act,
            about=about[0],
            about_id=about[1],
            event=event,
            asked=asked,
            raised_by=raised_by,
            faults=faults,
        )

    def answer(self, act: Act, corrected_by: str | None = None) -> None:
        """Answer it; what was said before stays."""
        self._require_open()
        if corrected_by is not None and corrected_by.partition("/")[0] != str(self.about_id):
            raise InvalidInput(field="corrected_by", problem=f"is no event of {self.about_id}")
        self.record(self.QueryAnswered, act, corrected_by=corrected_by)

    def close(self, act: Act, resolution: QueryResolution) -> None:
        """Close it by an officer's decision; as resolved or explained only after an answer."""
        self._require_open()
        if resolution is QueryResolution.unrecognised:
            raise InvalidInput(field="resolution", problem="is not in the code list")
        if not self.answers and resolution not in _WITHOUT_ANSWER:
            raise QueryNotAnswered(query=self.id, resolution=resolution)
        self.record(self.QueryClosed, act, resolution=resolution, closed_by=QueryRaisedBy.officer)

    def settle(self, act: Act, corrected_by: str) -> None:
        """Close it by rule: the record as corrected by an event leaves nothing of it open."""
        self._require_open()
        self.record(
            self.QueryClosed,
            act,
            resolution=QueryResolution.resolved,
            closed_by=QueryRaisedBy.rule,
            corrected_by=corrected_by,
        )

    def _require_open(self) -> None:
        if self.closed:
            raise QueryIsClosed(query=self.id)
