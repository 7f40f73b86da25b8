"""Questions about single records: raised by the society, answered by the clinic or never, and closed."""

from __future__ import annotations

from uuid import UUID

from application.queries import AnswerQuery, CloseQuery, RaiseQuery
from domain.codes import Role
from domain.query import QueryResolution
from interfaces.simulation.agenda import Life
from interfaces.simulation.member import Member
from interfaces.simulation.society import some_days


def asked_about(member: Member, record: UUID, field: str, question: str) -> Life:
    """Ask a clinic about one of its records."""
    society, chance = member.society, member.chance
    raised = society.do(RaiseQuery(about_id=record, fields=(field,), question=question), Role.registrar)
    if raised is None:
        return
    query, waiting = raised.aggregate_id, member.waits((2, 12), (20, 60))
    yield society.now + (waiting or some_days(chance, 90, 120))
    resolution = QueryResolution.unanswerable
    if waiting is not None and member.do(AnswerQuery(query_id=query, answer="It is as we reported it.")) is not None:
        resolution = QueryResolution.explained
        yield society.now + some_days(chance, 1, 8)
    society.do(CloseQuery(query_id=query, resolution=resolution), Role.registrar)
