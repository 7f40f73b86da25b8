"""What nobody foresaw is the refusal of the row that brought it up, and never ends the import for the other rows.

Its words name the kind of the failure and the place in the software, not its message: that one may quote a patient.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from application.acting import NotForThisClinic, SourceNeeded
from application.permission import NotAnOfficer
from application.ports import TimeAhead, TimeBehind
from domain.errors import NotPermitted, RegistryError, Unavailable
from interfaces.importing.refusals import CellRefused, RowRefused

ENDING = (Unavailable, NotPermitted, NotAnOfficer, NotForThisClinic, SourceNeeded, TimeBehind, TimeAhead)
"""What would meet every row alike, and so ends the import."""


@contextmanager
def contained() -> Iterator[None]:
    """Turn every failure within into a refusal of the row, except what ends the import; raise RowRefused."""
    try:
        yield
    except (RowRefused, *ENDING):
        raise
    except RegistryError as error:
        raise RowRefused((CellRefused(None, "", str(error)),)) from error
    except Exception as error:
        raise RowRefused((CellRefused(None, "", _words(error)),)) from error


def _words(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}, {PurePath(place.filename).name}:{place.lineno}"
    return f"it met a defect of the software ({where}); the other rows are not affected. Please report the defect"
