"""The life of one clinic from being found to its answer: it joins, declines, never answers, cannot be reached."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID

from application.clinics import (
    CloseClinic,
    CorrectClinicDetails,
    FindClinicOutOfScope,
    IdentifyClinic,
    MergeClinic,
    SiteEntry,
)
from application.command import Command
from application.invitations import (
    AcceptInvitation,
    DeclineInvitation,
    InviteClinic,
    ProveInvitationDelivery,
    RemindClinic,
    ReturnInvitation,
)
from application.successions import DeclareSuccessor
from domain.clinic_details import FoundIn, Licence, Service
from domain.codes import Reason, Role
from domain.identification import OutOfScopeGround, SuccessionGround
from domain.letters import DecliningReason, DeliveryProof, InvitationChannel, Letter, Proof, Sending
from domain.personal import ClinicContact
from domain.safety_case_codes import Ground
from interfaces.simulation.agenda import Life
from interfaces.simulation.applicant import Applicant
from interfaces.simulation.cast import Part
from interfaces.simulation.due_process import DueProcess
from interfaces.simulation.hearings import HEARINGS
from interfaces.simulation.member import Member
from interfaces.simulation.office import Office
from interfaces.simulation.places import PLACES, SPECIALITIES, Place, Speciality
from interfaces.simulation.society import Society, document, some_days

_ENDINGS = (
    ("joins", 56),
    ("declines", 12),
    ("silent", 13),
    ("unreachable", 4),
    ("applies uninvited", 6),
    ("accepts only", 4),
    ("refused", 2),
    ("out of scope", 2),
    ("found twice", 1),
    ("closes", 1),
    ("is merged", 1),
)
_SECOND_ENDINGS = {"silent": "declines", "declines": "silent", "unreachable": "accepts only"}
_OWN_WORDS = (
    "We report our outcomes to the national registry already.",
    "Our hospital's lawyers have not agreed to the publication of results.",
    None,
    "We do not see what this registry adds for our patients.",
)


class Candidate:
    """One clinic, as the society comes to know it."""

    def __init__(self, society: Society, number: int, chance: Random, part: Part | None = None) -> None:
        self.society = society
        self.number = number
        self.chance = chance
        self.place: Place = chance.choice(PLACES)
        self.speciality: Speciality = chance.choice(SPECIALITIES)
        names, weights = zip(*_ENDINGS, strict=True)
        self.ending: str = chance.choices(names, weights)[0]
        self.part = part or Part(name="", ending=self.ending)
        self.ending = self.part.ending
        self.person = UUID(int=chance.getrandbits(128), version=4)
        self.clinic_id = UUID(int=0)

    def live(self) -> Life:
        """Live from the day on which the society finds the clinic."""
        self.identify()
        self._watched()
        yield self.society.now + some_days(self.chance, 1, 20)
        match self.ending:
            case "watched":
                return
            case "out of scope":
                command = FindClinicOutOfScope(clinic_id=self.clinic_id, ground=OutOfScopeGround.no_cell_therapy)
                self.society.do(command, Role.registrar)
            case "applies uninvited":
                yield from self.apply()
            case "found twice":
                ground, other = OutOfScopeGround.duplicate, self.society.first_clinic
                duplicate = FindClinicOutOfScope(clinic_id=self.clinic_id, ground=ground, duplicate_of=other)
                self.society.do(duplicate, Role.registrar)
            case "closes":
                yield self.society.now + some_days(self.chance, 30, 300)
                self.society.do(CloseClinic(clinic_id=self.clinic_id, explanation="ceased to treat"), Role.registrar)
            case "is merged":
                yield self.society.now + some_days(self.chance, 30, 300)
                successor = self.society.first_clinic or self.clinic_id
                self.society.do(MergeClinic(clinic_id=self.clinic_id, successor=successor), Role.registrar)
            case _:
                yield from self.invited()
                if self.part.asked_again_after is not None:
                    yield self.society.now + timedelta(days=self.part.asked_again_after)
                    self.ending = _SECOND_ENDINGS[self.ending]
                    yield from self.invited()

    def _watched(self) -> None:
        """Begin the safety case that is written down, and an officer's interest."""
        self.society.persons[self.clinic_id] = self.person
        office, agenda, now = Office(self.society), self.society.agenda, self.society.now
        if not self.part.name:
            return
        self.society.parts[self.clinic_id] = self.part
        if self.part.hearing is not None:
            case = DueProcess(office, self.clinic_id, self.person, self.chance, Ground.patient_safety)
            agenda.begin(HEARINGS[self.part.hearing](case), now + timedelta(days=self.part.hearing_after))
        if self.part.interest:
            agenda.begin(office.interest(self.clinic_id), now + timedelta(days=40))

    def identify(self) -> None:
        """Enter the clinic under a neutral name."""
        label = f"{self.number:03d}"
        twice = self.ending == "found twice" or self.society.first_clinic is None
        command = IdentifyClinic(
            legal_name=f"Clinic {label}, {self.place.city}",
            country=self.place.country,
            city=self.place.city,
            time_zone=self.place.time_zone,
            found_in=self.chance.choice(
                [FoundIn.website, FoundIn.patient, FoundIn.publication, FoundIn.trial_register]
            ),
            website="https://clinic-of-many-names.example" if twice else f"https://clinic-{label}.example",
            sites=(SiteEntry(address=f"{self.number} Harbour Road, {self.place.city}"),),
            licences=(Licence(number=f"L-{self.number:05d}", issuer=f"Health authority {self.place.country}"),),
            services=(
                Service(
                    indication=self.speciality.indication,
                    origin=self.speciality.origin,
                    route=self.speciality.route,
                ),
            ),
            medical_director=f"Director {label}",
        )
        self.clinic_id = self.society.must(command, Role.registrar).aggregate_id
        self.society.first_clinic = self.society.first_clinic or self.clinic_id
        self.society.registries[self.clinic_id] = self.speciality.registry
        if self.chance.random() < 0.06:
            self.society.agenda.once(self._moved, self.society.now + some_days(self.chance, 40, 400))

    def _moved(self) -> None:
        correction = CorrectClinicDetails(
            clinic_id=self.clinic_id,
            reason=Reason.new_information,
            sites=(SiteEntry(address=f"{self.number} Garden Street, {self.place.city}"),),
        )
        self.society.do(correction, Role.registrar)

    def invited(self) -> Life:
        """Be invited, and answer or not."""
        channel = InvitationChannel.post
        command = InviteClinic(
            clinic_id=self.clinic_id, letter=self._letter("invitation"), sendings=(self._sending(channel),)
        )
        self.society.must(command, Role.registrar)
        yield self.society.now + some_days(self.chance, 3, 14)
        if self.ending == "unreachable":
            returned = ReturnInvitation(clinic_id=self.clinic_id, channel=channel, note="moved")
            self.society.do(returned, Role.registrar)
            return
        proof = Proof(kind=DeliveryProof.post_signature, document_hash=document("receipt", str(self.number)))
        self.society.must(
            ProveInvitationDelivery(clinic_id=self.clinic_id, channel=channel, proof=proof), Role.registrar
        )
        self.society.agenda.begin(self._remind(channel), self.society.now + timedelta(days=31))
        if self.ending == "silent":
            yield from self._silence()
            return
        yield self.society.now + some_days(self.chance, 4, 85)
        contact = ClinicContact(name=f"Contact {self.number:03d}")
        if self.ending == "declines":
            reason = self.chance.choice([each for each in DecliningReason if each.value != "unrecognised"])
            words = self.chance.choice(_OWN_WORDS)
            declining = DeclineInvitation(
                clinic_id=self.clinic_id, decline_reason=reason, own_words=words, contact=contact
            )
            self.act(declining)
            return
        self.act(AcceptInvitation(clinic_id=self.clinic_id, contact=contact))
        if self.ending == "accepts only":
            return
        yield self.society.now + some_days(self.chance, 3, 40)
        yield from self.apply()

    def apply(self) -> Life:
        """Ask to be enrolled; what comes of it is told apart."""
        yield from Applicant(self).live()

    def renamed(self, member: Member) -> Life:
        """Close, and go on at the same place under another name; the society finds out."""
        member.gone = True
        self.society.do(CloseClinic(clinic_id=self.clinic_id, explanation="closed"), Role.registrar)
        yield self.society.now + some_days(self.chance, 30, 60)
        successor = Candidate(self.society, 1000 + self.number, self.chance)
        successor.ending, successor.place, successor.speciality = "applies uninvited", self.place, self.speciality
        self.society.agenda.begin(successor.live())
        yield self.society.now + some_days(self.chance, 10, 30)
        declaring = DeclareSuccessor(
            clinic_id=self.clinic_id,
            successor=successor.clinic_id,
            grounds=(SuccessionGround.same_premises, SuccessionGround.same_staff),
        )
        self.society.do(declaring, Role.registrar)

    def _silence(self) -> Life:
        """Say nothing until the time is over; some clinics answer late all the same."""
        yield self.society.now + timedelta(days=100)
        if self.part.answers_late or (self.chance.random() < 0.2 and not self.part.name):
            yield self.society.now + some_days(self.chance, 20, 200)
            self.act(AcceptInvitation(clinic_id=self.clinic_id))
            yield self.society.now + some_days(self.chance, 3, 40)
            yield from self.apply()

    def _remind(self, channel: InvitationChannel) -> Life:
        """Remind twice, 30 and 60 days after delivery, a clinic that has not answered."""
        for number, waiting in ((1, 0), (2, 30)):
            yield self.society.now + timedelta(days=waiting)
            proof = Proof(
                kind=DeliveryProof.post_signature, document_hash=document("receipt", str(self.number), str(number))
            )
            reminder = RemindClinic(
                clinic_id=self.clinic_id,
                reminder=number,
                letter=self._letter(f"reminder {number}"),
                sending=self._sending(channel),
                proof=proof,
            )
            if self.society.do(reminder, Role.registrar) is None:
                return

    def _letter(self, version: str) -> Letter:
        return Letter(version=f"{version} 1", text_hash=document(version, "1"), language="en", sender="Registry office")

    def _sending(self, channel: InvitationChannel) -> Sending:
        return Sending(
            channel=channel,
            address=f"{self.number} Harbour Road, {self.place.city}",
            address_source="the clinic's website",
        )

    def act(self, command: Command) -> None:
        """Act as the clinic."""
        self.society.do(command, Role.clinic, clinic=self.clinic_id, person=self.person)
