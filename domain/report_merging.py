"""A supplement adds and replaces, but what it says unintelligibly never takes the place of what was understood."""

from __future__ import annotations

import dataclasses
from typing import Any

from domain.adverse_event_content import AdverseEventContent
from domain.content import is_empty, merged
from domain.dates import PartialDate

_FIRST_SAID = frozenset({"reporter", "received", "patient"})
"""What the first report settles: who reported, when it was received, whose key seals the words."""


def supplemented(old: AdverseEventContent, new: AdverseEventContent, today: PartialDate) -> AdverseEventContent:
    """Return the content after a supplement; its date of receipt is that of the latest information."""
    values: dict[str, Any] = {}
    for each in dataclasses.fields(AdverseEventContent):
        before, said = getattr(old, each.name), getattr(new, each.name)
        if each.name in _FIRST_SAID or is_empty(said) or (_strange(said) and not is_empty(before)):
            values[each.name] = before
        else:
            values[each.name] = merged(before, said)
    values["latest_information"] = new.latest_information or new.received or today
    result = AdverseEventContent(**values)
    return old if dataclasses.replace(result, latest_information=old.latest_information) == old else result


def _strange(said: Any) -> bool:
    values = said if isinstance(said, tuple) else (said,)
    return all(getattr(value, "name", "") == "unrecognised" for value in values)
