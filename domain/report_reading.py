"""A report is understood as far as possible and never refused: what no list, calendar or range knows is kept sealed.

Every text of the form ends either in a field that it fits, or word for word among the sealed values, with a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from domain.adverse_event_codes import (
    Action,
    Affected,
    EventKind,
    Outcome,
    RegulatorStatus,
    ReporterKind,
    ReporterRelated,
    Seriousness,
    SuspectFactor,
)
from domain.adverse_event_content import (
    AdverseEventContent,
    Death,
    DescribedTreatment,
    Grading,
    RegulatorReport,
)
from domain.chronology import lies_ahead
from domain.coded_term import CodedTerm
from domain.codes import Code, Missing, YesNo
from domain.content import MissingField, field_paths, is_empty, value_at
from domain.dates import DaysText, PartialDate, days_text, partial_date
from domain.errors import InvalidInput
from domain.patient import AdverseEventWords, RawValue
from domain.product import ProductIdentity
from domain.report_form import ReportForm, blank
from domain.timing import Timing
from domain.treatment_codes import ProductKind, Route

C = TypeVar("C", bound=Code)

NOT_IN_LIST = "this is not a code of its list; it was kept as received"
NOT_UNDERSTOOD = "this was not understood; it was kept as received"
_CTCAE_VERSION = re.compile(r"[1-9](\.\d{1,2})?")
_CTCAE_TERM = re.compile(r"[A-Za-z][A-Za-z ,()/-]{2,79}")
_ID = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_PATHS = {
    "grade": "grading.grade", "ctcae_version": "grading.version", "ctcae_term": "grading.term",
    "death_date": "death.on", "death_days": "death.on", "autopsy": "death.autopsy", "onset_days": "onset",
    "ended_days": "ended", "product_id": "product.product_id", "lot_id": "product.lot_id",
    "regulator_date": "regulator.reported_on",
}  # fmt: skip
"""Fields of the form whose content has another path."""

_WORDS = (
    "verbatim_term", "narrative", "patient", "death_cause", "organism", "tests", "regulator_authority",
    "regulator_reference", "described_clinic", "described_given", "comment",
)  # fmt: skip


@dataclass(slots=True)
class Reading:
    """A report as understood: content in the clear, words and strange values to be sealed, remarks for the sender."""

    form: ReportForm
    today: date
    raw: list[RawValue] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)

    def strange(self, name: str, text: str, problem: str = NOT_UNDERSTOOD) -> None:
        """Keep a text word for word among the sealed values, and say so."""
        self.raw.append(RawValue(field=name, text=text))
        if name not in self.unrecognised:
            self.unrecognised.append(name)
        self.remark(name, problem)

    def settled(self, name: str) -> None:
        """Keep what was understood but is not this sender's to say."""
        if (text := self.text(name)) is not None and all(each.field != name for each in self.raw):
            self.strange(name, text, "this is settled already, or not yours to say; it was kept as received")

    def remark(self, name: str, problem: str) -> None:
        """Say something to the sender, once."""
        if (name, problem) not in self.remarks:
            self.remarks.append((name, problem))

    def text(self, name: str) -> str | None:
        """Return a text of the form, None where it says nothing."""
        text: str | None = getattr(self.form, name)
        return None if blank(text) else text

    def code(self, name: str, kind: type[C]) -> C | None:
        """Return a code of its list, `unrecognised` for a strange one."""
        text = self.text(name)
        return None if text is None else self._code(name, text, kind)

    def codes(self, name: str, kind: type[C]) -> tuple[C, ...]:
        """Return codes of a list, each once."""
        texts = (text for text in getattr(self.form, name) if not blank(text))
        return tuple(dict.fromkeys(self._code(name, text, kind) for text in texts))

    def _code(self, name: str, text: str, kind: type[C]) -> C:
        try:
            found = kind(text.strip().lower())
        except ValueError:
            found = kind("unrecognised")
        if found.name == "unrecognised":
            self.strange(name, text, NOT_IN_LIST)
        return found

    def date(self, name: str) -> PartialDate | None:
        """Return a date that isn't to come; a clock can't be started in the future."""
        text = self.text(name)
        if text is None:
            return None
        try:
            found = partial_date(text.strip(), name)
        except InvalidInput:
            self.strange(name, text, "this is no date; it was kept as received")
            return None
        if lies_ahead(found, self.today):
            self.strange(name, text, "this date is still to come; it was kept as received")
            return None
        return found

    def timing(self, date_name: str, days_name: str) -> Timing | None:
        """Return when it was, from a date or from days after the treatment."""
        on, days = self.date(date_name), self._days(days_name)
        return None if on is None and days is None else Timing(date=on, days_after_treatment=days)

    def _days(self, name: str) -> DaysText | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return days_text(text.strip(), name)
        except InvalidInput:
            self.strange(name, text, "this is no number of days; it was kept as received")
            return None

    def shaped(self, name: str, shape: re.Pattern[str]) -> str | None:
        """Return a text of this shape; another one could be a name and stays sealed."""
        text = self.text(name)
        if text is not None and shape.fullmatch(text.strip()) is None:
            self.strange(name, text)
            return None
        return text and text.strip()

    def ctcae_term(self) -> str | None:
        """Return the CTCAE term; without its version nothing tells it from a name, and it stays sealed."""
        text = self.text("ctcae_term")
        if text is not None and _CTCAE_VERSION.fullmatch((self.text("ctcae_version") or "").strip()) is None:
            self.strange("ctcae_term", text, "a CTCAE term needs its ctcae_version; it was kept as received")
            return None
        return self.shaped("ctcae_term", _CTCAE_TERM)

    def grade(self) -> int | None:
        """Return the CTCAE grade."""
        text = self.text("grade")
        if text is None:
            return None
        if re.fullmatch(r"[1-5](\.0)?", text.strip()) is None:
            self.strange("grade", text, "a grade is 1 to 5; it was kept as received")
            return None
        return int(text.strip()[0])

    def term(self) -> CodedTerm | None:
        """Return the event's code in a foreign dictionary."""
        names = ("code_system", "code_version", "code")
        system, version, code = (text and text.strip() for text in map(self.text, names))
        try:
            if system and code:
                return CodedTerm(system=system, version=version or None, code=code)
        except InvalidInput:
            pass
        for name in names:
            if (text := self.text(name)) is not None:
                self.strange(name, text)
        return None

    def words(self) -> AdverseEventWords:
        """Return the words about the patient, for sealing."""
        return AdverseEventWords(**{name: self.text(name) for name in _WORDS})

    def missing(self, content: AdverseEventContent) -> tuple[MissingField, ...]:
        """Return the reasons for empty fields; a strange reason is kept, it excuses nothing."""
        found: dict[str, MissingField] = {}
        for text in self.form.missing:
            name, _, why = (part.strip() for part in text.partition("="))
            path = _PATHS.get(name, name)
            known = path in field_paths(AdverseEventContent) and path not in found
            reason = next((each for each in Missing if each.value == why and each is not Missing.unrecognised), None)
            if known and reason and is_empty(value_at(content, path)):
                found[path] = MissingField(field=path, why=reason)
            elif not blank(text):
                self.strange("missing", text, "write field=why for an empty field; it was kept as received")
        return tuple(found.values())


def read_content(reading: Reading, treatments: tuple[UUID, ...], patient: UUID | None) -> AdverseEventContent:
    """Return what a report says in the clear; `treatments` are those of its list that exist at the clinic."""
    known = {str(each) for each in treatments}
    for text in reading.form.treatments:
        if not blank(text) and text.strip().lower() not in known:
            reading.strange("treatments", text, "there is no such treatment at this clinic; it was kept as received")
    if (further := reading.text("further")) is not None:
        reading.strange("further", further, "these have no field of their own; they were kept as received")
    return AdverseEventContent(
        affected=reading.code("affected", Affected),
        kind=reading.code("kind", EventKind),
        grading=_section(
            Grading, version=reading.shaped("ctcae_version", _CTCAE_VERSION), term=reading.ctcae_term(),
            grade=reading.grade(),
        ),
        code=reading.term(),
        onset=reading.timing("onset", "onset_days"),
        ended=reading.timing("ended", "ended_days"),
        first_awareness=reading.date("first_awareness"),
        received=reading.date("received"),
        latest_information=reading.date("latest_information"),
        serious=reading.code("serious", YesNo),
        seriousness=reading.codes("seriousness", Seriousness),
        related=reading.code("related", ReporterRelated),
        suspect_factors=reading.codes("suspect_factors", SuspectFactor),
        outcome=reading.code("outcome", Outcome),
        actions=reading.codes("actions", Action),
        death=_death(reading),
        organism_found=reading.code("organism_found", YesNo),
        regulator=_regulator(reading),
        treatments=treatments,
        described=_section(
            DescribedTreatment, month=reading.date("described_month"),
            product_kind=reading.code("described_product_kind", ProductKind),
            route=reading.code("described_route", Route),
        ),
        patient=patient,
        product=_section(
            ProductIdentity, product_id=reading.shaped("product_id", _ID), lot_id=reading.shaped("lot_id", _ID)
        ),
        reporter=reading.code("reporter", ReporterKind),
    )  # fmt: skip


def _section(kind: type[Any], **values: Any) -> Any:
    return None if all(value is None for value in values.values()) else kind(**values)


def _death(reading: Reading) -> Death | None:
    on, autopsy = reading.timing("death_date", "death_days"), reading.code("autopsy", YesNo)
    said = on or autopsy or reading.text("death_cause")
    return Death(on=on, autopsy=autopsy) if said else None


def _regulator(reading: Reading) -> RegulatorReport | None:
    status, on = reading.code("regulator", RegulatorStatus), reading.date("regulator_date")
    if status is None and (on or reading.text("regulator_authority") or reading.text("regulator_reference")):
        status = RegulatorStatus.reported
    return RegulatorReport(status=status, reported_on=on) if status else None
