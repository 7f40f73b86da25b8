"""What is sealed of a report, event by event: a text of any length is kept whole, in as many events as it needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from domain.adverse_event_errors import ReportTooLong
from domain.patient import AdverseEventWords, RawValue, ValuesAsReceived
from domain.report_form import ReportForm
from domain.report_reading import Reading

CHARACTERS_AT_ONCE = 40_000
"""Sealed characters of one event, so that it stays far below 256 KiB in any script."""

CHARACTERS_AT_MOST = 1_000_000


def require_length(form: ReportForm) -> None:
    """Refuse a report beyond every letter that was ever written to a registry."""
    texts = [getattr(form, each.name) for each in dataclasses.fields(ReportForm)]
    characters = sum(len(text) if isinstance(text, str) else sum(map(len, text)) for text in texts if text)
    if characters > CHARACTERS_AT_MOST:
        raise ReportTooLong(characters=characters, longest=CHARACTERS_AT_MOST)


def pages_of(reading: Reading) -> Iterator[tuple[Any, ...]]:
    """Yield sealed parts, event by event: words first, then what goes beyond the length of one event."""
    words = reading.words()
    texts = {name: text for name in vars(words) if (text := getattr(words, name)) is not None}
    fits = sum(map(len, texts.values())) + sum(map(_size, reading.raw)) <= CHARACTERS_AT_ONCE
    if fits:
        raw = (ValuesAsReceived(values=tuple(reading.raw)),) if reading.raw else ()
        yield ((words, *raw) if texts else raw)
        return
    values = [*(RawValue(field=name, text=text) for name, text in texts.items()), *reading.raw]
    term = AdverseEventWords(verbatim_term=words.verbatim_term[:2000]) if words.verbatim_term else None
    for number, page in enumerate(_cut(values)):
        part = ValuesAsReceived(values=tuple(page))
        yield ((term, part) if number == 0 and term else (part,))


def _size(value: RawValue) -> int:
    return len(value.text) + len(value.field) + 8


def _cut(values: Sequence[RawValue]) -> Iterator[list[RawValue]]:
    page: list[RawValue] = []
    room = CHARACTERS_AT_ONCE
    for value in values:
        for start in range(0, len(value.text), CHARACTERS_AT_ONCE // 2):
            piece = RawValue(field=value.field, text=value.text[start : start + CHARACTERS_AT_ONCE // 2])
            if page and _size(piece) > room:
                yield page
                page, room = [], CHARACTERS_AT_ONCE
            page.append(piece)
            room -= _size(piece)
    yield page
