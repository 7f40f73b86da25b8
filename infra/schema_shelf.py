"""A schema that was released never changes and keeps its id for ever; before that it follows its class.

`ids.json` gives ids and only grows; `released.sha256` holds digest, id and name of every released file.
Run as `python -m infra.schema_shelf`: writes what is missing; `--unreleased-anew` drafts again whatever was not
released, `--release` marks everything as released.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from domain.aggregate import RegistryEvent
from domain.catalogue import event_classes, personal_parts
from domain.errors import RegistryError
from domain.sealed import PersonalPart
from infra.schema_drafting import disclosure_of, draft
from schemas.catalogue import FOLDER, read_ids

IDS = "ids.json"
RELEASED = "released.sha256"


class ReleasedSchemaChanged(RegistryError):
    """{file} was released and it, or its id, is not what it was."""

    remedy = "Restore it from the release; give the changed class a new version in its TOPIC instead."


class ClassAheadOfSchema(RegistryError):
    """{topic} was released, and its class says something else now."""

    remedy = "Give the class the next version in its TOPIC and draft again; nothing was written."


def drafts() -> dict[str, dict[str, Any]]:
    """Return the schema of every event and personal part by topic, drafted from the classes as they are now."""
    kinds: list[type[RegistryEvent | PersonalPart]] = [*event_classes().values(), *personal_parts().values()]
    return {kind.TOPIC: draft(kind, disclosure_of(kind)) for kind in kinds}


def released(folder: Path) -> list[str]:
    """Return the released topics; raise ReleasedSchemaChanged when a file or its id is not what it was."""
    path = folder / RELEASED
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    ids = read_ids(folder) if lines else {}
    for line in lines:
        topic = line.split()[2].removesuffix(".avsc")
        if not (folder / f"{topic}.avsc").exists() or _line(folder, topic, ids.get(topic)) != line:
            raise ReleasedSchemaChanged(file=f"{topic}.avsc")
    return [line.split()[2].removesuffix(".avsc") for line in lines]


def unlike(first: Any, second: Any) -> bool:
    """Tell whether two schemas differ in more than their words: the docs of a released one may grow old."""
    return bool(_without_docs(first) != _without_docs(second))


def shelve(folder: Path, wanted: dict[str, dict[str, Any]], *, anew: bool) -> list[str]:
    """Write the schemas that are missing (`anew`: all that were not released) and return their topics.

    Raises ReleasedSchemaChanged, ClassAheadOfSchema; then nothing was written.
    """
    kept = released(folder)
    for topic in wanted.keys() & set(kept):
        if unlike(json.loads((folder / f"{topic}.avsc").read_text("utf-8")), wanted[topic]):
            raise ClassAheadOfSchema(topic=topic)
    ids = read_ids(folder) if (folder / IDS).exists() else {}
    if anew:
        ids = {topic: number for topic, number in ids.items() if topic in kept}
        for stale in {path.stem for path in folder.glob("*.avsc")} - set(kept):
            (folder / f"{stale}.avsc").unlink()
    written = [topic for topic in wanted if topic not in kept and not (folder / f"{topic}.avsc").exists()]
    for topic in written:
        _write_json(folder / f"{topic}.avsc", wanted[topic])
    for topic in wanted:
        ids.setdefault(topic, max(ids.values(), default=0) + 1)
    _write_json(folder / IDS, ids)
    return written


def release(folder: Path) -> list[str]:
    """Mark every schema of the folder as released and return the topics that were not so before."""
    before, ids = released(folder), read_ids(folder)
    fresh = sorted(ids.keys() - set(before), key=ids.__getitem__)
    with (folder / RELEASED).open("a", encoding="utf-8") as marks:
        marks.writelines(f"{_line(folder, topic, ids[topic])}\n" for topic in fresh)
    return fresh


def _line(folder: Path, topic: str, schema_id: int | None) -> str:
    digest = hashlib.sha256((folder / f"{topic}.avsc").read_bytes()).hexdigest()
    return f"{digest} {schema_id} {topic}.avsc"


def _without_docs(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_docs(value) for key, value in schema.items() if key != "doc"}
    return [_without_docs(each) for each in schema] if isinstance(schema, list) else schema


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Bring the schemas up to the classes, for a developer at a terminal."""
    parser = argparse.ArgumentParser(prog="python -m infra.schema_shelf", description=main.__doc__)
    parser.add_argument("--unreleased-anew", action="store_true", help="draft every schema that wasn't released again")
    parser.add_argument("--release", action="store_true", help="mark all schemas as released: they never change again")
    options = parser.parse_args(arguments)
    try:
        written = shelve(folder, drafts(), anew=options.unreleased_anew)
        fresh = release(folder) if options.release else []
    except RegistryError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write("".join([f"drafted {topic}\n" for topic in written] + [f"released {topic}\n" for topic in fresh]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
