"""The main job in one command: everything up, a simulated society in it, and what to try next."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import progress, say
from interfaces.cli.simulating import clinics_option, seed_option, years_option

if TYPE_CHECKING:
    from interfaces.demonstration import Demonstration, Suggestion

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo")
@clinics_option
@years_option
@seed_option
@click.option("--wait/--no-wait", default=True, help="Stay until Ctrl-C, then stop everything. [wait]")
@click.pass_obj
def demo(bootstrap: Bootstrap, *, clinics: int, years: float, seed: int, wait: bool) -> None:
    """Start everything, let a simulated society live in it, and say what to try next.

    A second run goes on with the data it finds, and finishes what was interrupted. One Ctrl-C stops everything.
    """
    from interfaces.demonstration import Demonstration

    demonstration = Demonstration(bootstrap, say)
    with _one_ending() as asked:
        try:
            _show(demonstration, clinics, years, seed)
            while wait and not asked.wait(3600):
                continue
        except KeyboardInterrupt:
            say("")
        finally:
            if wait or asked.is_set():
                demonstration.stop()
                say("Everything is stopped. `make demo` goes on where this ended.")


@contextmanager
def _one_ending() -> Iterator[threading.Event]:
    """Turn the first signal that asks to end into KeyboardInterrupt; further ones must not disturb the stopping."""
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _ENDING}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(demonstration: Demonstration, clinics: int, years: float, seed: int) -> None:
    address = demonstration.start()
    plot = demonstration.plot(clinics, years, seed)
    if plot is not None:
        with progress(f"{plot.years:g} years of a society with {plot.clinics} clinics, in days", None) as show:
            demonstration.simulate(plot, show)
    with progress("read models catch up, in positions", None) as show:
        demonstration.catch_up(show)
    _tell(address, demonstration.suggestions())


def _tell(address: str, suggestions: Sequence[Suggestion]) -> None:
    click.echo(f"\nThe page:  {address}/\n")
    click.echo("Try next, in another terminal:")
    for each in suggestions:
        click.echo(f"  # {each.words}{' (until Ctrl-C)' if each.endless else ''}")
        click.echo(f"  {each.command}")
    click.echo("\nCtrl-C stops everything; the data stay.")
