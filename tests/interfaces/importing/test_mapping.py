"""A mapping that could lose or bend something is refused before the first row, with its place and what is wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from domain.report_form import ReportForm
from interfaces.importing.field_kind import REPORT_CODES, REPORT_DATES, REPORT_DAYS
from interfaces.importing.mapping import load_mapping
from interfaces.importing.mapping_rule import RuleKind
from interfaces.importing.refusals import MappingRefused
from tests.interfaces.importing.extracts import HEADER, mapping_file
from tests.interfaces.importing.registries import MAPPINGS, REPOSITORY

FAULTS = {
    "unknown part": (('[ignored]', '[ignore]'), "ignore: is no part of a mapping"),
    "no name": (('name = "small"', ""), "name: is missing"),
    "bad name": (('name = "small"', 'name = "Small mapping"'), "is no name"),
    "no treatment": (("[treatment]", "[[treatment]]"), "treatment"),
    "TOML": (('name = "small"', 'name = "small'), "TOML"),
    "unknown field": (("product_kind", "product_sort"), "product_sort: there is no such field"),
    "unknown field in a section": (("delivery.route", "delivery.rout"), "delivery.rout: there is no such field"),
    "field of the importer": (("product_kind =", "own_reference ="), "is filled by the importer"),
    "unknown code": (('"bone_marrow"', '"bone-marrow"'), "'bone-marrow' is no code of the list"),
    "unknown code in a map": (('S = "allogeneic_related"', 'S = "sibling"'), "'sibling' is no code"),
    "unknown code in a report": (('["death"]\noutcome', '["deth"]\noutcome'), "'deth' is no code"),
    "grade": (("grade = 5", "grade = 6"), "is no grade"),
    "not a number": (('{ column = "born" }', '"young"'), "'young' is no whole number"),
    "not a date": (('{ column = "treated", date = "%d.%m.%Y" }', '"1985-1989"'), "is no date"),
    "list for one value": (('product_kind = "cells"', 'product_kind = ["cells"]'), "takes one value"),
    "nothing given": (("origin.tissue = \"bone_marrow\"\n", ""), "must give origin.tissue"),
    "section half given": (("product_kind =", "malignancy.prior = 'yes'\nprior_therapy.times = 1\nproduct_kind ="),
                           "must give prior_therapy.given"),
    "no event": (('verbatim_term = "Death"\n', ""), "must say what happened"),
    "name twice": (('name = "last-contact"', 'name = "death"'), "two rules have this name"),
    "no reporter": (('reporter = "clinic"\n', ""), "must say who reports"),
    "unknown rule": (('adverse_events = ["death"]', 'adverse_events = ["dead"]'), "no [[adverse_event]] 'dead'"),
    "condition on nothing": (('"died", equals = "1" }\nverb', '"died" }\nverb'), "compares with nothing"),
    "unknown comparison": (("at_least = 1", "larger = 1"), "'larger' is no comparison"),
    "comparison with a text": (("at_least = 1", 'at_least = "1"'), "is no number"),
    "condition of the treatment": (("[treatment]", '[treatment]\nwhen = { column = "died", equals = "0" }'),
                                   "cannot leave one out"),
    "one bracket": (("[[adverse_event]]", "[adverse_event]"), "with two brackets"),
    "two sources": (('{ column = "born" }', '{ column = "born", text = "x" }'), "exactly one of"),
    "map and date": (('date = "%d.%m.%Y"', 'date = "%d", map = { a = "b" }'), "only one"),
    "braces": (('product_kind = "cells"', 'product_kind = "cells"\nwords.comment = { text = "{born" }'), "do not pair"),
    "short code": (('registry = "blood"', 'registry = "Blood!"'), "is no short code"),
    "ignored without reason": (('"words of nobody knows whom"', '""'), "say in words why"),
    "delimiter": (("[file]", '[file]\ndelimiter = ";;"'), "is no single character"),
    "encoding": (("[file]", '[file]\nencoding = "utf-9"'), "is no encoding"),
    "binary encoding": (("[file]", '[file]\nencoding = "base64"'), "is no encoding"),
    "missing reason": (("product_kind =", 'missing = { course = "forgotten" }\nproduct_kind ='), "is no reason"),
    "missing field": (("product_kind =", 'missing = { curse = "unknown" }\nproduct_kind ='), "no such field"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_mapping_is_refused_with_place_and_problem(name: str, tmp_path: Path) -> None:
    change, message = FAULTS[name]
    path = mapping_file(tmp_path, change)

    with pytest.raises(MappingRefused) as refused:
        load_mapping(path)

    assert message in str(refused.value)
    assert "small.toml" in str(refused.value)
    assert "nothing was imported" in str(refused.value)


def test_a_mapping_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'name = "\xff"')

    for path in (binary, tmp_path / "absent.toml", tmp_path):
        with pytest.raises(MappingRefused):
            load_mapping(path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("born,", ""), "no column 'born'"),
        (HEADER.replace(",note", ""), r"\[ignored\]: the extract has no column 'note'"),
        (HEADER + ",extra", "'extra' is neither used nor ignored"),
        ("a,b,c", "no column"),
    ],
)
def test_every_column_is_used_or_ignored_and_there(header: str, message: str, tmp_path: Path) -> None:
    mapping = load_mapping(mapping_file(tmp_path))

    mapping.check_header(HEADER.split(","))
    with pytest.raises(MappingRefused, match=message):
        mapping.check_header(header.split(","))


def test_a_column_cannot_be_used_and_ignored(tmp_path: Path) -> None:
    mapping = load_mapping(mapping_file(tmp_path, ("[ignored]", '[ignored]\nborn = "unsure"')))

    with pytest.raises(MappingRefused, match="'born' is used all the same"):
        mapping.check_header(HEADER.split(","))


def test_columns_in_conditions_maps_texts_and_choices_count_as_used(tmp_path: Path) -> None:
    choice = (
        'product_kind = { choose = [{ when = { column = "c1", empty = true }, value = "cells" }, { column = "c2" }] }'
    )
    words = 'words.comment = { text = "{c3} and {c4.x}, row {#row}" }'
    mapping = load_mapping(mapping_file(tmp_path, ('product_kind = "cells"', f"{choice}\n{words}")))

    assert {"c1", "c2", "c3", "c4.x", "died", "donor", "id"} <= mapping.columns
    assert "#row" not in mapping.columns


def test_what_is_known_of_a_report_is_what_a_report_has() -> None:
    fields = {each.name for each in dataclasses.fields(ReportForm)}

    assert set(REPORT_CODES) | REPORT_DATES | REPORT_DAYS <= fields


def test_the_mapping_in_the_documentation_is_a_mapping(tmp_path: Path) -> None:
    documentation = (REPOSITORY / "docs" / "importing.md").read_text("utf-8")
    path = tmp_path / "documented.toml"
    path.write_text(documentation.partition("```toml\n")[2].partition("```")[0], "utf-8")

    assert load_mapping(path).name == "our-extract"


def test_the_mappings_shipped_can_be_read_and_explain_what_they_ignore() -> None:
    mappings = {path.stem: load_mapping(path) for path in MAPPINGS.glob("*.toml")}

    assert {"ebmt4", "bmt"} <= mappings.keys()
    for name, mapping in mappings.items():
        assert mapping.name == name
        assert all(len(why) > 10 for why in mapping.ignored.values())
        assert {rule.kind for rule in mapping.follow_ups} == {RuleKind.follow_up}
