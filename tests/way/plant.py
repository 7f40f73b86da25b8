"""A thousand people with recognisable words in every personal field, entered through the real commands.

Every planted word begins with the same letters and ends with them reversed, so that one search finds them all, cut off
at either end or not. Who adds a personal part or a field to one must plant it here: the test counts them.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
import string
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from application.adverse_events import AssessAdverseEvent, NullifyAdverseEvent
from application.appointments import BreakGlass
from application.attestations import AttestGuideline
from application.clinics import CorrectClinicDetails, IdentifyClinic
from application.command import Actor, Command, CommandHandler, Receipt, Request
from application.enrolments import EnrolClinic, RequestEnrolment, SignAgreement
from application.follow_ups import RecordFollowUp
from application.guidelines import PublishGuideline
from application.queries import AnswerQuery, CloseQuery, RaiseQuery
from application.reports import ReportAdverseEvent
from application.safety_cases import RaiseConcern
from application.treatments import SubmitTreatment, VoidTreatment
from domain.adverse_event_codes import Causality, CausalityMethod, SuspectFactor
from domain.adverse_event_content import FactorCausality
from domain.aggregate import Source
from domain.attestation import Answer, ItemAnswer
from domain.clinic_details import FoundIn
from domain.codes import Channel, Reason, Role, Sha256, Via, YesNo
from domain.dates import PartialDate
from domain.enrolment import SignerAuthority
from domain.guideline import GuidelineItem, GuidelineKind, GuidelineStage, GuidelineVersion
from domain.officer import BreakGlassReason
from domain.patient import FollowUpWords, TreatmentWords
from domain.personal import ClinicContact
from domain.product import Donor, Origin
from domain.query import QueryResolution
from domain.registry import registry_id
from domain.report_form import LISTS, ReportForm
from domain.safety_case_codes import Ground
from domain.treatment import Treatment
from domain.treatment_codes import (
    CellOrigin,
    DonorKind,
    FollowUpResult,
    IndicationCategory,
    ProductKind,
    Route,
    Sex,
)
from domain.treatment_content import Delivery, Indication

PEOPLE = 1_000
CLINICS = 20
DETAILED = 40
"""People about whom everything that can be said is said."""
BIRTHS = range(1851, 1891)
"""Years of birth of the planted; no other number in a record of theirs lies between."""
WRITERS = 8

CLEAR_BY_DESIGN = {"clinic_id", "treatments", "ctcae_term", "product_id", "lot_id"}
"""Fields of a report that are no words about a person: ids, a term of CTCAE, product and lot."""

_HASH = Sha256("ab" * 32)
_SCANNED = Source(channel=Channel.paper, reference="F-1")


class Words:
    """Words that stand nowhere else."""

    def __init__(self) -> None:
        self.begins = "zq" + "".join(random.choices(string.ascii_lowercase, k=10))
        self.ends = self.begins[::-1]
        self._numbers = itertools.count()

    def word(self) -> str:
        """Return a word that was never given out before."""
        return f"{self.begins}{next(self._numbers):06d}{self.ends}"

    def name(self) -> str:
        """Return a name of two words, written as names are."""
        return f"{self.word().capitalize()} {self.word().capitalize()}"

    def all_of(self, kind: type[Any], **given: Any) -> Any:
        """Return an instance whose fields are words, but for those given."""
        names = (each.name for each in dataclasses.fields(kind) if each.name not in given)
        return kind(**given, **{name: self.word() for name in names})


@dataclass(slots=True)
class Plant:
    """What was planted: the words, and where they went."""

    handler: CommandHandler
    officer: UUID
    words: Words = field(default_factory=Words)
    clinics: list[UUID] = field(default_factory=list)
    treatments: list[UUID] = field(default_factory=list)
    pseudonyms: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def grow(self) -> None:
        """Enter everybody."""
        guideline = self._guideline()
        self.clinics = self._each(range(CLINICS), lambda _: self._clinic())
        for command in (self._attest(guideline), self._patient, self._report):
            self._each(range(PEOPLE), command)
        self._each(range(DETAILED), self._details)

    def _each(self, numbers: Iterable[int], command: Callable[[int], Any]) -> list[Any]:
        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(command, numbers))

    def do(self, command: Command, role: Role, clinic: UUID | None = None) -> Receipt:
        """Carry out a command; its key, too, is a word that somebody chose."""
        person = self.officer if role in (Role.registrar, Role.safety_officer, Role.guideline_editor) else uuid4()
        request = Request(
            actor=Actor(person=person, role=role),
            key=self.words.word(),
            via=Via.api,
            on_behalf_of=clinic if role is Role.clinic else None,
            source=_SCANNED if role in (Role.registrar, Role.safety_officer) else None,
        )
        receipt = self.handler.execute(command, request)
        self.receipts.append(receipt)
        return receipt

    def _guideline(self) -> UUID:
        content = GuidelineVersion(
            title="Guideline of the planted",
            version="1",
            language="en",
            document_hash=_HASH,
            effective_on=PartialDate("2024-01-01"),
            items=(GuidelineItem(item_id="one", text="One thing", critical=False, evidence_required=False),),
        )
        publishing = PublishGuideline(
            kind=GuidelineKind.clinical, stage=GuidelineStage.re_implantation, content=content
        )
        return self.do(publishing, Role.guideline_editor).aggregate_id

    def _clinic(self) -> UUID:
        name = uuid4().hex[:8]
        identify = IdentifyClinic(
            legal_name=f"Planted clinic {name}",
            country="PT",
            time_zone="Europe/Lisbon",
            found_in=FoundIn.website,
            medical_director=self.words.name(),
        )
        clinic = self.do(identify, Role.registrar).aggregate_id
        agreement = SignAgreement(
            clinic_id=clinic,
            agreement_version="1",
            authority=SignerAuthority.medical_director,
            consent_to_tracking=True,
            consent_to_publication=True,
            signer=self.words.name(),
            signer_function=self.words.word(),
            shown_hash=_HASH,
        )
        self.do(agreement, Role.clinic, clinic)
        contact = self.words.all_of(ClinicContact)
        self.do(RequestEnrolment(clinic_id=clinic, registries=("knee",), contact=contact), Role.clinic, clinic)
        self.do(EnrolClinic(clinic_id=clinic, registries=("knee",)), Role.registrar)
        correction = CorrectClinicDetails(
            clinic_id=clinic, reason=Reason.new_information, city="Lisbon", words=self.words.word()
        )
        self.do(correction, Role.registrar)
        return clinic

    def _attest(self, guideline: UUID) -> Callable[[int], Receipt]:
        def attest(number: int) -> Receipt:
            clinic = self.clinics[number % CLINICS]
            command = AttestGuideline(
                clinic_id=clinic,
                guideline_id=guideline,
                guideline_version="1",
                items=(ItemAnswer(item_id="one", answer=Answer.met),),
                signer=self.words.name(),
                signer_function=self.words.word(),
                shown_hash=_HASH,
            )
            return self.do(command, Role.clinic, clinic)

        return attest

    def _patient(self, number: int) -> None:
        clinic, pseudonym = self.clinics[number % CLINICS], self.words.word()
        command = SubmitTreatment(
            clinic_id=clinic,
            own_reference=self.words.word(),
            registry_id=registry_id("knee"),
            performed_on=PartialDate("2024-05-03"),
            patient_pseudonym=pseudonym,
            year_of_birth=BIRTHS[number % len(BIRTHS)],
            sex=Sex.female,
            consent_reference=self.words.word(),
            operator_reference=self.words.word(),
            indication=Indication(category=IndicationCategory.musculoskeletal_knee),
            donor=Donor(kind=DonorKind.autologous),
            origin=Origin(tissue=CellOrigin.adipose),
            product_kind=ProductKind.cells,
            delivery=Delivery(route=Route.intra_articular),
            words=self.words.all_of(TreatmentWords),
        )
        self.treatments.append(self.do(command, Role.clinic, clinic).aggregate_id)
        self.pseudonyms.append(pseudonym)

    def _report(self, number: int) -> Receipt:
        """Report with a word in every field that takes words, also where a code, a number or a date is meant."""
        texts: dict[str, Any] = {}
        for each in dataclasses.fields(ReportForm):
            if each.name not in CLEAR_BY_DESIGN:
                texts[each.name] = (self.words.word(),) if each.name in LISTS else self.words.word()
        texts["missing"] = (f"{self.words.word()}={self.words.word()}",)
        texts["reporter_name"] = self.words.name()
        clinic = self.clinics[number % CLINICS]
        return self.do(ReportAdverseEvent(**texts, clinic_id=str(clinic)), Role.reporter)

    def _details(self, number: int) -> None:
        treatment, clinic = self.treatments[number], None
        follow_up = RecordFollowUp(
            treatment_id=treatment,
            result=FollowUpResult.completed,
            complication=YesNo.yes,
            words=self.words.all_of(FollowUpWords),
        )
        opened = self.do(follow_up, Role.registrar, clinic)
        assert opened.last_position == opened.first_position + 1
        adverse_event = self._reported(treatment)
        assessment = AssessAdverseEvent(
            adverse_event_id=adverse_event,
            causalities=(
                FactorCausality(
                    factor=SuspectFactor.cells, causality=Causality.possible, method=CausalityMethod.who_umc
                ),
            ),
            serious=YesNo.no,
            reasoning=self.words.word(),
        )
        self.do(assessment, Role.safety_officer)
        self._asked(treatment)
        if not number:
            # Every one is written to the same officer: many at once would only wait for each other.
            opening = BreakGlass(aggregate_id=treatment, why=BreakGlassReason.audit, explanation=self.words.word())
            self.do(opening, Role.safety_officer)
        concern = RaiseConcern(
            clinic_id=self.clinics[number % CLINICS],
            grounds=(Ground.consent,),
            concern=self.words.word(),
            reporter_name=self.words.name(),
            reporter_contact=self.words.word(),
        )
        self.do(concern, Role.reporter)
        nullifying = NullifyAdverseEvent(
            adverse_event_id=adverse_event, reason=Reason.duplicate, explanation=self.words.word()
        )
        self.do(nullifying, Role.safety_officer)
        if number % 2:
            voiding = VoidTreatment(treatment_id=treatment, reason=Reason.not_performed, explanation=self.words.word())
            self.do(voiding, Role.registrar)

    def _asked(self, treatment: UUID) -> None:
        """Let an officer ask about a treatment, its clinic answer, and the officer close it."""
        about = self.handler.store.load(Treatment, treatment)
        assert about is not None
        asking = RaiseQuery(about_id=treatment, fields=("performed_on",), question=self.words.word())
        query = self.do(asking, Role.safety_officer).aggregate_id
        self.do(AnswerQuery(query_id=query, answer=self.words.word()), Role.clinic, about.clinic_id)
        closing = CloseQuery(query_id=query, resolution=QueryResolution.explained, explanation=self.words.word())
        self.do(closing, Role.safety_officer)

    def _reported(self, treatment: UUID) -> UUID:
        report = ReportAdverseEvent(
            treatments=(str(treatment),), verbatim_term=self.words.word(), reporter_name=self.words.name()
        )
        return self.do(report, Role.reporter).aggregate_id


def unplanted(parts: Sequence[Any], kinds: Iterable[type[Any]], words: Words, exempt: set[str]) -> list[str]:
    """Return each text field of a personal part in which no word was planted."""
    held = {
        f"{type(part).__name__}.{each.name}"
        for part in parts
        for each in dataclasses.fields(part)
        if words.begins in str(getattr(part, each.name)).lower()
    }
    wanted = {f"{kind.__name__}.{each.name}" for kind in kinds for each in dataclasses.fields(kind)}
    return sorted(wanted - held - exempt)
