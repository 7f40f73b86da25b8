"""A clinic's record is corrected by naming what it replaces; two records that may be one clinic are said to be."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from domain.chronology import ImpossibleDate
from domain.clinic import Clinic
from domain.clinic_details import FoundIn, MatchKind, Site
from domain.codes import Reason
from domain.errors import InvalidInput
from domain.identification import (
    CorrectionWithoutReason,
    DuplicateAlreadySuspected,
    NothingCorrected,
    OutOfScopeGround,
    SameClinic,
)
from tests.domain.clinics import CLINIC, DETAILS, OTHER, TODAY, act_on, history, prospect

RENAMED = dataclasses.replace(DETAILS, legal_name="Klinik am Ufer GmbH")


def test_a_clinic_begins_with_the_event_that_names_it() -> None:
    clinic = prospect()

    identified = clinic.pending_events[0]
    assert isinstance(identified, Clinic.ClinicIdentified)
    assert identified.context.clinic_id == CLINIC
    assert clinic.details == DETAILS


def test_a_correction_names_the_event_with_the_old_value_and_the_reason() -> None:
    clinic = prospect()

    clinic.correct_details(act_on(reason=Reason.new_information), RENAMED)
    clinic.correct_details(act_on(reason=Reason.data_entry_error), DETAILS)

    first, second = history(clinic)[1:]
    assert (first.corrects, second.corrects) == (f"{CLINIC}/1", f"{CLINIC}/2")
    assert second.context.reason is Reason.data_entry_error
    assert clinic.details == DETAILS


def test_a_correction_without_reason_or_change_is_refused() -> None:
    clinic = prospect()

    with pytest.raises(CorrectionWithoutReason):
        clinic.correct_details(act_on(), RENAMED)
    with pytest.raises(NothingCorrected):
        clinic.correct_details(act_on(reason=Reason.other), DETAILS)
    clinic.correct_details(act_on(reason=Reason.other), DETAILS, person_corrected=True)


def test_a_site_that_a_correction_leaves_out_stays_known_for_its_treatments() -> None:
    clinic = prospect()
    site = Site(site_id=OTHER, address="Am Fluss 1")
    clinic.correct_details(act_on(reason=Reason.other), dataclasses.replace(DETAILS, sites=(site,)))

    clinic.correct_details(act_on(reason=Reason.other), DETAILS)

    assert clinic.site_ids == {OTHER}


def test_a_duplicate_is_suspected_once_and_never_of_itself() -> None:
    clinic = prospect()
    clinic.suspect_duplicate(act_on(), OTHER, (MatchKind.licence, MatchKind.address))

    with pytest.raises(DuplicateAlreadySuspected):
        clinic.suspect_duplicate(act_on(), OTHER, (MatchKind.judgement,))
    with pytest.raises(SameClinic):
        clinic.suspect_duplicate(act_on(), CLINIC, (MatchKind.judgement,))
    for grounds in ((), (MatchKind.unrecognised,)):
        with pytest.raises(InvalidInput, match="grounds"):
            prospect().suspect_duplicate(act_on(), OTHER, grounds)


def test_out_of_scope_as_a_duplicate_names_the_other_and_only_then() -> None:
    clinic = prospect()

    with pytest.raises(InvalidInput, match="duplicate_of"):
        clinic.find_out_of_scope(act_on(), OutOfScopeGround.duplicate)
    with pytest.raises(InvalidInput, match="duplicate_of"):
        clinic.find_out_of_scope(act_on(), OutOfScopeGround.not_a_clinic, OTHER)
    with pytest.raises(SameClinic):
        clinic.find_out_of_scope(act_on(), OutOfScopeGround.duplicate, CLINIC)
    with pytest.raises(InvalidInput, match="ground"):
        clinic.find_out_of_scope(act_on(), OutOfScopeGround.unrecognised)
    clinic.find_out_of_scope(act_on(), OutOfScopeGround.duplicate, OTHER)


def test_a_clinic_is_not_merged_into_itself() -> None:
    clinic = prospect()

    with pytest.raises(SameClinic):
        clinic.merge_into(act_on(), CLINIC)
    clinic.merge_into(act_on(), OTHER)

    assert clinic.merged_into == OTHER


def test_a_clinic_is_found_in_the_past_and_somewhere() -> None:
    with pytest.raises(ImpossibleDate):
        Clinic.identify(act_on(TODAY + timedelta(1), recorded=TODAY), CLINIC, DETAILS, FoundIn.website)
    with pytest.raises(InvalidInput, match="found_in"):
        Clinic.identify(act_on(), CLINIC, DETAILS, FoundIn.unrecognised)
