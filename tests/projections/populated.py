"""A registry with something of every class about two clinics, stored and built, for tests of who may see what.

Each clinic has a case that it was told of and one that it was not, and a doubt about a determination.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from domain.clinic import Clinic
from domain.codes import Role
from domain.dates import PartialDate
from domain.listing_category import ListingCategory
from domain.obligation import Obligation
from domain.obligation_terms import ObligationEnding, ObligationTerms, holder_of, kind_of
from domain.query import QueryAsked
from domain.safety_case import SafetyCase
from domain.safety_notice import SafetyNotice
from domain.sealed import SealedPart
from domain.standing import Standing, standing_id
from projections.catalogue import READ_MODELS
from tests.projections.history import History, apply_in_batches, build, uid
from tests.projections.published import entry, publish, question
from tests.projections.test_audit_trail import CATALOGUE, stored
from tests.projections.test_listings import propose
from tests.projections.test_queries import raise_query

CONCERNED, OTHER, UNKNOWN = uid("concerned"), uid("another"), uid("unknown")
NAMES = {CONCERNED: "concerned", OTHER: "another"}
REPORTER, PATIENT = uid("reporter"), uid("patient")
ON = date(2026, 6, 1)
LATE = "2026-06-01T23:00:00+00:00"
"""A moment at which the clinics have the next day already."""


def told_case(clinic: UUID) -> UUID:
    """Return the case whose notice was delivered to a clinic."""
    return uid(f"told case of {NAMES[clinic]}")


def untold_case(clinic: UUID) -> UUID:
    """Return the case of which a clinic has not been told."""
    return uid(f"untold case of {NAMES[clinic]}")


def matter(clinic: UUID) -> UUID:
    """Return the doubt about a clinic."""
    return uid(f"matter of {NAMES[clinic]}")


class Populated(History):
    """The log of the registry, in the order of what happened to each clinic."""

    def __init__(self) -> None:
        super().__init__()
        self.owed: dict[str, UUID] = {}
        guideline = self.guideline("hygiene", "2026-01-01")
        registry = self.registry("knee", "2026-01-01", guideline)
        for clinic in NAMES:
            self._joined(clinic, registry)
            self._judged(clinic)
        measure = entry(CONCERNED, ListingCategory.declined)
        publish(self, "public entry", measure, "2026-03-01")
        self.add(SafetyNotice.SafetyNoticePublished, uid("notice"), "2026-03-02")
        for each in self.log:
            each.disclosure = CATALOGUE.by_topic(each.topic).disclosure

    @property
    def untold(self) -> set[UUID]:
        """Return the obligations of which no clinic has been told."""
        return {self.owed[f"{what} {name}"] for what in ("untold CA-180", "DQ-7") for name in NAMES.values()}

    def _joined(self, clinic: UUID, registry: UUID) -> None:
        """Let a clinic join, and be asked about a report that names people."""
        name = NAMES[clinic]
        self.clinic(name, "2026-01-02", time_zone="Pacific/Auckland")
        self.enrol(clinic, "2026-01-03", registry)
        self.of_clinic(Clinic.DuplicateSuspected, clinic, "2026-01-03", role=Role.system, other=uid("third"))
        self.treat(f"treatment of {name}", clinic, registry, "2026-01-04", "2026-01-04")
        reported = self.report(f"event of {name}", clinic, "2026-01-04")
        _seal(reported, {"ReporterIdentity": REPORTER, "PatientIdentity": PATIENT})
        raise_query(self, f"query to {name}", "2026-01-05", clinic, QueryAsked.clinic, f"event of {name}")
        self._owe(f"TX-30 {name}", uid(f"treatment of {name}"), f"{clinic}/3", clinic)

    def _judged(self, clinic: UUID) -> None:
        """Open two cases about a clinic, tell it of one, and let a doubt arise."""
        name, told, untold = NAMES[clinic], told_case(clinic), untold_case(clinic)
        for case in (told, untold):
            self.add(SafetyCase.ConcernRaised, case, "2026-01-06", clinic=clinic, role=Role.registrar)
            self.add(SafetyCase.PanelConvened, case, "2026-01-07", clinic=clinic, role=Role.registrar)
        self._owe(f"told CA-180 {name}", told, f"{told}/2", clinic)
        self._owe(f"untold CA-180 {name}", untold, f"{untold}/2", clinic)
        for step in (SafetyCase.NoticeServed, SafetyCase.NoticeDelivered):
            self.add(step, told, "2026-01-08", clinic=clinic, role=Role.registrar)
        self._owe(f"RE-30 {name}", told, f"{told}/4", clinic)
        # What a case began, met and ended, among what the clinic itself owes.
        self._owe(f"FU-30 {name}", uid(f"treatment of {name}"), f"{told}/2", clinic)
        self._owe(f"AE-15 {name}", uid(f"event of {name}"), f"{clinic}/3", clinic)
        met = {"fulfilled_on": PartialDate("2026-02-01"), "late_days": 0, "fulfilled_by": f"{told}/3"}
        self._settle(f"FU-30 {name}", clinic, Obligation.ObligationFulfilled, **met)
        ended = {"ending": ObligationEnding.voided, "ended_by": f"{told}/4"}
        self._settle(f"AE-15 {name}", clinic, Obligation.ObligationWaived, **ended)
        rests_on = (f"{clinic}/3", f"{told}/2")
        content = entry(clinic, ListingCategory.interim, condition=f"{told}/2", evidence_ids=rests_on)
        propose(self, f"entry of {name}", content, "2026-01-09")
        self.log[-1]._event = dataclasses.replace(self.log[-1].event, case_id=told)  # type: ignore[call-arg]
        self.add(Standing.StandingAssessed, standing_id(clinic), "2026-03-31", clinic=clinic, evidence_ids=rests_on)
        question(self, f"matter of {name}", f"{standing_id(clinic)}/1", "2026-04-01")
        self._owe(f"DQ-7 {name}", matter(clinic), f"{matter(clinic)}/1", clinic)

    def _owe(self, name: str, about: UUID, opened_by: str, clinic: UUID) -> None:
        rule = name.removeprefix("told ").removeprefix("untold ").partition(" ")[0]
        terms = ObligationTerms(
            rule_id=rule,
            policy_version=1,
            about=about,
            clock_start=PartialDate("2026-01-10"),
            due_on=PartialDate("2026-02-10"),
            time_zone="Pacific/Auckland",
            opened_by=opened_by,
        )
        self.owed[name] = terms.id_for(clinic)
        told: dict[str, Any] = {"kind": kind_of(rule), "holder": holder_of(rule), "terms": terms}
        self.add(Obligation.ObligationOpened, self.owed[name], "2026-01-10", clinic=clinic, role=Role.system, **told)

    def _settle(self, name: str, clinic: UUID, how: type[Any], **told: Any) -> None:
        self.add(how, self.owed[name], "2026-02-01", clinic=clinic, role=Role.system, **told)


def _seal(recorded: Any, parts: dict[str, UUID]) -> None:
    sealed = tuple(
        SealedPart(subject=subject, schema_id=CATALOGUE.newest(name).id, nonce=b"n" * 12, content=b"c" * 40)
        for name, subject in parts.items()
    )
    context = dataclasses.replace(recorded.event.context, sealed=sealed)
    recorded._event = dataclasses.replace(recorded.event, context=context)


def build_all(cursor: psycopg.Cursor[Any], history: History) -> None:
    """Store a log, and build every read model from it in a schema of its own."""
    stored(cursor, history.log, schema="built_audit_trail")
    for make in READ_MODELS:
        model = make()
        if model.name != "audit_trail":
            build(cursor, model, f"built_{model.name}")
            apply_in_batches(cursor, model, history.log)
