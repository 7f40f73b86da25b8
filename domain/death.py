"""Grade 5, the criterion death and a fatal outcome mean one thing; whoever says one of them and denies another is told.

In a report a contradiction is a remark, in an adjudicator's judgement a refusal. Nothing else follows from a grade.
"""

from __future__ import annotations

from domain.adverse_event_codes import Outcome, Seriousness
from domain.adverse_event_content import AdverseEventContent, is_fatal
from domain.adverse_event_errors import JudgementContradictory
from domain.codes import YesNo
from domain.dates import PartialDate, first_day, last_day

Contradiction = tuple[str, str]
"""Field and problem."""


def contradictions(content: AdverseEventContent, treated_on: PartialDate | None = None) -> tuple[Contradiction, ...]:
    """Return where a report contradicts itself; `treated_on` turns days after the treatment into dates."""
    found = list(_denials_of_death(content))
    if content.serious is YesNo.no and content.seriousness:
        found.append(("serious", "it says no, but a criterion of seriousness is given, so it counts as serious"))
    onset = content.onset.on(treated_on) if content.onset else None
    ended = content.ended.on(treated_on) if content.ended else None
    died = content.death.on.on(treated_on) if content.death and content.death.on else None
    for field, earlier, later, problem in (
        ("onset", onset, died, "it lies after the death"),
        ("ended", onset, ended, "it lies before the onset"),
        ("first_awareness", onset, content.first_awareness, "it lies before the onset"),
        ("latest_information", content.first_awareness, content.latest_information, "it lies before first_awareness"),
    ):
        if earlier and later and last_day(later) < first_day(earlier):
            found.append((field, problem))
    return tuple(found)


def _denials_of_death(content: AdverseEventContent) -> tuple[Contradiction, ...]:
    if not is_fatal(content):
        return ()
    grade = content.grading.grade if content.grading else None
    known_outcome = content.outcome not in (None, Outcome.fatal, Outcome.unrecognised)
    denials = (
        ("grade", grade not in (None, 5), "the patient died, but the grade is not 5"),
        ("outcome", known_outcome, "the patient died, but the outcome is not fatal"),
        (
            "seriousness",
            bool(content.seriousness) and Seriousness.death not in content.seriousness,
            "the patient died, but death is not among the criteria of seriousness",
        ),
        ("serious", content.serious is YesNo.no, "the patient died, so it counts as serious"),
    )
    return tuple((field, problem) for field, denied, problem in denials if denied)


def require_consistent_judgement(
    serious: YesNo, seriousness: tuple[Seriousness, ...], grade: int | None, outcome: Outcome | None
) -> None:
    """Refuse an adjudicator's judgement that contradicts itself."""
    if (serious is YesNo.yes) != bool(seriousness):
        raise JudgementContradictory(contradiction="serious is yes if and only if a criterion is met")
    death = Seriousness.death in seriousness
    if grade is not None and (grade == 5) != death:
        raise JudgementContradictory(contradiction="grade 5 if and only if death is a criterion")
    if outcome is not None and (outcome is Outcome.fatal) != death:
        raise JudgementContradictory(contradiction="fatal if and only if death is a criterion")
