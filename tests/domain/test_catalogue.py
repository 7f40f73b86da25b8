"""What the aggregates nest is found, under names that are used once."""

from __future__ import annotations

from pathlib import Path

from domain.catalogue import AGGREGATES, aggregate_of, event_classes, personal_parts
from domain.sealed import PersonalPart


def test_every_topic_is_the_name_and_a_version() -> None:
    kinds = {**event_classes(), **personal_parts()}

    assert len(kinds) == len(event_classes()) + len(personal_parts())
    for name, kind in kinds.items():
        assert kind.TOPIC.rpartition(".v")[0] == name
        assert int(kind.TOPIC.rpartition(".v")[2]) >= 1


def test_aggregate_topics_are_their_names() -> None:
    assert [aggregate.TOPIC for aggregate in AGGREGATES] == [aggregate.__name__ for aggregate in AGGREGATES]


def test_every_event_written_in_the_domain_is_found() -> None:
    folder = Path(__file__).parents[2] / "domain"
    lines = [line.strip() for path in folder.glob("*.py") for line in path.read_text("utf-8").splitlines()]
    topics = {line.split('"')[1] for line in lines if line.startswith("TOPIC") and ".v" in line and '"' in line}

    assert topics == {kind.TOPIC for kind in (*event_classes().values(), *personal_parts().values())}


def test_every_event_has_its_aggregate() -> None:
    assert aggregate_of().keys() == event_classes().keys()
    assert set(aggregate_of().values()) == set(AGGREGATES)


def test_every_part_says_who_may_see_it() -> None:
    for part in personal_parts().values():
        assert issubclass(part, PersonalPart)
        assert part.DISCLOSURE in {"party", "restricted"}
