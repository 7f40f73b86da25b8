"""The founding of a society: once per store, in one transaction, before which nobody may do anything.

It names the first two officers, adopts version 1 of the policy and opens the default registries.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar

from application.acting import person_subject
from application.canonical import canonical
from application.command import Command, Desk
from application.policies import approved_by_two
from domain.aggregate import Aggregate
from domain.codes import SOCIETY_ROLES, Role, Sha256
from domain.errors import Refused
from domain.first_policy import FIRST_POLICY
from domain.officer import Officer
from domain.personal import OfficerName
from domain.policy import POLICY_ID, Policy
from domain.registry import DEFAULT_REGISTRIES, Registry


class AlreadyInitialised(Refused):
    """This store was opened before, with other officers."""

    remedy = "Go on with the store as it is, or create an empty one elsewhere; nothing was recorded."


class FoundersNotTwo(Refused):
    """A society is founded by two different officers."""

    remedy = "Name two persons; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSociety(Command):
    """Open a store: the first two officers, policy version 1 and the default registries.

    Give it the key `founding_key` returns: the same officers again are then a repeat, others are refused.
    """

    AGGREGATE: ClassVar[str] = "society"
    VERB: ClassVar[str] = "found"
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.system})
    CLI: ClassVar[bool] = False

    officers: tuple[str, str]
    """Names of the first two officers; sealed."""

    def run(self, desk: Desk) -> list[Aggregate]:
        """Name the officers, adopt the policy and open the registries."""
        if desk.find(Policy, POLICY_ID) is not None:
            raise AlreadyInitialised
        if len({" ".join(name.split()).casefold() for name in self.officers}) != 2:
            raise FoundersNotTwo
        officers = [_appoint(desk, name) for name in self.officers]
        approvals = approved_by_two(desk.now, desk.now, _shown_hash())
        policy = Policy.adopt_first(desk.public_act(Policy.PolicyAdopted), FIRST_POLICY, approvals)
        registries = [
            Registry.open(desk.public_act(Registry.RegistryOpened), short_code, terms)
            for short_code, terms in DEFAULT_REGISTRIES
        ]
        return [*officers, policy, *registries]


def founding_key(command: FoundSociety) -> str:
    """Return the idempotency key of this founding: equal for equal officers, without their names in it."""
    return f"found society {hashlib.sha256(canonical(command).encode()).hexdigest()}"


def _appoint(desk: Desk, name: str) -> Officer:
    """Appoint one of the founders, with every role that the society grants."""
    person = desk.new_id()
    parts = [(person_subject(desk, None, name), OfficerName(name=name))]
    officer = Officer.begin(Officer.OfficerAppointed, person, desk.act(Officer.OfficerAppointed, person, parts=parts))
    for role in sorted(SOCIETY_ROLES):
        officer.grant(desk.act(Officer.RoleGranted, person), role, founding=True)
    return officer


def _shown_hash() -> Sha256:
    """Return the SHA-256 of version 1 as sorted JSON: what the founders approve by founding."""
    text = json.dumps(dataclasses.asdict(FIRST_POLICY), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Sha256(hashlib.sha256(text.encode()).hexdigest())
