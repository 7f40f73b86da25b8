from __future__ import annotations

import pytest

from application.catalogue import commands
from application.command import Command
from interfaces.cli.command_options import build
from interfaces.cli.examples import example
from interfaces.cli.field_help import hints_of, needed
from tests.interfaces.cli.shell import Shell

RECORDING = [each for each in commands() if each.CLI]


@pytest.mark.parametrize("kind", RECORDING, ids=lambda kind: f"{kind.AGGREGATE} {kind.VERB}")
def test_example_can_be_sent_as_it_is(kind: type[Command]) -> None:
    answer = Shell({"ICMS_NO_SUCH_OPTION": "1"}).icms(kind.AGGREGATE, kind.VERB, "--example")

    built = build(kind, {}, answer.out)

    assert isinstance(built, kind)
    assert set(needed(kind)) <= set(answer.json)


def test_examples_show_nested_values() -> None:
    submit = next(kind for kind in RECORDING if (kind.AGGREGATE, kind.VERB) == ("treatment", "submit"))

    content = example(submit)

    assert content["baseline"]["instrument"]
    assert content["characteristics"]["sterility"]["verdict"] == "passed"
    assert set(content) == set(hints_of(submit))
