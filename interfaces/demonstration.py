"""What a newcomer sees: the registry with three years of a simulated society, and commands that show something."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import Unavailable
from infra.event_log import EventLog
from infra.postgres_refusals import StoreNotOpened
from interfaces.bootstrap import Bootstrap
from interfaces.services import Services, Tell
from interfaces.simulation.history import Plot, default_start
from interfaces.simulation.run import simulate_society

_PATIENCE = 300.0
_LOOK = 0.2


class ReadModelsBehind(Unavailable):
    """The read models did not catch up within {seconds} seconds; they are at position {position} of {head}."""

    remedy = "Everything recorded is safe. Look at `icms status` for what holds them up."


class Demonstration:
    """The registry brought up for somebody who wants to see it."""

    def __init__(self, bootstrap: Bootstrap, tell: Tell) -> None:
        self._bootstrap = bootstrap
        self._services = Services(bootstrap, tell)

    def start(self) -> str:
        """Bring everything up; return the address of the page."""
        return self._services.up()

    def stop(self) -> None:
        """Take everything down; the data stay."""
        self._services.stop()

    def is_empty(self) -> bool:
        """Tell whether nothing but a founding is recorded yet."""
        try:
            with self._bootstrap.log() as log:
                return "ClinicIdentified" not in {topic.partition(".")[0] for topic in log.counts()}
        except StoreNotOpened:
            return True

    def simulate(self, clinics: int, years: float, seed: int, show: Callable[[int, int], object]) -> None:
        """Let the society live until yesterday."""
        start = default_start(years, datetime.now(UTC).date())
        simulate_society(self._bootstrap, Plot(clinics=clinics, years=years, seed=seed, start=start), show)

    def catch_up(self, show: Callable[[int, int], object]) -> None:
        """Wait until everything recorded is seen in all read models; raise ReadModelsBehind."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            status = {each.name: each for each in self._services.status()}
            head = status["postgresql"].position or 0
            position = (status["projector"].position if "projector" in status else None) or 0
            show(position, head)
            if position >= head > 0:
                return
            if time.monotonic() > deadline:
                raise ReadModelsBehind(seconds=_PATIENCE, position=position, head=head)
            time.sleep(_LOOK)

    def suggestions(self) -> list[tuple[str, str]]:
        """Return commands that show something in this store, each with a sentence."""
        icms = _command()
        with self._bootstrap.reader() as connection:
            row = connection.execute(
                """
                SELECT clinic_id, count(*) FROM registry.events
                WHERE clinic_id IS NOT NULL AND topic LIKE 'AdverseEvent%' GROUP BY clinic_id ORDER BY 2 DESC LIMIT 1
                """
            ).fetchone()
            middle = EventLog(connection).row(max(1, EventLog(connection).head() // 2))
        clinic = row[0] if row else "CLINIC"
        day = f"{middle.recorded_at:%Y-%m-%d}" if middle else "2026-01-01"
        return [
            ("the history of one clinic, as it happened", f"{icms} history {clinic} --limit 40"),
            (f"the same as it was known on {day}", f"{icms} history {clinic} --as-of {day} --limit 40"),
            ("its duties: rule, due day, status, evidence", f"{icms} compliance {clinic} --status overdue"),
            ("what the public sees", f"{icms} listing --limit 20"),
            ("a subscription: events as they come", f"{icms} events tail --follow"),
            ("subscribe from a program of your own", f"{icms} subscribe --show"),
            ("check that nothing was changed, store against Kafka and read models", f"{icms} verify"),
            ("how every process is", f"{icms} status"),
        ]


def _command() -> str:
    """Return how a person calls `icms` from where they are."""
    script = Path(".venv/bin/icms")
    return str(script) if script.exists() else shlex.quote(str(Path("icms")))
