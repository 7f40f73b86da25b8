"""What clients were told is judged: an answer that is wrong, or a command that is not there, does not pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from infra.append import append
from tests.campaign.acknowledged import Acknowledged
from tests.infra.scratch_store import appending, make_store
from tests.infra.told import Given, require_as_told

LIES: dict[str, Callable[[Acknowledged], Acknowledged]] = {
    "another place": lambda each: dataclasses.replace(each, first_position=2, last_position=2),
    "a place that nobody has": lambda each: dataclasses.replace(each, first_position=9, last_position=9),
    "another version": lambda each: dataclasses.replace(each, version=2),
    "a command that is not recorded": lambda each: dataclasses.replace(each, key_hmac=bytes(32)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_client_that_was_told_wrongly_is_noticed(
    fresh_database: str, lie: Callable[[Acknowledged], Acknowledged]
) -> None:
    given = [Given(), Given()]
    with appending(make_store(fresh_database)) as connection:
        outcomes = append(connection, [each.submission for each in given])
    first, second = (each.told(outcome) for each, outcome in zip(given, outcomes, strict=True))
    require_as_told(fresh_database, [first, second, first])

    with pytest.raises(AssertionError, match="position"):
        require_as_told(fresh_database, [lie(first), second])
