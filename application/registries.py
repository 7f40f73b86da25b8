"""Commands about the society's registries: opened, revised, closed, all in public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from application.clinic_acts import BY_SOCIETY, registry_named
from application.command import Command, Desk
from domain.codes import Role
from domain.guideline import Guideline
from domain.registry import (
    DEFAULT_SCHEDULE,
    Registry,
    RegistryAlreadyOpened,
    RegistryTerms,
    Scope,
    TimePoint,
    registry_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryCommand(Command):
    """A command about one registry."""

    short_code: str
    """Short name in lower case, such as `knee`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsCommand(RegistryCommand):
    """A command that says what a registry asks for."""

    title: str
    """Name as shown to the public."""
    scope: Scope
    """Which treatments belong in it: indications, origins, routes; an empty list does not restrict."""
    form_version: str
    """Version of the form that its treatments are entered with."""
    schedule: tuple[TimePoint, ...] = DEFAULT_SCHEDULE
    """Follow-up time points: months, window_days."""
    guidelines: tuple[UUID, ...] = ()
    """Guidelines that its clinics attest to."""

    def terms(self, desk: Desk) -> RegistryTerms:
        """Return the terms; refuse guidelines that are unknown or retired."""
        for guideline_id in self.guidelines:
            desk.load(Guideline, guideline_id).require_in_use()
        return RegistryTerms(
            title=self.title,
            scope=self.scope,
            form_version=self.form_version,
            schedule=self.schedule,
            guidelines=self.guidelines,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRegistry(TermsCommand):
    """Open a registry for clinics and treatments."""

    AGGREGATE: ClassVar[str] = "registry"
    VERB: ClassVar[str] = "open"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    def run(self, desk: Desk) -> Registry:
        """Open it, unless its short code is taken."""
        if desk.find(Registry, registry_id(self.short_code)) is not None:
            raise RegistryAlreadyOpened(short_code=self.short_code)
        return Registry.open(desk.public_act(Registry.RegistryOpened), self.short_code, self.terms(desk))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseRegistry(TermsCommand):
    """Replace what a registry asks for, whole."""

    AGGREGATE: ClassVar[str] = "registry"
    VERB: ClassVar[str] = "revise"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    def run(self, desk: Desk) -> Registry:
        """Revise it."""
        registry = registry_named(desk, self.short_code)
        registry.revise(desk.public_act(Registry.RegistryRevised), self.terms(desk))
        return registry


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRegistry(RegistryCommand):
    """Close a registry to new clinics and treatments; follow-ups and reports go on."""

    AGGREGATE: ClassVar[str] = "registry"
    VERB: ClassVar[str] = "close"
    ROLES: ClassVar[frozenset[Role]] = BY_SOCIETY

    explanation: str
    """Why, as told to the public."""
    successor: str | None = None
    """Short code of the registry that goes on with its work."""

    def run(self, desk: Desk) -> Registry:
        """Close it."""
        registry = registry_named(desk, self.short_code)
        successor = None
        if self.successor is not None:
            successor = registry_named(desk, self.successor).id
        registry.close(desk.public_act(Registry.RegistryClosed), self.explanation, successor)
        return registry
