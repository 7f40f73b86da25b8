"""Words that stand in clear and are shown to people: one line each, with nothing in them that cannot be seen.

A control character can break a table, a database column or a terminal; a direction mark makes a name read otherwise
than it is written.
"""

from __future__ import annotations

import unicodedata

from domain.errors import InvalidInput

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Joiners belong to the spelling of several scripts."""


def require_plain(field: str, text: str | None) -> None:
    """Refuse control characters, direction marks and halves of characters; raise InvalidInput naming the field."""
    if text is None:
        return
    for letter in text:
        if letter not in _JOINERS and unicodedata.category(letter) in _UNSEEN:
            raise InvalidInput(field=field, problem=f"holds the character U+{ord(letter):04X}, which cannot be shown")
