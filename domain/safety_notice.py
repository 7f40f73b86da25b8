"""What the society tells everybody about a technique, a laboratory or a lot: approved by two, updated, withdrawn.

Everything in it is public. A notice holds advice and what is known in words: no count, no person, no record, and no
clinic, about which the public hears by a listing alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.chronology import ImpossibleDate, require_past
from domain.codes import Code
from domain.countries import COUNTRY_CODES
from domain.errors import InvalidInput, Refused
from domain.measures import label
from domain.plain_text import require_plain
from domain.policy import Approval

_LONGEST_TEXT = 4000
_RECORD = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
"""The id of a record, as no sentence for the public has it."""


class NoticeNotApprovedByTwo(Refused):
    """A safety notice is published, updated and withdrawn with the approval of two different safety officers."""

    remedy = "Name a second safety officer who approved it; nothing was recorded."


class ApproversShownOther(Refused):
    """The two approvers of a safety notice were shown different things."""

    remedy = "Let both approve the same text; nothing was recorded."


class NoticeNamesRecord(Refused):
    """The {field} of a safety notice holds the id of a record, and a notice tells nothing about single records."""

    remedy = "Say in words what is known; nothing was recorded."


class NoticeInForce(Refused):
    """The safety notice {notice} about this is in force already."""

    remedy = "Update it; nothing was recorded."


class NoticeIsWithdrawn(Refused):
    """The safety notice {notice} was withdrawn."""

    remedy = "Publish a new one if it is needed again; nothing was recorded."


class NoticeAboutOther(Refused):
    """An update of the safety notice {notice} cannot make it one about something else."""

    remedy = "Publish a notice about that, and withdraw this one where it was wrong; nothing was recorded."


class NoticeUnchanged(Refused):
    """The update of the safety notice {notice} says what it says already."""

    remedy = "Nothing was recorded."


class NoticeReplacesItself(Refused):
    """The safety notice {notice} cannot be replaced by itself."""

    remedy = "Name the notice that takes its place, or none; nothing was recorded."


class NoticeAbout(Code):
    """What a safety notice is about."""

    unrecognised = "unrecognised"
    technique = "technique"
    laboratory = "laboratory"
    lot = "lot"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSubject:
    """The technique, laboratory or lot that a notice is about."""

    about: NoticeAbout
    """Which of them."""
    name: str
    """The technique in words, the laboratory's name as stated, or the number of the lot with its product."""
    laboratory_id: UUID | None = None
    """The laboratory, where the registry knows it."""

    def __post_init__(self) -> None:
        label(self.name, "about.name", longest=200)
        if self.laboratory_id is not None and self.about is not NoticeAbout.laboratory:
            raise InvalidInput(field="about.laboratory_id", problem="is given only for a laboratory")

    @property
    def key(self) -> str:
        """Return what two notices about the same thing have in common."""
        return f"{self.about}/{self.laboratory_id or ' '.join(self.name.split()).casefold()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """The whole text of one version of a notice."""

    subject: NoticeSubject
    """What it is about."""
    title: str
    """Headline."""
    known: str
    """What is known, in words: without counts, persons, clinics or records."""
    advice: str
    """What patients and clinics are advised to do."""
    language: str = "en"
    """Language of the text: BCP 47 tag, such as `en`."""
    countries: tuple[str, ...] = ()
    """Where it applies: ISO 3166-1 codes; everywhere where none is named."""

    def __post_init__(self) -> None:
        for field in ("title", "known", "advice", "language"):
            require_told(field, getattr(self, field))
        unknown = [each for each in self.countries if each not in COUNTRY_CODES]
        if unknown or len(set(self.countries)) != len(self.countries):
            raise InvalidInput(field="countries", problem="names ISO 3166-1 codes such as DE, each once")


def require_told(field: str, text: str) -> None:
    """Refuse what cannot be told to the public: nothing, too much, signs that cannot be seen, ids of records."""
    require_plain(field, text)
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise InvalidInput(field=field, problem=f"needs 1 to {_LONGEST_TEXT} characters")
    if _RECORD.search(text):
        raise NoticeNamesRecord(field=field)


class SafetyNotice(Aggregate):
    """One notice, from its publication to its withdrawal."""

    TOPIC = "SafetyNotice"

    def __init__(self) -> None:
        self.content: NoticeContent | None = None
        self.withdrawn = False

    class Event(RegistryEvent):
        """An event of a safety notice."""

    class SafetyNoticePublished(Opening, Event):
        """The society published a notice that two safety officers had approved."""

        TOPIC = "SafetyNoticePublished.v1"

        content: NoticeContent
        """The whole notice."""
        approvals: tuple[Approval, ...]
        """The two approvals."""

        def apply(self, notice: SafetyNotice) -> None:
            """Keep what it says."""
            notice.content = self.content

    class SafetyNoticeUpdated(Event):
        """A notice says something else from now on."""

        TOPIC = "SafetyNoticeUpdated.v1"

        content: NoticeContent
        """The whole notice as it is now."""
        changed: str
        """What is new, and why, as told to the public."""
        approvals: tuple[Approval, ...]
        """The two approvals."""

        def apply(self, notice: SafetyNotice) -> None:
            """Keep what it says."""
            notice.content = self.content

    class SafetyNoticeWithdrawn(Event):
        """A notice holds no longer."""

        TOPIC = "SafetyNoticeWithdrawn.v1"

        explanation: str
        """Why, as told to the public."""
        approvals: tuple[Approval, ...]
        """The two approvals."""
        replaced_by: UUID | None = None
        """The notice that takes its place."""

        def apply(self, notice: SafetyNotice) -> None:
            """End it."""
            notice.withdrawn = True

    @classmethod
    def publish(
        cls, act: Act, notice_id: UUID, content: NoticeContent, approvals: tuple[Approval, ...]
    ) -> SafetyNotice:
        """Publish a notice that two approved."""
        if content.subject.about is NoticeAbout.unrecognised:
            raise InvalidInput(field="subject.about", problem="is not in the code list")
        require_past(act, "UTC")
        _require_approved(act, approvals)
        return cls.begin(cls.SafetyNoticePublished, notice_id, act, content=content, approvals=approvals)

    def update(self, act: Act, content: NoticeContent, changed: str, approvals: tuple[Approval, ...]) -> None:
        """Say something else about the same thing."""
        self._require_in_force()
        if self.content is None or content.subject.key != self.content.subject.key:
            raise NoticeAboutOther(notice=self.id)
        if content == self.content:
            raise NoticeUnchanged(notice=self.id)
        require_told("changed", changed)
        require_past(act, "UTC")
        _require_approved(act, approvals)
        self.record(self.SafetyNoticeUpdated, act, content=content, changed=changed, approvals=approvals)

    def withdraw(
        self, act: Act, explanation: str, approvals: tuple[Approval, ...], replaced_by: UUID | None = None
    ) -> None:
        """End it; that a warning holds no longer needs two as well."""
        self._require_in_force()
        if replaced_by == self.id:
            raise NoticeReplacesItself(notice=self.id)
        require_told("explanation", explanation)
        require_past(act, "UTC")
        _require_approved(act, approvals)
        self.record(
            self.SafetyNoticeWithdrawn, act, explanation=explanation, replaced_by=replaced_by, approvals=approvals
        )

    def _require_in_force(self) -> None:
        if self.withdrawn:
            raise NoticeIsWithdrawn(notice=self.id)


def _require_approved(act: Act, approvals: tuple[Approval, ...]) -> None:
    if len(approvals) != 2:
        raise NoticeNotApprovedByTwo
    if len({approval.shown_hash for approval in approvals}) != 1:
        raise ApproversShownOther
    if any(approval.approved_at > act.recorded_at for approval in approvals):
        raise ImpossibleDate(field="approvals", problem="an approval lies after the time of recording")
