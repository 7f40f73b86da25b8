"""A small mapping and small extracts, which tests change at one place each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

MAPPING = """\
name = "small"
registry = "blood"
reference = { column = "id" }

[file]
empty = ["NA"]

[values]
died = ["0", "1"]

[treatment]
patient_pseudonym = { column = "id" }
performed_on = { column = "treated", date = "%d.%m.%Y" }
year_of_birth = { column = "born" }
indication.category = "haematologic"
donor.kind = { column = "donor", map = { S = "allogeneic_related", O = "autologous" } }
origin.tissue = "bone_marrow"
product_kind = "cells"
delivery.route = "intravenous"

[[adverse_event]]
name = "death"
when = { column = "died", equals = "1" }
verbatim_term = "Death"
reporter = "clinic"
grade = 5
seriousness = ["death"]
outcome = "fatal"
onset_days = { column = "days" }
death_days = { column = "days" }

[[follow_up]]
name = "death"
when = { column = "died", equals = "1" }
result = "deceased"
contact.days_after_treatment = { column = "days" }
adverse_events = ["death"]

[[follow_up]]
name = "last-contact"
when = [{ column = "died", equals = "0" }, { column = "days", at_least = 1 }]
result = "partial"
contact.days_after_treatment = { column = "days" }
vital_status = "alive"

[ignored]
note = "words of nobody knows whom"
"""
HEADER = "id,treated,born,donor,died,days,note"
ALIVE = "A1,03.02.2024,1951,S,0,100.0,"
DEAD = "A2,04.02.2024,1960,S,1,30.0,"
EVENTS = 2 + 3
"""What ALIVE and DEAD make together."""


def mapping_file(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the mapping with some texts replaced by others."""
    text = MAPPING
    for old, new in changes:
        assert old in text, f"the mapping has no {old!r} to be changed"
        text = text.replace(old, new)
    path = folder / "small.toml"
    path.write_text(text, "utf-8")
    return path


def extract_file(folder: Path, rows: Iterable[str] = (ALIVE, DEAD), header: str = HEADER) -> Path:
    """Write an extract of these lines."""
    path = folder / "extract.csv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path
