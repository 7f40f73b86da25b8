"""The campaign of failures: `python -m tests.campaign --minutes 60`, `--full`, `--row 9a --seed 17`, `--table`."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click

from infra.stack.refusals import StackRefused
from infra.stack.state_files import make_folder
from tests.campaign.guardian import guarded
from tests.campaign.ledger import REPOSITORY, Ledger, code_digest
from tests.campaign.room import NoRoom, require_room
from tests.campaign.row import CampaignRow
from tests.campaign.rows import ROWS
from tests.campaign.runner import RunFailed, new_seed, run
from tests.campaign.table import Standing, standing, table
from tests.shared_stack import hold_stack

STATE = Path(os.environ.get("ICMS_CAMPAIGN_STATE_DIR") or REPOSITORY / "var" / "campaign").absolute()
BY_ID = {row.id: row for row in ROWS}


class Campaign:
    """Runs of rows, one after the other, each written down as it ends."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ICMS_")},
            "ICMS_TEST_STATE_DIR": str(STATE / "servers"),
        }

    def standings(self) -> list[Standing]:
        """Return how far each row is."""
        entries = self._ledger.entries()
        return [standing(row, entries) for row in ROWS]

    def once(self, row: CampaignRow, seed: int, tell: Callable[[int], None]) -> None:
        """Run a row's test once, say what became of it, and write it down; `tell` hears which session runs it.

        Raises: RunFailed
        """
        click.echo(f"{time.strftime('%H:%M:%S')}  {row.id:<4} {row.what}, seed {seed} ...", nl=False)
        log, scratch = STATE / "runs" / f"{row.id}.log", STATE / "servers" / "of-pytest"
        entry = run(row, seed, self._environ, self._ledger.code, log, scratch, tell)
        self._ledger.add(entry)
        click.echo(f" {entry.verdict} after {entry.seconds:.0f} s")
        if entry.verdict == "failed":
            click.echo(entry.said, err=True)
            click.echo(f"Again: python -m tests.campaign --row {row.id} --seed {seed}", err=True)

    def until(self, deadline: float, tell: Callable[[int], None]) -> None:
        """Run the row that has had the least time, again and again; one that failed waits for a person.

        Without a deadline those rows come too that take longer than people wait.
        """
        while (left := deadline - time.monotonic()) > 0:
            waiting = [
                each
                for each in self.standings()
                if not each.reached
                and not each.failures
                and each.row.takes <= left
                and not (each.row.only_full and left < float("inf"))
            ]
            if not waiting:
                return
            self.once(min(waiting, key=lambda each: each.seconds).row, new_seed(), tell)


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=60, show_default=True)
@click.option("--full", is_flag=True, help="Go on until every figure is reached, however long it takes.")
@click.option("--row", "only", type=click.Choice(list(BY_ID)), help="Run this row once.")
@click.option("--seed", type=click.IntRange(0), help="Take the run with this seed again; needs --row.")
@click.option("--table", "show", is_flag=True, help="Only show how far every row is.")
def main(minutes: float, full: bool, only: str | None, seed: int | None, show: bool) -> None:
    """Run the table of failures against real servers, and show how far each row is.

    What was done is kept in var/campaign and counts as long as the code stays the same; killed, it goes on there.
    """
    if seed is not None and only is None:
        raise click.UsageError("--seed is the seed of a row: say which with --row.")
    signal.signal(signal.SIGTERM, _as_interrupt)
    campaign = Campaign(Ledger(STATE / "ledger.jsonl", code_digest()))
    if show:
        click.echo(table(campaign.standings()))
        return
    try:
        with ExitStack() as stack:
            make_folder(STATE)
            require_room(STATE)
            stack.enter_context(_alone(STATE / ".one-campaign"))
            tell = stack.enter_context(guarded(STATE))
            stack.enter_context(hold_stack(STATE / "servers", shared_jars()))
            if only is not None:
                campaign.once(BY_ID[only], seed if seed is not None else new_seed(), tell)
            else:
                campaign.until(float("inf") if full else time.monotonic() + minutes * 60, tell)
    except (NoRoom, StackRefused) as refusal:
        raise click.ClickException(f"{refusal} Nothing was run.") from None
    except RunFailed as failure:
        raise click.ClickException(f"{failure} What was done before is kept.") from None
    except KeyboardInterrupt:
        click.echo("\nInterrupted; what was done is kept, and the next call goes on from there.", err=True)
        _finish(campaign.standings())
        sys.exit(130)
    _finish(campaign.standings())


def shared_jars() -> Path:
    """Return where Kafka's programs lie; the tests look for them beside the folder of their servers."""
    jars, beside = REPOSITORY / "var" / "kafka-jars", STATE / "kafka-jars"
    jars.mkdir(parents=True, exist_ok=True)
    if not beside.exists():
        beside.symlink_to(jars, target_is_directory=True)
    return jars


def _finish(standings: Sequence[Standing]) -> None:
    click.echo()
    click.echo(table(standings))
    if any(each.failures for each in standings):
        sys.exit(1)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoRoom("Another campaign of this checkout is running; two would share servers.") from None
        yield


def _as_interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
