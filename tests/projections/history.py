"""Histories for tests of read models: events as they stand in the log, written down in the words of the tests."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg

from domain.adverse_event import AdverseEvent
from domain.adverse_event_content import AdverseEventContent
from domain.clinic import Clinic
from domain.clinic_details import ClinicDetails
from domain.codes import Role
from domain.dates import PartialDate, day, quarter_of
from domain.follow_up import FollowUp
from domain.guideline import Guideline, GuidelineVersion
from domain.registry import DEFAULT_SCHEDULE, Registry, RegistryTerms, Scope
from domain.reporting import DeclaredCount
from domain.treatment import Treatment
from domain.treatment_codes import FollowUpResult
from domain.treatment_content import TreatmentContent
from projections.read_model import ReadModel, Recorded
from tests.factories import minimal


def uid(name: str) -> UUID:
    """Return the id that a test calls by this name."""
    return UUID(bytes=random.Random(name).randbytes(16), version=4)


def noon(on: str) -> datetime:
    """Return noon, UTC, of a day."""
    return datetime.fromisoformat(on).replace(hour=12, tzinfo=UTC)


class History:
    """A log that grows: positions without gaps, versions by aggregate."""

    def __init__(self) -> None:
        self.log: list[Recorded] = []
        self._versions: dict[UUID, int] = {}

    def add(
        self,
        kind: type[Any],
        aggregate_id: UUID,
        at: str | datetime,
        /,
        *,
        occurred_on: str | None = None,
        clinic: UUID | None = None,
        role: Role = Role.clinic,
        on_behalf_of: UUID | None = None,
        **content: Any,
    ) -> Recorded:
        """Record an event; a date as time means noon UTC of that day, and a clinic speaks for the one concerned."""
        recorded_at = noon(at) if isinstance(at, str) else at
        version = self._versions[aggregate_id] = self._versions.get(aggregate_id, 0) + 1
        event: Any = minimal(kind)
        happened = PartialDate(occurred_on or day(recorded_at.date()))
        spoken_for = on_behalf_of or (clinic if role is Role.clinic else None)
        context = dataclasses.replace(
            event.context, occurred_on=happened, clinic_id=clinic, actor_role=role, on_behalf_of=spoken_for
        )
        changed: dict[str, Any] = {
            "originator_id": aggregate_id,
            "originator_version": version,
            "timestamp": recorded_at,
        }
        event = dataclasses.replace(event, context=context, **changed, **content)
        recorded = Recorded(
            position=len(self.log) + 1,
            topic=kind.TOPIC,
            aggregate_id=aggregate_id,
            version=version,
            clinic_id=clinic,
            recorded_at=recorded_at,
            occurred_on=happened,
            disclosure="public" if isinstance(event, (Registry.Event, Guideline.Event)) else "party",
            state=b"",
            read=lambda *_: event,
        )
        self.log.append(recorded)
        return recorded

    def of_clinic(self, kind: type[Any], clinic: UUID, at: str | datetime, **content: Any) -> Recorded:
        """Record an event of a clinic."""
        return self.add(kind, clinic, at, clinic=clinic, **content)

    def registry(self, name: str, at: str, *guidelines: UUID, kind: type[Any] = Registry.RegistryOpened) -> UUID:
        """Open or revise a registry that asks for guidelines."""
        terms = RegistryTerms(title=name.title(), scope=Scope(), form_version="1", guidelines=guidelines)
        content: dict[str, Any] = {"short_code": name} if kind is Registry.RegistryOpened else {}
        self.add(kind, uid(name), at, role=Role.registrar, terms=terms, **content)
        return uid(name)

    def guideline(self, name: str, at: str, version: str = "1", effective_on: str | None = None) -> UUID:
        """Publish a guideline, or revise it when it is there."""
        content: GuidelineVersion = dataclasses.replace(
            minimal(GuidelineVersion),
            title=name.title(),
            version=version,
            effective_on=PartialDate(effective_on or at),
        )
        kind = Guideline.GuidelineRevised if uid(name) in self._versions else Guideline.GuidelinePublished
        self.add(kind, uid(name), at, role=Role.guideline_editor, content=content)
        return uid(name)

    def clinic(self, name: str, at: str, *, country: str = "CH", time_zone: str = "UTC", **details: Any) -> UUID:
        """Identify a clinic."""
        known = ClinicDetails(legal_name=name, country=country, time_zone=time_zone, **details)
        self.of_clinic(Clinic.ClinicIdentified, uid(name), at, role=Role.registrar, details=known)
        return uid(name)

    def enrol(self, clinic: UUID, at: str, *registries: UUID) -> Recorded:
        """Enrol a clinic, its request included."""
        self.of_clinic(Clinic.EnrolmentRequested, clinic, at, registries=registries)
        return self.of_clinic(Clinic.ClinicEnrolled, clinic, at, role=Role.registrar, registries=registries)

    def attest(
        self, clinic: UUID, at: str, guideline: UUID, version: str = "1", valid_until: str | None = None
    ) -> Recorded:
        """Attest to a guideline for a year."""
        until = valid_until or day(date.fromisoformat(at) + timedelta(days=365))
        return self.of_clinic(
            Clinic.GuidelineAttested,
            clinic,
            at,
            guideline_id=guideline,
            guideline_version=version,
            valid_until=PartialDate(until),
        )

    def treat(self, name: str, clinic: UUID, registry: UUID, performed_on: str, at: str | datetime) -> Recorded:
        """Submit a treatment."""
        content = treatment_content(registry, performed_on)
        return self.add(
            Treatment.TreatmentSubmitted, uid(name), at, clinic=clinic, content=content, schedule=DEFAULT_SCHEDULE,
            occurred_on=performed_on,
        )  # fmt: skip

    def follow_up(
        self,
        treatment: str,
        clinic: UUID,
        months: int | None,
        at: str,
        result: FollowUpResult = FollowUpResult.completed,
        serves: tuple[UUID, ...] = (),
    ) -> Recorded:
        """Record a follow-up."""
        content = FollowUp(
            follow_up_id=uid(f"{treatment} {months} {at}"), time_point_months=months, result=result, serves=serves
        )
        return self.add(Treatment.FollowUpRecorded, uid(treatment), at, clinic=clinic, follow_up=content)

    def declare(self, clinic: UUID, at: str, quarter: str, **counts: int) -> Recorded:
        """Declare a quarter; registries by name."""
        declared = tuple(DeclaredCount(registry_id=uid(name), treatments=count) for name, count in counts.items())
        return self.of_clinic(Clinic.TreatmentCountDeclared, clinic, at, quarter=quarter, counts=declared)

    def report(
        self,
        name: str,
        clinic: UUID | None,
        at: str | datetime,
        *,
        role: Role = Role.clinic,
        on_behalf_of: UUID | None = None,
        **content: Any,
    ) -> Recorded:
        """Report an adverse event."""
        return self.add(
            AdverseEvent.AdverseEventReported, uid(name), at, clinic=clinic, role=role, on_behalf_of=on_behalf_of,
            content=AdverseEventContent(**content),
        )  # fmt: skip


def treatment_content(registry: UUID, performed_on: str) -> TreatmentContent:
    """Return the content of a treatment of a registry on a date."""
    content: TreatmentContent = minimal(TreatmentContent)
    return dataclasses.replace(content, registry_id=registry, performed_on=PartialDate(performed_on))


def society(seed: int, events: int = 120, clinics: int = 4) -> History:
    """Return a random history that touches every account and entry: joining, leaving, data, rules that change."""
    chance = random.Random(seed)
    history = History()
    now = date(2024, 1, 10)
    guidelines = [history.guideline(name, day(now)) for name in ("cells", "hygiene")]
    registries = [history.registry("knee", day(now), guidelines[0]), history.registry("eye", day(now), *guidelines)]
    for number in range(clinics):
        history.clinic(f"clinic {number}", day(now), time_zone=chance.choice(["UTC", "Asia/Tokyo", "America/Lima"]))
    versions = dict.fromkeys(guidelines, 1)
    treated: list[tuple[str, UUID]] = []
    while len(history.log) < events:
        now += timedelta(days=chance.randrange(0, 12))
        _something(history, chance, day(now), clinics, registries, versions, treated)
    return history


def _something(
    history: History, chance: random.Random, at: str, clinics: int, registries: list[UUID], versions: dict[UUID, int],
    treated: list[tuple[str, UUID]],
) -> None:  # fmt: skip
    clinic = uid(f"clinic {chance.randrange(clinics)}")
    registry = chance.choice(registries)
    match chance.randrange(14):
        case 0:
            history.enrol(clinic, at, registry)
        case 1 | 2:
            guideline = chance.choice(list(versions))
            history.attest(clinic, at, guideline, str(versions[guideline]))
        case 3 | 4:
            treated.append((f"treatment {len(treated)}", clinic))
            history.treat(treated[-1][0], clinic, registry, at, at)
        case 5 | 6 | 7 if treated:
            name, owner = chance.choice(treated)
            result = chance.choice([each for each in FollowUpResult if each is not FollowUpResult.unrecognised])
            served = (uid(chance.choice(treated)[0]),)
            history.follow_up(name, owner, chance.choice([3, 6, 12, None]), at, result, served)
        case 8 if treated:
            name, owner = chance.choice(treated)
            history.add(
                Treatment.TreatmentCorrected, uid(name), at, clinic=owner,
                content=treatment_content(registry, day(date.fromisoformat(at) - timedelta(days=chance.randrange(90)))),
            )  # fmt: skip
        case 9:
            history.report(f"event {len(history.log)}", clinic, at)
        case 10:
            ended = date.fromisoformat(at) - timedelta(days=chance.choice([0, 200]))
            history.declare(clinic, at, quarter_of(ended), knee=chance.randrange(4))
        case 11:
            kind = chance.choice([Clinic.ClinicWithdrew, Clinic.ParticipationLapsed, Clinic.ClinicInvited])
            history.of_clinic(kind, clinic, at)
        case 12:
            guideline = chance.choice(list(versions))
            versions[guideline] += 1
            history.guideline("cells" if guideline == uid("cells") else "hygiene", at, str(versions[guideline]))
        case _:
            asked = tuple(each for each in versions if chance.random() < 0.6)
            history.registry("knee", at, *asked, kind=Registry.RegistryRevised)


def build(cursor: psycopg.Cursor[Any], model: ReadModel, schema: str) -> None:
    """Make the tables of a read model in a schema of their own and enter it."""
    cursor.execute(f"CREATE SCHEMA {schema}".encode())
    enter(cursor, schema)
    cursor.execute(model.script)


def enter(cursor: psycopg.Cursor[Any], schema: str) -> None:
    """Let the tables be those of this schema."""
    cursor.execute(f"SET search_path = {schema}".encode())


def apply_in_batches(
    cursor: psycopg.Cursor[Any], model: ReadModel, log: Sequence[Recorded], cuts: Iterable[int] = ()
) -> None:
    """Apply a log, cut at these positions."""
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(log)}), len(log)]
    for start, end in pairwise(edges):
        model.apply(cursor, log[start:end])


def digest(cursor: psycopg.Cursor[Any], model: ReadModel) -> dict[str, list[str]]:
    """Return every row of every table of a read model as text, in order."""
    return {
        table: sorted(row[0] for row in cursor.execute(f"SELECT t::text FROM {table} AS t".encode()).fetchall())
        for table in model.tables
    }
