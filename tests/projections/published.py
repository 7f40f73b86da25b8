"""Public entries for tests of the listing: published, disputed, corrected, withdrawn and questioned in few words."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.clinic_state import event_id
from domain.codes import Role
from domain.dates import PartialDate, day
from domain.determination import Determination, DeterminationKind, DeterminationOutcome, EvidenceChange
from domain.listing import Listing
from domain.listing_category import PUBLIC_ORDER, ListingCategory
from domain.listing_entry import ListingEntry
from domain.listing_state import CorrectionKind, DisputeGround, WithdrawalCause
from projections.read_model import Recorded
from tests.projections.history import History, uid

BY_RULE = Role.system


def entry(clinic: UUID, category: ListingCategory, sentence: str = "", **changed: Any) -> ListingEntry:
    """Return what an entry says; it rests on the second and third event of the clinic unless told otherwise."""
    content: dict[str, Any] = {
        "clinic_id": clinic,
        "category": category,
        "sentence": sentence or f"A fact of 3 March 2025: {category.label}",
        "source": "The society's record",
        "since": PartialDate("2025-03-03"),
        "condition": f"{clinic}/3",
        "evidence_ids": (f"{clinic}/2", f"{clinic}/3"),
    }
    return ListingEntry(**content | changed)


def publish(history: History, name: str, content: ListingEntry, at: str) -> UUID:
    """Publish an entry and return its id."""
    told: dict[str, Any] = {"entry": content, "policy_version": 1, "approvals": (), "review_on": None}
    history.add(Listing.ListingPublished, uid(name), at, clinic=content.clinic_id, role=BY_RULE, **told)
    return uid(name)


def dispute(history: History, listing: UUID, at: str, statement: str = "We did reply.") -> str:
    """Dispute an entry and return the id of the event."""
    told: dict[str, Any] = {
        "disputed": event_id(listing, 1),
        "ground": DisputeGround.facts_wrong,
        "statement": statement,
    }
    said = history.add(Listing.ListingDisputed, listing, at, **told)
    return event_id(listing, said.version)


def correct(
    history: History,
    listing: UUID,
    content: ListingEntry,
    at: str,
    answers: str | None = None,
    answer: str | None = None,
) -> Recorded:
    """Correct an entry, or uphold it where it answers a dispute in the same words."""
    kind = CorrectionKind.corrected if answers is None else CorrectionKind.upheld
    told: dict[str, Any] = {"kind": kind, "entry": content, "policy_version": 1, "dispute": answers, "answer": answer}
    return history.add(Listing.ListingCorrected, listing, at, clinic=content.clinic_id, role=BY_RULE, **told)


def withdraw(history: History, listing: UUID, at: str, *, public: bool = True) -> Recorded:
    """Withdraw an entry."""
    told: dict[str, Any] = {
        "cause": WithdrawalCause.condition_ended,
        "published": event_id(listing, 1) if public else None,
    }
    return history.add(Listing.ListingWithdrawn, listing, at, role=BY_RULE, **told)


def question(
    history: History, name: str, determination: str, at: str, kind: DeterminationKind = DeterminationKind.listing
) -> UUID:
    """Question a determination and return the id of the matter."""
    told: dict[str, Any] = {"kind": kind, "determination": determination, "change": EvidenceChange.voided}
    history.add(Determination.DeterminationQuestioned, uid(name), at, role=BY_RULE, **told)
    return uid(name)


def settle(history: History, matter: UUID, at: str) -> None:
    """Confirm what was in question."""
    history.add(Determination.DeterminationConfirmed, matter, at, outcome=DeterminationOutcome.confirmed)


def listed_society(seed: int, events: int = 150, clinics: int = 4) -> History:
    """Return a random history of entries of every category: published, disputed, corrected, withdrawn, questioned."""
    chance = random.Random(seed)
    history = History()
    now = date(2025, 1, 1)
    for number in range(clinics):
        history.clinic(f"clinic {number}", day(now))
    standing: dict[UUID, ListingEntry] = {}
    disputes: dict[UUID, str] = {}
    matters: list[UUID] = []
    while len(history.log) < events:
        now += timedelta(days=chance.randrange(0, 9))
        clinic = uid(f"clinic {chance.randrange(clinics)}")
        listing = chance.choice(list(standing)) if standing else None
        number = len(history.log)
        match chance.randrange(9):
            case 0 | 1 | 2:
                until = day(now + timedelta(days=chance.randrange(200))) if chance.random() < 0.3 else None
                content = entry(
                    clinic, chance.choice(PUBLIC_ORDER), f"Entry {number}", condition=f"{uid(f'case {number}')}/3",
                    shown_until=until, own_words=chance.choice([None, "No."]),
                )  # fmt: skip
                standing[publish(history, f"entry {number}", content, day(now))] = content
            case 3 if listing:
                disputes[listing] = dispute(history, listing, day(now), f"Statement {number}")
            case 4 if listing:
                same = chance.random() < 0.5
                old = standing[listing]
                content = old if same else entry(old.clinic_id, old.category, f"Entry {number}")
                correct(history, listing, content, day(now), disputes.pop(listing, None), f"Answer {number}")
                standing[listing] = content
            case 5 if listing:
                withdraw(history, listing, day(now))
                del standing[listing]
                disputes.pop(listing, None)
            case 6 if listing:
                about = chance.choice([event_id(listing, 1), standing[listing].condition, f"{uid('nothing')}/1"])
                kind = DeterminationKind.finding if about.endswith("/3") else DeterminationKind.listing
                matters.append(question(history, f"matter {number}", about, day(now), kind))
            case 7 if matters:
                settle(history, matters.pop(chance.randrange(len(matters))), day(now))
            case _:
                withdraw(history, uid(f"never public {number}"), day(now), public=False)
    return history
