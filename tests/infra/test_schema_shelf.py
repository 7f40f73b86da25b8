"""The shipped schemas are those of the classes; a released one is never changed, renumbered or lost."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra.schema_shelf import (
    ClassAheadOfSchema,
    ReleasedSchemaChanged,
    drafts,
    main,
    release,
    released,
    shelve,
    unlike,
)
from schemas.catalogue import FOLDER, load, read

RECORD: dict[str, Any] = {
    "type": "record",
    "name": "Sample",
    "namespace": "icms.registry",
    "doc": "Words.",
    "disclosure": "party",
    "fields": [{"name": "text", "type": "string", "doc": "Words."}],
}
SAMPLE = {"Sample.v1": RECORD}
OTHER = {"Other.v1": {**RECORD, "name": "Other"}}


def other_field() -> dict[str, Any]:
    return {**RECORD, "fields": [{"name": "text", "type": "long", "doc": "Words."}]}


@pytest.mark.parametrize("topic", sorted(drafts()))
def test_class_and_shipped_schema_say_the_same(topic: str) -> None:
    shipped = json.loads(load().by_topic(topic).text)

    if topic in released(FOLDER):
        assert not unlike(shipped, drafts()[topic])
    else:
        assert shipped == drafts()[topic], "run `python -m infra.schema_shelf --unreleased-anew`"


def test_every_unreleased_schema_has_a_class() -> None:
    assert {schema.topic for schema in load().all()} - set(released(FOLDER)) <= drafts().keys()
    assert {schema.name for schema in load().all()} >= {topic.rpartition(".")[0] for topic in drafts()}


def test_newest_version_of_every_name_is_the_class_s() -> None:
    newest = {load().newest(topic.rpartition(".")[0]).topic for topic in drafts()}

    assert newest == drafts().keys()


def test_parity_notices_a_changed_class() -> None:
    changed = copy.deepcopy(drafts()["RoleGranted.v1"])
    changed["fields"][-1]["name"] = "granted_to"

    assert unlike(changed, drafts()["RoleGranted.v1"])


def test_new_schemas_get_the_next_ids(tmp_path: Path) -> None:
    assert shelve(tmp_path, SAMPLE, anew=False) == ["Sample.v1"]

    assert shelve(tmp_path, {**OTHER, **SAMPLE}, anew=False) == ["Other.v1"]

    assert {schema.topic: schema.id for schema in read(tmp_path).all()} == {"Sample.v1": 1, "Other.v1": 2}


def test_unreleased_schema_is_drafted_again_only_when_asked(tmp_path: Path) -> None:
    shelve(tmp_path, {**SAMPLE, **OTHER}, anew=False)
    changed = {"Sample.v1": other_field()}

    shelve(tmp_path, changed, anew=False)
    assert json.loads(read(tmp_path).by_topic("Sample.v1").text) == RECORD

    shelve(tmp_path, changed, anew=True)
    assert json.loads(read(tmp_path).by_topic("Sample.v1").text) == other_field()
    assert [schema.topic for schema in read(tmp_path).all()] == ["Sample.v1"]


def test_released_schema_is_kept_with_its_id(tmp_path: Path) -> None:
    shelve(tmp_path, {**OTHER, **SAMPLE}, anew=False)
    assert release(tmp_path) == ["Other.v1", "Sample.v1"]
    assert release(tmp_path) == []
    before = (tmp_path / "Sample.v1.avsc").read_bytes()

    shelve(tmp_path, {"Sample.v2": other_field(), **SAMPLE}, anew=True)

    assert (tmp_path / "Sample.v1.avsc").read_bytes() == before
    assert [schema.topic for schema in read(tmp_path).all()] == ["Other.v1", "Sample.v1", "Sample.v2"]


def test_class_that_left_its_released_schema_is_refused(tmp_path: Path) -> None:
    shelve(tmp_path, SAMPLE, anew=False)
    release(tmp_path)

    with pytest.raises(ClassAheadOfSchema, match=r"Sample\.v1"):
        shelve(tmp_path, {"Sample.v1": other_field(), **OTHER}, anew=True)

    assert not (tmp_path / "Other.v1.avsc").exists()


def test_better_words_of_a_class_leave_the_released_file_alone(tmp_path: Path) -> None:
    shelve(tmp_path, SAMPLE, anew=False)
    release(tmp_path)

    assert shelve(tmp_path, {"Sample.v1": {**RECORD, "doc": "Better words."}}, anew=True) == []


def _edit(folder: Path) -> None:
    file = folder / "Sample.v1.avsc"
    file.write_text(file.read_text().replace("Words", "words", 1))


def _renumber(folder: Path) -> None:
    (folder / "ids.json").write_text('{"Sample.v1": 2}')


def _forget(folder: Path) -> None:
    (folder / "ids.json").write_text("{}")


def _remove(folder: Path) -> None:
    (folder / "Sample.v1.avsc").unlink()


@pytest.mark.parametrize("damage", [_edit, _renumber, _forget, _remove])
def test_touched_release_is_noticed(tmp_path: Path, damage: Any) -> None:
    shelve(tmp_path, SAMPLE, anew=False)
    release(tmp_path)
    assert released(tmp_path) == ["Sample.v1"]

    damage(tmp_path)

    with pytest.raises(ReleasedSchemaChanged, match=r"Sample\.v1"):
        released(tmp_path)


def test_command_drafts_all_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], tmp_path) == 0
    assert "drafted RoleGranted.v1" in capsys.readouterr().out
    assert main(["--release"], tmp_path) == 0
    assert "released RoleGranted.v1" in capsys.readouterr().out
    assert {schema.topic for schema in read(tmp_path).all()} == drafts().keys()

    (tmp_path / "RoleGranted.v1.avsc").write_text("{}")
    assert main(["--unreleased-anew"], tmp_path) == 1
    assert "RoleGranted.v1.avsc was released" in capsys.readouterr().err
