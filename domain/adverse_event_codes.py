"""Code lists of an adverse event, as domain.md names them; each can grow, its first member stands for a strange code.

Sources: CTCAE for grades, ICH E2A for seriousness, WHO-UMC for causality.
"""

from __future__ import annotations

from domain.codes import Code


class Affected(Code):
    """Who was affected."""

    unrecognised = "unrecognised"
    recipient = "recipient"
    donor = "donor"
    offspring = "offspring"


class EventKind(Code):
    """Whether somebody was harmed or a process went wrong; a process deviation needs no patient."""

    unrecognised = "unrecognised"
    reaction = "reaction"
    process_deviation = "process_deviation"


class Seriousness(Code):
    """Criteria of ICH E2A; any one makes an event serious. Seriousness is not severity."""

    unrecognised = "unrecognised"
    death = "death"
    life_threatening = "life_threatening"
    hospitalisation = "hospitalisation"
    disability = "disability"
    congenital_anomaly = "congenital_anomaly"
    medically_important = "medically_important"


class ReporterRelated(Code):
    """Whether the reporter thinks that the treatment caused it."""

    unrecognised = "unrecognised"
    yes = "yes"
    possibly = "possibly"
    no = "no"
    cannot_say = "cannot_say"


class Causality(Code):
    """The adjudicator's judgement, after WHO-UMC."""

    unrecognised = "unrecognised"
    certain = "certain"
    probable = "probable"
    possible = "possible"
    unlikely = "unlikely"
    unrelated = "unrelated"
    unclassified = "unclassified"
    unassessable = "unassessable"


class CausalityMethod(Code):
    """How causality was judged."""

    unrecognised = "unrecognised"
    who_umc = "who_umc"
    naranjo = "naranjo"
    expert_panel = "expert_panel"
    other = "other"


class SuspectFactor(Code):
    """What may have caused it."""

    unrecognised = "unrecognised"
    cells = "cells"
    collection = "collection"
    delivery = "delivery"
    processing = "processing"
    concomitant = "concomitant"
    underlying_disease = "underlying_disease"


class Outcome(Code):
    """How it ended, as far as known."""

    unrecognised = "unrecognised"
    recovered = "recovered"
    recovering = "recovering"
    not_recovered = "not_recovered"
    recovered_with_sequelae = "recovered_with_sequelae"
    fatal = "fatal"
    unknown = "unknown"
    not_applicable = "not_applicable"


class Action(Code):
    """What was done about it."""

    unrecognised = "unrecognised"
    none = "none"
    medication = "medication"
    surgery = "surgery"
    admission = "admission"
    intensive_care = "intensive_care"
    other = "other"


class ReporterKind(Code):
    """Who reported it; name and contact are sealed."""

    unrecognised = "unrecognised"
    clinic = "clinic"
    patient = "patient"
    relative = "relative"
    staff = "staff"
    other_professional = "other_professional"
    regulator = "regulator"
    literature = "literature"


class RegulatorStatus(Code):
    """Whether a regulator was told; authority and reference are sealed."""

    unrecognised = "unrecognised"
    reported = "reported"
    not_reported = "not_reported"
    not_required = "not_required"


class LinkKind(Code):
    """How two adverse events belong together."""

    unrecognised = "unrecognised"
    duplicate_of = "duplicate_of"
    same_lot = "same_lot"
