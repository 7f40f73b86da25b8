"""An import in a process of its own, so that it can be killed: prints each row's answer as it is given."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from interfaces.importing.csv_extract import CsvExtract
from interfaces.importing.extract_import import import_extract, survey
from interfaces.importing.mapping import load_mapping
from tests.interfaces.importing.registries import MAPPINGS, ONE_CLINIC, PHYSICIAN, stored


def main(owner_dsn: str, path: str) -> None:
    """Import an extract by the mapping of ebmt4."""
    mapping = load_mapping(MAPPINGS / "ebmt4.toml")
    with CsvExtract(Path(path), mapping.shape) as extract, stored(owner_dsn, found=False) as target:
        found = survey(extract, mapping)
        for answer in import_extract(extract, mapping, found, ONE_CLINIC, target.handler, PHYSICIAN):
            sys.stdout.write(msgspec.json.encode(answer.as_line()).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
