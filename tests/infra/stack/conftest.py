"""Folders for servers of a test's own: with a space in the name, open to PostgreSQL's account, removed afterwards.

pytest's own temporary folders are closed to other accounts, so PostgreSQL under root could not have its data there.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.stack.state_files import make_folder, read_json


@contextmanager
def folder_for_a_while(state_dir: Path) -> Iterator[Path]:
    folder = make_folder(state_dir / "scratch" / f"a folder {uuid.uuid4().hex[:8]}")
    try:
        yield folder
    finally:
        for elsewhere in folder.rglob("elsewhere.json"):
            shutil.rmtree(read_json(elsewhere)["place"], ignore_errors=True)
        shutil.rmtree(folder)


@pytest.fixture
def scratch(stack_state_dir: Path) -> Iterator[Path]:
    with folder_for_a_while(stack_state_dir) as folder:
        yield folder


@pytest.fixture(scope="module")
def module_scratch(stack_state_dir: Path) -> Iterator[Path]:
    with folder_for_a_while(stack_state_dir) as folder:
        yield folder
