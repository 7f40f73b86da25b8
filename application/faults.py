"""What a report lacks or leaves unclear is asked for by a query of its own, and settled by the event that gives it.

A command that remarked on something hands over one query, whose id follows from the event that it asks about. An
import raises none: its answer names every remark beside the row.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from application.command import Desk
from application.derived_ids import uuid8
from domain.adverse_event import AdverseEvent
from domain.adverse_event_codes import ReporterKind
from domain.aggregate import Aggregate
from domain.codes import Role, Via
from domain.query import Query, QueryAbout, QueryAsked, QueryFault, QueryRaisedBy
from domain.treatment import Treatment

Settled = Callable[[str], bool]
"""Tell whether the record now gives a field, so that nothing of a fault in it is open."""


def query_id(desk: Desk, about_id: UUID, version: int) -> UUID:
    """Return the id of the query that a rule raises about one event."""
    return uuid8(desk.sealer.digest("query", str(about_id), str(version)))


def with_queries(desk: Desk, about: AdverseEvent | Treatment, settled: Settled | None = None) -> list[Aggregate]:
    """Return what changed, with the queries that its remarks raise and those that it settles."""
    pending = list(about.pending_events)
    if not pending:
        return [about]
    version = pending[0].originator_version
    # Who imports is told row by row and mends the mapping or the file; old extracts would bury the work list.
    asks = bool(desk.remarks) and desk.request.via is not Via.import_
    asked = _raised(desk, about, version) if asks else []
    return [about, *asked, *(_settled(desk, about, version, settled) if settled else ())]


def kind_of(about: AdverseEvent | Treatment) -> QueryAbout:
    """Return what a query about this is about."""
    return QueryAbout.treatment if isinstance(about, Treatment) else QueryAbout.adverse_event


def _raised(desk: Desk, about: AdverseEvent | Treatment, version: int) -> list[Query]:
    new_id = query_id(desk, about.id, version)
    problems: dict[str, list[str]] = {}
    for remark in desk.remarks:
        problems.setdefault(remark.field, []).append(remark.problem)
    clinic_id = about.clinic_id
    act = desk.act(Query.QueryRaised, new_id, clinic_id=clinic_id)
    return [
        Query.ask(
            new_id,
            act,
            (kind_of(about), about.id),
            f"{about.id}/{version}",
            _asked(desk, about),
            QueryRaisedBy.rule,
            tuple(QueryFault(field=name, problem="; ".join(said)) for name, said in problems.items()),
        )
    ]


def _asked(desk: Desk, about: AdverseEvent | Treatment) -> QueryAsked:
    """Return who is asked: a clinic for its own records and reports, also when an officer entered them."""
    if isinstance(about, Treatment):
        return QueryAsked.clinic
    own = about.content.reporter is ReporterKind.clinic and desk.request.actor.role is not Role.reporter
    return QueryAsked.clinic if own and about.clinic_id is not None else QueryAsked.reporter


def _settled(desk: Desk, about: AdverseEvent | Treatment, version: int, settled: Settled) -> list[Query]:
    still = {remark.field for remark in desk.remarks}
    done: list[Query] = []
    for earlier in range(1, version):
        query = desk.find(Query, query_id(desk, about.id, earlier))
        if (
            query is None
            or query.closed
            or any(each.field in still or not settled(each.field) for each in query.faults)
        ):
            continue
        query.settle(desk.act(Query.QueryClosed, query.id, clinic_id=about.clinic_id), f"{about.id}/{version}")
        done.append(query)
    return done
