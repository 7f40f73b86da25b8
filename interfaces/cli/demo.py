"""The main job in one command: everything up, a simulated society in it, and what to try next."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import progress, say
from interfaces.demonstration import Demonstration


@click.command("demo")
@click.option("--clinics", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Number of clinics.")
@click.option("--years", type=click.FloatRange(0.1, 40), default=3.0, show_default=True, help="Years to tell.")
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds give equal events.")
@click.option("--wait/--no-wait", default=True, help="Stay until Ctrl-C, then stop everything. [wait]")
@click.pass_obj
def demo(bootstrap: Bootstrap, *, clinics: int, years: float, seed: int, wait: bool) -> None:
    """Start everything, let a simulated society live in it, and say what to try next.

    A second run goes on with the data it finds. One Ctrl-C stops everything.
    """
    demonstration = Demonstration(bootstrap, say)
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            return
        asked.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        address = demonstration.start()
        if demonstration.is_empty():
            with progress("three years of a simulated society, in days", None) as show:
                demonstration.simulate(clinics, years, seed, show)
        with progress("read models catch up, in positions", None) as show:
            demonstration.catch_up(show)
        _tell(address, demonstration.suggestions())
        while wait and not asked.wait(3600):
            continue
    except KeyboardInterrupt:
        say("")
    finally:
        if wait:
            demonstration.stop()
            say("Everything is stopped. `make demo` goes on where this ended.")


def _tell(address: str, suggestions: Sequence[tuple[str, str]]) -> None:
    click.echo("")
    click.echo(f"The page:  {address}/")
    click.echo("")
    click.echo("Try next, in another terminal:")
    for words, command in suggestions:
        click.echo(f"  # {words}")
        click.echo(f"  {command}")
    click.echo("")
    click.echo("Ctrl-C stops everything; the data stay.")
