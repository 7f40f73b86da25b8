"""A whole command as a JSON document, made from the types and docstrings of its fields: to be edited and sent.

Texts say what belongs there; ids are placeholders; codes, dates and numbers have the right form. Nothing in it is
about a real person or clinic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from application.command import Command
from domain.codes import Code
from domain.first_policy import FIRST_POLICY
from domain.policy import PolicyTerms
from domain.report_form import ReportForm
from interfaces.cli.field_help import bare, codes_of, field_docs, hints_of

_ID = "00000000-0000-4000-8000-000000000000"
_HASH = "0" * 64
_LONGEST_LABEL = 40

_BY_TYPE: Mapping[str, Any] = {
    "PartialDate": "2026-03-01",
    "DaysText": "30",
    "Sha256": _HASH,
    "UUID": _ID,
    "datetime": "2026-03-01T12:00:00Z",
    "int": 1,
    "float": 1.5,
    "bool": True,
    "YesNo": "no",
}
_BY_NAME: Mapping[str, Any] = {
    "patient_pseudonym": "P-0001",
    "own_reference": "T-0001",
    "printed_name": "Printed name of the signer",
    "country": "DE",
    "countries": "DE",
    "time_zone": "Europe/Berlin",
    "language": "en",
    "website": "https://clinic.example",
    "version": "1",
    "quarter": "2026-Q1",
    "year_of_birth": 1970,
    "score": "60",
    "grade": 2,
    "time_point_months": 12,
    "short_code": "knee",
    "registries": "knee",
    "given": "yes",
    "performed": "yes",
    "item_id": "asepsis",
    "valid_until": "2027-03-01",
    "viability_percent": 90.0,
    "system": "SNOMED CT",
    "code": "123456789",
    "event": f"{_ID}/1",
    "evidence_ids": f"{_ID}/2",
    "replies_shown": f"{_ID}/7",
}
# Fields of which only one may be given, or which mean something only in a special case.
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "Measurement": frozenset({"why_no_score"}),
    "Timing": frozenset({"days_after_treatment"}),
    "Donor": frozenset({"eligibility"}),
    "SiteEntry": frozenset({"site_id"}),
    "CaseScope": frozenset({"about", "technique"}),
    "RecordFollowUp": frozenset({"died", "follow_up_id", "opened_adverse_event_id", "adverse_events", "serves"}),
    "ReportAdverseEvent": frozenset({"adverse_event_id"}),
    "NoticeSubject": frozenset({"laboratory_id"}),
    "SignalSubject": frozenset({"laboratory_id"}),
    "ConfirmDetermination": frozenset({"changed_by"}),
    "ReviewSignal": frozenset({"led_to"}),
}
_REPORT: Mapping[str, Any] = {
    "clinic_id": _ID,
    "treatments": [_ID],
    "grade": "2",
    "serious": "no",
    "seriousness": [],
    "onset": "2026-03-01",
    "first_awareness": "2026-03-02",
    "affected": "recipient",
    "kind": "reaction",
    "outcome": "recovering",
    "related": "possibly",
    "suspect_factors": ["cells"],
    "actions": ["medication"],
    "missing": ["lot_id=not_asked"],
}
_REPORT_TEXTS = ("patient", "verbatim_term", "narrative")


def example(command: type[Command]) -> dict[str, Any]:
    """Return a command with its fields filled in, as JSON has it."""
    if issubclass(command, ReportForm):
        docs = field_docs(command)
        own = {name: hint for name, hint in hints_of(command).items() if name not in hints_of(ReportForm)}
        texts = {name: _label(docs[name]) for name in _REPORT_TEXTS}
        return {**_filled(command, own), **texts, **_REPORT}
    return _filled(command, hints_of(command))


def _filled(kind: type[Any], hints: Mapping[str, Any]) -> dict[str, Any]:
    docs, left_out = field_docs(kind), _LEFT_OUT.get(kind.__name__, frozenset())
    return {name: _value(name, hint, docs.get(name, "")) for name, hint in hints.items() if name not in left_out}


def _value(name: str, hint: Any, documented: str) -> Any:
    kind, many = bare(hint)
    one = _one(name, hint, kind, documented)
    return [one] if many else one


def _one(name: str, hint: Any, kind: Any, documented: str) -> Any:
    if kind is PolicyTerms:
        return dataclasses.asdict(FIRST_POLICY)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _filled(kind, hints_of(kind))
    if name in _BY_NAME:
        return _BY_NAME[name]
    for type_name in (_name_of(hint), getattr(kind, "__name__", "")):
        if type_name in _BY_TYPE:
            return _BY_TYPE[type_name]
    if isinstance(kind, type) and issubclass(kind, Code):
        return codes_of(kind)[0]
    return _label(documented or name)


def _name_of(hint: Any) -> str:
    """Return the name of a type, of the one beside None, or of the one within a tuple, before its name is taken off."""
    arguments = [each for each in getattr(hint, "__args__", ()) if each is not type(None)]
    return _name_of(arguments[0]) if arguments else getattr(hint, "__name__", "")


def _label(text: str) -> str:
    first = text.partition(".")[0].partition(";")[0].partition(",")[0].strip().replace("`", "")
    return first if len(first) <= _LONGEST_LABEL else first[:_LONGEST_LABEL].rpartition(" ")[0]
