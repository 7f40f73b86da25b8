"""The documents people read, and the parts of them that can be checked: links, command lines, tables, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```\s*?$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_PROMPT = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:.*?\| *)?(?:\.venv/bin/)?(icms(?: .*)?)$")


class Place(NamedTuple):
    """A piece of text and the document it stands in."""

    document: str
    text: str


def documents() -> list[Path]:
    """Return every Markdown file that is part of the documentation."""
    return [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def links() -> Iterator[Place]:
    """Yield the target of every link and image outside code."""
    for path in documents():
        for target in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
            yield Place(_name(path), target)


def command_lines(program: str) -> Iterator[Place]:
    """Yield every command line of `icms` or `make` that stands in a block of code or between backticks."""
    for path in documents():
        text = path.read_text("utf-8")
        for block in _FENCE.findall(text):
            for line in _joined(block).splitlines():
                if (found := _of(program, line)) is not None:
                    yield Place(_name(path), found)
        for inline in _INLINE.findall(_FENCE.sub("", text)):
            if inline.split()[:1] == [program]:
                yield Place(_name(path), inline)


def table(document: str, name: str) -> list[list[str]]:
    """Return the rows of the table below the mark `<!-- table: name -->`, without its head, cell by cell."""
    text = (REPOSITORY / document).read_text("utf-8")
    below = text.partition(f"<!-- table: {name} -->")[2].lstrip("\n")
    lines = []
    for line in below.splitlines():
        if not line.startswith("|"):
            break
        lines.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return lines[2:]


def anchors(path: Path) -> set[str]:
    """Return the anchors that a document's headings have on the usual hosts."""
    headings = re.findall(r"^#+ +(.*)$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _joined(block: str) -> str:
    return block.replace("\\\n", " ")


def _of(program: str, line: str) -> str | None:
    line = line.partition("   #")[0].rstrip()
    if program == "icms":
        found = _PROMPT.match(line)
        return found[1] if found else None
    return line.removeprefix("$ ").strip() if line.removeprefix("$ ").startswith(f"{program} ") else None


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()
