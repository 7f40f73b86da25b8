"""When may the listing say that a clinic participates? Only while it is up to date; warnings stay, stamped "as of"."""

from __future__ import annotations

import dataclasses

from interfaces.web.categories import PARTICIPATES, WITHHELD
from interfaces.web.page_source import ClinicView, Entry, Statement, ViewState

LIMIT_SECONDS = 300.0
"""How long the listing may lack an event before *participates* is withheld (domain.md, due process)."""


def is_withheld(state: ViewState) -> bool:
    """Say whether *participates* may not be stated now."""
    return state.quarantined or state.behind_for >= LIMIT_SECONDS


def shown_entry(entry: Entry, state: ViewState) -> Entry:
    """Return the entry as it may be shown in this state."""
    if not is_withheld(state):
        return entry
    return dataclasses.replace(entry, statements=tuple(_veiled(each) for each in entry.statements))


def shown_clinic(clinic: ClinicView, state: ViewState) -> ClinicView:
    """Return the clinic's page as it may be shown: what speaks for a clinic needs an up-to-date listing."""
    if not is_withheld(state):
        return clinic
    return dataclasses.replace(
        clinic,
        entry=shown_entry(clinic.entry, state),
        registries=(),
        attestations=(),
        history=tuple(past for past in clinic.history if past.until or past.category != PARTICIPATES),
    )


def _veiled(statement: Statement) -> Statement:
    if statement.category != PARTICIPATES:
        return statement
    return Statement(category=WITHHELD.code, sentence=WITHHELD.meaning, source="", since=statement.since)
