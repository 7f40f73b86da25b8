"""A report of an adverse event as people send it: texts only, so that nothing in it can make it unacceptable.

Of its fields just the four elements must be there: a patient or lot, a reporter, a treatment, an event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.adverse_event_codes import EventKind
from domain.adverse_event_errors import ElementsMissing
from domain.codes import Role

REPORTING_ROLES = frozenset({Role.clinic, Role.reporter})
"""Roles in which the acting person is the one who reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForm:
    """What a report can say; all of it as text, understood by `domain.report_reading`."""

    clinic_id: str | None = None
    """Clinic where it happened, by id; where it has none, see described_clinic."""
    patient: str | None = None
    """The patient: the clinic's pseudonym, or how the reporter describes the person; sealed."""
    treatments: tuple[str, ...] = ()
    """Treatments it belongs to, by id."""
    described_clinic: str | None = None
    """Clinic of a treatment without a record; sealed."""
    described_month: str | None = None
    """When that treatment was: YYYY-MM, or any other date."""
    described_given: str | None = None
    """What was given in it; sealed."""
    described_product_kind: str | None = None
    """Kind of product: cells, cells_with_prp, prp, extracellular_vesicles, other."""
    described_route: str | None = None
    """Route by which it was given."""
    affected: str | None = None
    """Who was affected: recipient, donor, offspring."""
    kind: str | None = None
    """What it is: reaction, process_deviation."""
    verbatim_term: str | None = None
    """The event in the reporter's words; sealed."""
    narrative: str | None = None
    """What happened; sealed."""
    ctcae_version: str | None = None
    """CTCAE version, such as 5.0."""
    ctcae_term: str | None = None
    """CTCAE term, such as Bone infection."""
    grade: str | None = None
    """CTCAE grade, 1 to 5."""
    code_system: str | None = None
    """Dictionary of code: MedDRA, SNOMED CT."""
    code_version: str | None = None
    """Version of the dictionary."""
    code: str | None = None
    """The event's code in the dictionary."""
    onset: str | None = None
    """When it began: a date."""
    onset_days: str | None = None
    """When it began: days after the treatment."""
    ended: str | None = None
    """When it ended: a date."""
    ended_days: str | None = None
    """When it ended: days after the treatment."""
    first_awareness: str | None = None
    """When the clinic first knew: a date; starts the clock."""
    received: str | None = None
    """When the society received it, where that was before today."""
    latest_information: str | None = None
    """Date of the latest information."""
    serious: str | None = None
    """Whether it is serious: yes, no, unknown."""
    seriousness: tuple[str, ...] = ()
    """ICH E2A: death, life_threatening, hospitalisation, disability, congenital_anomaly, medically_important."""
    related: str | None = None
    """Whether the treatment caused it: yes, possibly, no, cannot_say."""
    suspect_factors: tuple[str, ...] = ()
    """Suspects: cells, collection, delivery, processing, concomitant, underlying_disease."""
    outcome: str | None = None
    """Outcome: recovered, recovering, not_recovered, recovered_with_sequelae, fatal, unknown, not_applicable."""
    actions: tuple[str, ...] = ()
    """What was done: none, medication, surgery, admission, intensive_care, other."""
    death_date: str | None = None
    """When the patient died: a date."""
    death_days: str | None = None
    """When the patient died: days after the treatment."""
    death_cause: str | None = None
    """Cause of death; sealed."""
    autopsy: str | None = None
    """Whether an autopsy was made: yes, no, unknown."""
    organism_found: str | None = None
    """Whether an organism was found: yes, no, unknown."""
    organism: str | None = None
    """Which organism; sealed."""
    tests: str | None = None
    """Tests and results; sealed."""
    regulator: str | None = None
    """Whether a regulator was told: reported, not_reported, not_required."""
    regulator_authority: str | None = None
    """Which authority; sealed."""
    regulator_reference: str | None = None
    """The authority's reference; sealed."""
    regulator_date: str | None = None
    """When it was told."""
    product_id: str | None = None
    """Product concerned, by its maker's id."""
    lot_id: str | None = None
    """Lot or batch concerned."""
    reporter: str | None = None
    """Who reports: clinic, patient, relative, staff, other_professional, regulator, literature."""
    reporter_name: str | None = None
    """The reporter's name; sealed, for the society alone."""
    reporter_contact: str | None = None
    """How to reach the reporter; sealed, for the society alone."""
    missing: tuple[str, ...] = ()
    """Why a field is empty, as field=why: grade=unknown, outcome=asked_unknown."""
    comment: str | None = None
    """Anything else; sealed."""
    further: str | None = None
    """What came with the report and has no field of its own; sealed."""


LISTS = frozenset({"treatments", "seriousness", "suspect_factors", "actions", "missing"})


def blank(text: str | None) -> bool:
    """Tell whether a text says nothing."""
    return text is None or not text.strip()


def texts_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return decoded JSON as the texts of a form: a number becomes its text, what has no field goes into `further`.

    Whoever takes reports as JSON puts them through here, so that no type or name in them is a reason to refuse.
    """
    known = {each.name for each in fields(ReportForm)} - {"further"}
    form: dict[str, Any] = {}
    for name in known & values.keys():
        value = values[name]
        if name in LISTS:
            items = value if isinstance(value, (list, tuple)) else [value]
            form[name] = tuple(_text(item) for item in items if item is not None)
        elif value is not None:
            form[name] = _text(value)
    if rest := {name: value for name, value in values.items() if name not in known}:
        form["further"] = json.dumps(rest, ensure_ascii=False, sort_keys=True, default=str)
    return form


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def require_four_elements(form: ReportForm, role: Role, *, patient_known: bool) -> None:
    """Refuse a report without a patient or lot, a reporter, a treatment or its description, or an event.

    `patient_known` says that a treatment named in it has a patient. A process deviation needs no patient.
    """
    deviation = (form.kind or "").strip().lower() == EventKind.process_deviation
    said = {
        "a patient or lot": patient_known or deviation or _any(form.patient, form.product_id, form.lot_id),
        "a reporter": role in REPORTING_ROLES or _any(form.reporter, form.reporter_name, form.reporter_contact),
        "a treatment or its description": _any(
            *form.treatments, form.described_clinic, form.described_month, form.described_given,
            form.described_product_kind, form.described_route,
        ),
        "an event": _any(form.verbatim_term, form.narrative, form.ctcae_term, form.code, form.death_cause),
    }  # fmt: skip
    if absent := [element for element, given in said.items() if not given]:
        raise ElementsMissing(elements=", ".join(absent))


def _any(*texts: str | None) -> bool:
    return any(not blank(text) for text in texts)
