"""Every refusal has a name. An error carries ids and field names, never a patient's data."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class RegistryError(Exception):
    """Something went wrong in the registry.

    The first line of a subclass's docstring is its message; `{name}` in it is filled from the facts given.
    """

    remedy: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        first_line = (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        message = first_line.format_map(facts)
        remedy = self.remedy.format_map(facts)
        super().__init__(f"{message} {remedy}".strip())

    @property
    def name(self) -> str:
        """Return the name by which people and programs know this situation."""
        return type(self).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.facts)


def _revive(kind: type[RegistryError], facts: dict[str, Any]) -> RegistryError:
    return kind(**facts)


class Refused(RegistryError):
    """The rules of the registry do not allow this."""


class InvalidInput(RegistryError):
    """{field}: {problem}."""


class NotFound(RegistryError):
    """There is no {what} {id}."""

    remedy = "Check the id; nothing was changed."


class NotPermitted(RegistryError):
    """The role {role} may not {action}."""

    remedy = "Act as one of: {allowed}. Nothing was changed."


class Unavailable(RegistryError):
    """A part the registry needs does not answer."""
