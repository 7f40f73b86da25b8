"""The shipped schemas agree with their ids and names; a catalogue that contradicts itself is refused as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import FOLDER, CatalogueDamaged, NoSuchSchema, load, read

RECORD = {"type": "record", "name": "Sample", "namespace": "icms.registry", "disclosure": "party", "fields": []}


def write(folder: Path, ids: Any, **files: Any) -> Path:
    (folder / "ids.json").write_text(ids if isinstance(ids, str) else json.dumps(ids))
    for topic, content in files.items():
        name = topic.replace("_", ".")
        (folder / f"{name}.avsc").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_every_shipped_schema_is_found_by_topic_id_and_name() -> None:
    catalogue = load()

    assert len(catalogue.all()) == len(list(FOLDER.glob("*.avsc")))
    for schema in catalogue.all():
        assert catalogue.by_topic(schema.topic) is catalogue.by_id(schema.id) is schema
        assert catalogue.newest(schema.name).version >= schema.version
        assert schema.parsed["name"] == schema.full_name == f"icms.registry.{schema.name}"


def test_what_is_not_there_is_named() -> None:
    for ask in (lambda: load().by_topic("No.v1"), lambda: load().by_id(0), lambda: load().newest("No")):
        with pytest.raises(NoSuchSchema):
            ask()


def test_every_field_and_type_is_documented() -> None:
    for schema in load().all():
        undocumented = list(_undocumented(json.loads(schema.text), schema.topic))

        assert undocumented == []


def _undocumented(part: Any, where: str) -> Any:
    if isinstance(part, list):
        for each in part:
            yield from _undocumented(each, where)
    elif isinstance(part, dict):
        if part.get("type") in ("record", "enum") and not part.get("doc"):
            yield where
        for field in part.get("fields", []):
            if not field.get("doc"):
                yield f"{where}.{field['name']}"
            yield from _undocumented(field["type"], f"{where}.{field['name']}")
        yield from _undocumented(part.get("items"), where)


def test_words_of_a_docless_field_would_be_missed() -> None:
    planted = {"type": "record", "doc": "x", "fields": [{"name": "bare", "type": "string"}]}

    assert list(_undocumented(planted, "X")) == ["X.bare"]


def test_every_code_list_can_grow() -> None:
    for schema in load().all():
        for code_list in _enums(json.loads(schema.text)):
            assert code_list["default"] == code_list["symbols"][0] == "unrecognised"


def _enums(part: Any) -> Any:
    if isinstance(part, dict):
        if part.get("type") == "enum":
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _enums(each)


def test_newest_version_is_by_number(tmp_path: Path) -> None:
    ids = {f"Sample.v{version}": version for version in (2, 10, 9)}
    write(tmp_path, ids, Sample_v2=RECORD, Sample_v10=RECORD, Sample_v9=RECORD)

    assert read(tmp_path).newest("Sample").topic == "Sample.v10"


@pytest.mark.parametrize(
    ("ids", "files"),
    [
        ({"Sample.v1": 1, "Other.v1": 1}, {"Sample_v1": RECORD, "Other_v1": {**RECORD, "name": "Other"}}),
        ({"Sample.v1": 1}, {}),
        ({}, {"Sample_v1": RECORD}),
        ({"Sample.v1": 0}, {"Sample_v1": RECORD}),
        ({"Sample.v1": True}, {"Sample_v1": RECORD}),
        ({"Sample.v1": "1"}, {"Sample_v1": RECORD}),
        ({"Sample.v1": 2**31}, {"Sample_v1": RECORD}),
        ('{"Sample.v1": 1, "Sample.v1": 2}', {"Sample_v1": RECORD}),
        ("{", {"Sample_v1": RECORD}),
        ({"Sample.v1": 1}, {"Sample_v1": {**RECORD, "name": "Other"}}),
        ({"Sample.v1": 1}, {"Sample_v1": {**RECORD, "namespace": "elsewhere"}}),
        ({"Sample.v1": 1}, {"Sample_v1": {**RECORD, "type": "enum"}}),
        ({"Sample.v1": 1}, {"Sample_v1": {**RECORD, "disclosure": "secret"}}),
        ({"Sample.v1": 1}, {"Sample_v1": {key: RECORD[key] for key in RECORD if key != "disclosure"}}),
        ({"Sample.v1": 1}, {"Sample_v1": "{"}),
        ({"Sample.v1": 1}, {"Sample_v1": "[]"}),
        ({"Sample.1": 1}, {"Sample_1": RECORD}),
        ({"Sample.v01": 1}, {"Sample_v01": RECORD}),
    ],
)
def test_contradiction_is_refused(tmp_path: Path, ids: Any, files: dict[str, Any]) -> None:
    write(tmp_path, ids, **files)

    with pytest.raises(CatalogueDamaged):
        read(tmp_path)


def test_folder_without_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueDamaged, match=r"ids\.json"):
        read(tmp_path)
