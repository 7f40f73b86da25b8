"""Names are found however people write their letters: case and diacritics do not count."""

from __future__ import annotations

import unicodedata

_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart, as people without them on their keyboard write them."""


def plain_name(text: str) -> str:
    """Return a name without case, accents and double spaces; `Clínica  Ørsted` becomes `clinica orsted`."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_UNDECOMPOSED)
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(letters.split())
