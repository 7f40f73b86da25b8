"""The planted defects still fit the sources, each is listed with a test that exists, and the planting itself can fail.

All of them are planted by `python -m tests.defects`; here one is, which needs no server.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.defects.catalogue import DEFECTS
from tests.defects.planting import (
    PATCHES,
    REPOSITORY,
    Run,
    Verdict,
    applies,
    copied_tree,
    judged,
    patch_file,
    plant,
    require_own_sources,
)

LATE = next(defect for defect in DEFECTS if defect.patch == "late-on-the-due-day")


def test_every_patch_is_in_the_catalogue_once_and_every_row_has_a_patch() -> None:
    assert sorted(defect.patch for defect in DEFECTS) == sorted(path.stem for path in PATCHES.glob("*.patch"))
    assert len(DEFECTS) >= 20
    assert len({patch_file(defect.patch).read_text() for defect in DEFECTS}) == len(DEFECTS)


@pytest.mark.parametrize("name", [defect.patch for defect in DEFECTS])
def test_a_patch_fits_the_sources(name: str) -> None:
    assert applies(patch_file(name)), "the code it breaks was changed: break the new code in the same way"


@pytest.mark.parametrize("test", sorted({defect.test for defect in DEFECTS}))
def test_a_named_test_exists(test: str) -> None:
    path, _, name = test.partition("::")

    module = ast.parse((REPOSITORY / path).read_text())

    assert name in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}


def test_a_copy_imports_itself() -> None:
    with copied_tree() as tree:
        require_own_sources(tree)
        (tree / "domain" / "__init__.py").unlink()
        (tree / "domain").rename(tree / "gone")
        with pytest.raises(RuntimeError, match=r"domain"):
            require_own_sources(tree)


def test_a_planted_defect_is_caught() -> None:
    planted = plant(patch_file(LATE.patch), LATE.test)

    assert planted.verdict is Verdict.caught, planted.said


def test_where_nothing_is_planted_nothing_is_caught(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.patch"
    nothing.touch()

    planted = plant(nothing, LATE.test)

    assert planted.verdict is Verdict.not_caught
    assert "passed" in planted.said


def test_what_does_not_fit_or_does_not_run_is_not_caught(tmp_path: Path) -> None:
    patch = tmp_path / "astray.patch"

    patch.write_text("--- a/domain/dates.py\n+++ b/domain/dates.py\n@@ -1 +1 @@\n-no such line\n+another\n")
    assert plant(patch, LATE.test).verdict is Verdict.cannot_apply
    patch.write_text(_at_the_end("domain/dates.py", "import no_such_module"))
    assert plant(patch, LATE.test).verdict is not Verdict.caught


def _at_the_end(name: str, line: str) -> str:
    lines = (REPOSITORY / name).read_text().splitlines()
    header = f"--- a/{name}\n+++ b/{name}\n@@ -{len(lines)},1 +{len(lines)},2 @@\n"
    return f"{header} {lines[-1]}\n+{line}\n"


@pytest.mark.parametrize(
    ("code", "said", "verdict"),
    [
        (1, "FAILED tests/a.py::test_b[2] - assert 1", Verdict.caught),
        (1, "FAILED tests/a.py::test_c - assert 1", Verdict.not_caught),
        (1, "ERROR tests/a.py::test_b - assert 1", Verdict.not_caught),
        (2, "ERROR tests/a.py - ImportError", Verdict.not_caught),
        (1, "E   NameError: name 'x'\nFAILED tests/a.py::test_b - NameError", Verdict.no_program),
        (0, "1 passed", Verdict.not_caught),
    ],
)
def test_only_a_failure_of_the_named_test_counts(code: int, said: str, verdict: Verdict) -> None:
    assert judged(Run.of(code, said, 0.0), "tests/a.py::test_b") is verdict
