"""Clinics are identified under random ids, compared with each other, corrected and put aside by registrars alone."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import pytest

from application.clinics import (
    CloseClinic,
    CorrectClinicDetails,
    FindClinicOutOfScope,
    IdentifyClinic,
    MergeClinic,
    SiteEntry,
    SuspectDuplicate,
)
from application.permission import NotAnOfficer
from domain.chronology import ImpossibleDate
from domain.clinic_details import FoundIn, Licence, MatchKind
from domain.codes import Reason, Role
from domain.dates import PartialDate
from domain.errors import InvalidInput, NotFound, NotPermitted
from domain.identification import OutOfScopeGround, SuccessorMergedAway
from domain.personal import CorrectionWords, MedicalDirector
from tests.application.society import Society

LICENCE = Licence(number="AB-123", issuer="Kammer")


def test_a_repeat_gets_the_same_answer_and_makes_no_second_clinic() -> None:
    society = Society()
    command = IdentifyClinic(
        legal_name="Klinik", country="DE", time_zone="Europe/Berlin", found_in=FoundIn.patient, licences=(LICENCE,)
    )

    first = society.registrar(command, key="once")
    again = society.registrar(command, key="once")

    assert again.repeat
    assert dataclasses.replace(again, repeat=False, events=first.events) == first
    assert (first.events, again.events) == (("ClinicIdentified",), ())
    assert society.names_of(first.aggregate_id) == ["ClinicIdentified"]


def test_equal_keys_raise_a_suspicion_that_names_what_is_equal() -> None:
    society = Society()
    site = SiteEntry(address="Am Fluss 1")
    first = society.identified(licences=(LICENCE,), website="https://www.klinik.example", sites=(site,))

    second = society.identified(
        licences=(Licence(number="ab 123", issuer="KAMMER"),), website="https://klinik.example/en", sites=(site,)
    )
    stranger = society.identified(licences=(Licence(number="9", issuer="Kammer"),))

    suspicion = society.store.events_of(second)[-1]
    assert suspicion.other == first
    assert set(suspicion.grounds) == {MatchKind.licence, MatchKind.web_domain, MatchKind.address}
    assert society.names_of(stranger) == ["ClinicIdentified"]
    assert society.names_of(first) == ["ClinicIdentified"]


def test_a_claim_whose_command_failed_raises_no_suspicion() -> None:
    society = Society()
    key = society.sealer.digest("match key", "licence", "kammer|ab123")
    society.index.claim(UUID(int=77), [("licence", key)])

    clinic_id = society.identified(licences=(LICENCE,))

    assert society.names_of(clinic_id) == ["ClinicIdentified"]


def test_a_key_that_was_corrected_away_raises_no_suspicion() -> None:
    society = Society()
    first = society.identified(licences=(LICENCE,))
    society.registrar(CorrectClinicDetails(clinic_id=first, reason=Reason.data_entry_error, licences=()))

    clinic_id = society.identified(licences=(LICENCE,))

    assert society.names_of(clinic_id) == ["ClinicIdentified"]


def test_a_correction_keeps_what_it_does_not_name_and_compares_again() -> None:
    society = Society()
    first = society.identified(licences=(LICENCE,))
    second = society.identified(city="Bonn", website="https://b.example", sites=(SiteEntry(address="Weg 2"),))
    before = society.clinic(second).details
    assert before is not None

    society.registrar(
        CorrectClinicDetails(clinic_id=second, reason=Reason.new_information, licences=(LICENCE,), emptied=("website",))
    )

    assert society.clinic(second).details == dataclasses.replace(before, licences=(LICENCE,), website=None)
    assert society.names_of(second) == ["ClinicIdentified", "ClinicDetailsCorrected", "DuplicateSuspected"]
    assert society.store.events_of(second)[-1].other == first
    assert society.store.events_of(second)[1].corrects == f"{second}/1"


@pytest.mark.parametrize(
    "change",
    [
        {"emptied": ("legal_name",)},
        {"emptied": ("city",), "city": "Bonn"},
        {"sites": (SiteEntry(address="x", site_id=UUID(int=5)),)},
        {"country": "XX"},
    ],
)
def test_a_wrong_correction_changes_nothing(change: dict[str, Any]) -> None:
    society = Society()
    clinic_id = society.identified()

    with pytest.raises(InvalidInput):
        society.registrar(CorrectClinicDetails(clinic_id=clinic_id, reason=Reason.other, **change))

    assert society.names_of(clinic_id) == ["ClinicIdentified"]


def test_names_and_reasons_in_words_are_sealed() -> None:
    society = Society()
    clinic_id = society.identified(medical_director="Prof. Emil Nordpol")
    words = "The director Emil Nordpol left"

    society.registrar(
        CorrectClinicDetails(
            clinic_id=clinic_id, reason=Reason.new_information, words=words, medical_director="Frida Suedpol"
        )
    )

    identified, corrected = society.store.events_of(clinic_id)
    assert society.opened(identified) == [MedicalDirector(name="Prof. Emil Nordpol")]
    assert society.opened(corrected) == [MedicalDirector(name="Frida Suedpol"), CorrectionWords(words=words)]
    shown = repr(society.store.log)
    assert not [word for word in ("Nordpol", "Suedpol", "director Emil") if word in shown]


def test_each_persons_part_has_a_key_of_its_own() -> None:
    society = Society()
    clinic_id = society.identified(medical_director="Emil Nordpol")
    society.registrar(
        CorrectClinicDetails(clinic_id=clinic_id, reason=Reason.other, words="left", medical_director="Frida Suedpol")
    )
    identified, corrected = society.store.events_of(clinic_id)

    subjects = [part.subject for event in (identified, corrected) for part in event.context.sealed]

    assert len(set(subjects)) == 3


@pytest.mark.parametrize(
    "make",
    [
        lambda clinic, other: SuspectDuplicate(clinic_id=clinic, other=other),
        lambda clinic, other: MergeClinic(clinic_id=clinic, successor=other),
        lambda clinic, other: FindClinicOutOfScope(
            clinic_id=clinic, ground=OutOfScopeGround.duplicate, duplicate_of=other
        ),
    ],
)
def test_another_clinic_that_is_named_exists(make: Any) -> None:
    society = Society()
    one, two = society.identified(), society.identified()

    with pytest.raises(NotFound):
        society.registrar(make(one, UUID(int=404)))
    with pytest.raises(NotFound):
        society.registrar(make(one, society.officers[0]))
    society.registrar(make(one, two))


def test_nobody_is_merged_into_who_was_merged_away() -> None:
    society = Society()
    one, two = society.identified(), society.identified()
    society.registrar(MergeClinic(clinic_id=one, successor=two))

    with pytest.raises(SuccessorMergedAway):
        society.registrar(MergeClinic(clinic_id=two, successor=one))


def test_a_day_that_is_no_day_or_not_yet_is_refused() -> None:
    society = Society()
    clinic_id = society.identified()

    with pytest.raises(InvalidInput, match="occurred_on"):
        society.registrar(CloseClinic(clinic_id=clinic_id, occurred_on=PartialDate("yesterday")))
    with pytest.raises(ImpossibleDate):
        society.registrar(CloseClinic(clinic_id=clinic_id, occurred_on=PartialDate("2030-01-01")))
    society.registrar(CloseClinic(clinic_id=clinic_id, occurred_on=PartialDate("2025")))


def test_the_day_left_out_is_the_clinics_today() -> None:
    society = Society()
    society.surroundings.move_to(society.surroundings.now().replace(hour=23))

    clinic_id = society.identified(country="JP", time_zone="Asia/Tokyo")

    society.registrar(CloseClinic(clinic_id=clinic_id))

    days = [event.context.occurred_on for event in society.store.events_of(clinic_id)]
    assert days == ["2026-03-03", "2026-03-03"]


def test_registrars_alone_identify() -> None:
    society = Society()
    command = IdentifyClinic(legal_name="K", country="DE", time_zone="Europe/Berlin", found_in=FoundIn.other)

    for role in set(Role) - {Role.registrar}:
        with pytest.raises(NotPermitted):
            society.by(role, command)
    with pytest.raises(NotAnOfficer):
        society.do(command, Role.registrar)
