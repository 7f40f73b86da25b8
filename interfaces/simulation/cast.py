"""The small cast of clinics whose lives are written down, because what happens to them is too rare to wait for.

All other clinics live by chance. A society that is small or short-lived goes without the cast.
"""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_CLINICS = 30
SHORTEST_YEARS = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is written down about one clinic; the rest of its life is chance."""

    name: str
    ending: str
    """What comes of its invitation, as for every clinic."""
    habit: str | None = None
    """How it does its duties once it is enrolled."""
    per_month: float | None = None
    """How many patients it treats."""
    hearing: str | None = None
    """Which safety case there is about it."""
    hearing_after: int = 0
    """Days from its being found to the case."""
    appeal: str | None = None
    """What comes of its appeal against a refused enrolment."""
    decided_after: int | None = None
    """Days after which its request for enrolment is decided."""
    inspected: bool = False
    improves_after: int | None = None
    """Days after its enrolment on which it begins to do everything, and makes up for what it missed."""
    pauses_after: int | None = None
    """Days after its enrolment on which it falls silent for a year."""
    leaves_after: int | None = None
    closes_after: int | None = None
    """Days after its enrolment on which it closes, and goes on under another name."""
    neglects_attestation: bool = False
    answers_late: bool = False
    asked_again_after: int | None = None
    """Days after the end of its first invitation on which it is invited again."""
    interest: bool = False
    """Whether an officer has an interest in it."""
    conceals_death_after: int | None = None
    """Days after its enrolment from which it conceals the first death of a patient, for weeks."""
    instructive: bool = False
    """Whether everything that can happen to a record happens to its records, one after the other."""


CAST = (
    Part(name="model", ending="joins", habit="exemplary", per_month=5.0, inspected=True, instructive=True),
    Part(name="improver", ending="applies uninvited", habit="negligent", per_month=1.5, improves_after=420),
    Part(name="hopeless", ending="applies uninvited", habit="negligent", per_month=1.5),
    Part(name="stranger", ending="watched", hearing="dangerous", hearing_after=30),
    Part(name="wronged", ending="joins", habit="careful", hearing="wronged", hearing_after=150),
    Part(name="stayed", ending="declines", hearing="overturned", hearing_after=100),
    Part(name="suspected", ending="silent", hearing="unfounded", hearing_after=60),
    Part(name="doubted", ending="joins", habit="ordinary", hearing="left open", hearing_after=500, interest=True),
    Part(name="phoenix", ending="applies uninvited", habit="ordinary", per_month=1.0, closes_after=400),
    Part(name="appellant", ending="refused", appeal="overturned"),
    Part(name="loser", ending="refused", appeal="upheld"),
    Part(name="latecomer", ending="silent", answers_late=True, habit="ordinary"),
    Part(name="silent", ending="silent", asked_again_after=420),
    Part(name="decliner", ending="declines", asked_again_after=420),
    Part(name="unreachable", ending="unreachable", asked_again_after=90),
    Part(name="pauser", ending="applies uninvited", habit="careful", per_month=1.0, pauses_after=150),
    Part(name="leaver", ending="joins", habit="careful", leaves_after=300),
    Part(name="neglectful", ending="joins", habit="ordinary", neglects_attestation=True, conceals_death_after=200),
    Part(name="hesitant", ending="accepts only"),
    Part(name="kept waiting", ending="applies uninvited", habit="ordinary", decided_after=75),
    Part(name="out of scope", ending="out of scope"),
    Part(name="twin", ending="found twice"),
    Part(name="closing", ending="closes"),
    Part(name="merged", ending="is merged"),
)
"""In the order of the clinics' numbers: the first clinic has the first part."""


def part_of(number: int, clinics: int, years: float) -> Part | None:
    """Return what is written down about the clinic with this number, counted from 1."""
    if clinics < FEWEST_CLINICS or years < SHORTEST_YEARS or number > len(CAST):
        return None
    return CAST[number - 1]
