"""A term of a foreign dictionary (ICD, MedDRA, SNOMED CT) passes through as its code; its texts are never shipped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import InvalidInput

_SYSTEM = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{1,23}")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9.+/_-]{0,23}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z._/-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedTerm:
    """A code with the dictionary it is taken from."""

    WHOLE: ClassVar[bool] = True

    system: str
    """Name of the dictionary, such as `ICD-10`, `MedDRA`, `SNOMED CT`."""
    version: str | None = None
    """Version of the dictionary, such as `27.1`."""
    code: str
    """The code itself, such as `10020751`; it has a digit, so that no name is taken for one."""

    def __post_init__(self) -> None:
        for field, text, shape in (
            ("system", self.system, _SYSTEM), ("version", self.version, _VERSION), ("code", self.code, _CODE)
        ):  # fmt: skip
            if text is not None and shape.fullmatch(text) is None:
                raise InvalidInput(field=f"code.{field}", problem="it does not look like one of a dictionary")
