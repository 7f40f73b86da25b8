"""Code lists that every aggregate shares. Each list can grow: a reader that doesn't know a code sees `unrecognised`."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

Sha256 = NewType("Sha256", str)
"""A SHA-256 digest in 64 lower-case hexadecimal digits."""


class Code(StrEnum):
    """One value of a code list; its text is what is stored, sent and shown."""


class Role(Code):
    """In what capacity a person acts. The society's roles are granted to officers; the others need no grant."""

    unrecognised = "unrecognised"
    registrar = "registrar"
    safety_officer = "safety_officer"
    guideline_editor = "guideline_editor"
    policy_officer = "policy_officer"
    auditor = "auditor"
    clinic = "clinic"
    reporter = "reporter"
    system = "system"


SOCIETY_ROLES = frozenset(
    {Role.registrar, Role.safety_officer, Role.guideline_editor, Role.policy_officer, Role.auditor}
)
"""Roles that only an appointed officer who was granted them may act in."""


class Via(Code):
    """By which door a command came in."""

    unrecognised = "unrecognised"
    web = "web"
    api = "api"
    import_ = "import"
    cli = "cli"
    clock = "clock"


class Channel(Code):
    """How a statement that wasn't typed in by its author reached the registry."""

    unrecognised = "unrecognised"
    paper = "paper"
    telephone = "telephone"
    email = "email"
    file = "file"
    publication = "publication"
    website = "website"
    other = "other"


class Missing(Code):
    """Why a field is empty."""

    unrecognised = "unrecognised"
    unknown = "unknown"
    not_asked = "not_asked"
    asked_unknown = "asked_unknown"
    refused = "refused"
    masked = "masked"
    not_applicable = "not_applicable"


class YesNo(Code):
    """A question that was answered."""

    unrecognised = "unrecognised"
    yes = "yes"
    no = "no"
    unknown = "unknown"


class Reason(Code):
    """Why something was changed or voided; words beyond the code are sealed."""

    unrecognised = "unrecognised"
    data_entry_error = "data_entry_error"
    new_information = "new_information"
    duplicate = "duplicate"
    wrong_clinic = "wrong_clinic"
    wrong_patient = "wrong_patient"
    not_performed = "not_performed"
    source_document_corrected = "source_document_corrected"
    query_answered = "query_answered"
    consent_withdrawn = "consent_withdrawn"
    rule_changed = "rule_changed"
    other = "other"
