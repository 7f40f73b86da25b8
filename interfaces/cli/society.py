"""Open a store, once."""

from __future__ import annotations

import click

from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import json_option, print_json
from interfaces.founding import initialise, officer_ids


@click.command("init")
@click.option("--officer", "officers", multiple=True, required=True, help="Name of a founding officer; give two.")
@click.option("--simulated", is_flag=True, help="Mark the store as simulated: its clinics are invented.")
@json_option
@click.pass_obj
def init(bootstrap: Bootstrap, *, officers: tuple[str, ...], simulated: bool, as_json: bool) -> None:
    """Open the store, once: two officers, policy version 1, the default registries.

    Names the first two officers, adopts version 1 of the policy and opens the default registries, as events. Repeated
    with the same names it does nothing; with others it is refused.
    """
    if len(officers) != 2:
        msg = "name two founding officers: --officer NAME --officer NAME"
        raise click.UsageError(msg)
    receipt = initialise(bootstrap, (officers[0], officers[1]), simulated=simulated)
    with bootstrap.reader() as connection:
        ids = officer_ids(connection)
    if as_json:
        answer = {"officers": ids, "repeat": receipt.repeat, "last_position": receipt.last_position}
        print_json({**answer, "simulated": simulated})
        return
    click.echo(
        "The store was open before." if receipt.repeat else f"The store is open, at position {receipt.last_position}."
    )
    click.echo("The founding officers, each with every role of the society:")
    for officer in ids:
        click.echo(f"  {officer}")
    click.echo(f"They act with --as, for example --as {ids[0]}:registrar")
