"""What clients were told, judged by the oracle against what the store holds; nothing but their commands wrote to it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from uuid import UUID

import psycopg

from infra.append import Outcome, Submission
from tests.campaign.acknowledged import Acknowledged, judge_commands, judge_coverage
from tests.campaign.store_judge import judge_store
from tests.campaign.verdict import Verdict
from tests.infra.scratch_store import one

ACTOR = UUID(int=1)


class Given:
    """A command that a client gives, with the key by which it knows it again."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self.submission: Submission = one(actor=ACTOR, key=self.key)

    def told(self, outcome: Outcome) -> Acknowledged:
        """Return what its client wrote down when it was told that it is done."""
        assert outcome.word in ("done", "repeat"), outcome
        return Acknowledged(
            ACTOR, self.key, outcome.aggregate_id, outcome.version, outcome.first_position, outcome.last_position
        )


def require_as_told(owner_dsn: str, told: Iterable[Acknowledged]) -> None:
    """Assert that nothing that clients were told is lost, doubled, reordered or changed, and nothing else is there."""
    verdict = Verdict()
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        judge_store(owner, verdict)
        judge_commands(owner, told, verdict)
        judge_coverage(owner, verdict)
    assert verdict.clean, str(verdict)
