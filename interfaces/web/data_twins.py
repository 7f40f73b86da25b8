"""The same facts for programs: JSON and CSV with the words of the pages, and schema.org's MedicalClinic."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC

from interfaces.web.categories import category
from interfaces.web.freshness import is_withheld
from interfaces.web.page_source import Attestation, ClinicView, Dispute, Entry, Joined, Service, Statement, ViewState
from interfaces.web.words import code_in_words, web_link

COLUMNS = (
    "clinic_id", "name", "country", "region", "city", "category", "label", "sentence", "source", "since",
    "published_on", "questioned_since", "dispute", "answer", "own_words", "listing_id",
)  # fmt: skip
"""Columns of the listing as CSV."""


def state_data(state: ViewState) -> dict[str, object]:
    """Return where the listing stands; times are RFC 3339 in UTC."""
    return {
        "state": _condition(state),
        "position": state.position,
        "head": state.head,
        "lag": max(0, state.head - state.position),
        "behind_seconds": round(state.behind_for, 1),
        "as_of": state.recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if state.recorded_at else None,
        "withheld": ["participates"] if is_withheld(state) else [],
        "simulated": state.simulated,
        "store_epoch": str(state.epoch),
        "build": state.build,
    }


def entry_data(entry: Entry) -> dict[str, object]:
    """Return one line of the listing."""
    return {
        "clinic_id": str(entry.clinic_id),
        "name": entry.name,
        "country": entry.country,
        "region": entry.region,
        "city": entry.city,
        "entries": [_published(statement) for statement in entry.statements],
        "page": f"/clinics/{entry.clinic_id}",
    }


def clinic_data(clinic: ClinicView) -> dict[str, object]:
    """Return a clinic's page."""
    return entry_data(clinic.entry) | {
        "other_names": list(clinic.other_names),
        "website": clinic.website,
        "services": [_service(service) for service in clinic.services],
        "registries": [_joined(registry) for registry in clinic.registries],
        "attestations": [_attestation(attestation) for attestation in clinic.attestations],
        "history": [_statement(statement) for statement in clinic.history],
    }


def listing_csv(entries: Iterable[Entry]) -> str:
    """Return lines of the listing as CSV (RFC 4180), one for each published entry of each clinic."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for entry in entries:
        clinic = entry_data(entry)
        for statement in entry.statements:
            told = clinic | _published(statement)
            dispute = statement.dispute
            told |= {
                "dispute": dispute.statement if dispute else None,
                "answer": dispute.answer if dispute else None,
            }
            writer.writerow(_cell(told[column]) for column in COLUMNS)
    return lines.getvalue()


def _cell(value: object) -> str:
    """Return a value as a cell: what a clinic wrote is never run by a spreadsheet as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def clinic_json_ld(clinic: ClinicView) -> dict[str, object]:
    """Return schema.org's description: who and where, and no word that could pass for a rating."""
    entry = clinic.entry
    place = {"addressCountry": entry.country, "addressRegion": entry.region, "addressLocality": entry.city}
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "identifier": str(entry.clinic_id),
        "name": entry.name,
        "address": {"@type": "PostalAddress", **{key: value for key, value in place.items() if value}},
    }
    if clinic.other_names:
        found["alternateName"] = list(clinic.other_names)
    if website := web_link(clinic.website):
        found["url"] = website
    if clinic.services:
        found["availableService"] = [
            {"@type": "MedicalTherapy", "name": _therapy(service)} for service in clinic.services
        ]
    return found


def _condition(state: ViewState) -> str:
    if state.quarantined:
        return "quarantined"
    return "behind" if is_withheld(state) else "current"


def _published(statement: Statement) -> dict[str, object]:
    return _statement(statement) | {
        "listing_id": str(statement.listing_id) if statement.listing_id else None,
        "published_on": statement.published_on,
        "own_words": statement.own_words,
        "dispute": _dispute(statement.dispute) if statement.dispute else None,
        "questioned_since": statement.questioned_on,
    }


def _dispute(dispute: Dispute) -> dict[str, object]:
    return {
        "ground": dispute.ground,
        "statement": dispute.statement,
        "disputed_on": dispute.disputed_on,
        "outcome": dispute.outcome,
        "answer": dispute.answer,
        "answered_on": dispute.answered_on,
    }


def _statement(statement: Statement) -> dict[str, object]:
    return {
        "category": statement.category,
        "label": category(statement.category).label,
        "sentence": statement.sentence,
        "source": statement.source,
        "since": statement.since,
        "until": statement.until,
    }


def _service(service: Service) -> dict[str, object]:
    return {"indication": service.indication, "origin": service.origin, "route": service.route}


def _joined(registry: Joined) -> dict[str, object]:
    return {"title": registry.title, "joined_on": registry.joined_on}


def _therapy(service: Service) -> str:
    told = (service.indication, service.origin, service.route)
    return ", ".join(code_in_words(code) for code in told if code)


def _attestation(attestation: Attestation) -> dict[str, object]:
    return {
        "guideline": attestation.guideline,
        "version": attestation.version,
        "attested_on": attestation.attested_on,
        "level": attestation.level,
        "valid_until": attestation.valid_until,
        "lapsed": attestation.lapsed,
    }
