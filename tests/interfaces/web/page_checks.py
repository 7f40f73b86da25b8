"""What must hold for every page, read from its text alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_LOADING = frozenset({"src", "srcset", "data", "poster", "background", "action", "formaction", "manifest"})
_RUNNING = re.compile(r"\s*(javascript|data|vbscript):", re.IGNORECASE)


class PageChecker(HTMLParser):
    """Collect what is wrong with a page: tags that do not match, doubled ids, anything that runs or loads from afar."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.headings: list[int] = []
        self.titles = 0
        self._open: list[str] = []
        self._ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append(tag)
        self._count(tag)
        given = dict(attrs)
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag == "script" and given.get("type") != "application/ld+json":
            self.faults.append("a script")
        if tag in ("style", "iframe", "object", "embed"):
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> does not match")

    def finish(self) -> list[str]:
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]
        if self.headings.count(1) != 1 or self.titles != 1:
            self.faults.append(f"headings of level 1: {self.headings.count(1)}, titles: {self.titles}")
        previous = 0
        for level in self.headings:
            if level > previous + 1:
                self.faults.append(f"heading {level} follows {previous}")
            previous = level
        return self.faults

    def _count(self, tag: str) -> None:
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.titles += tag == "title"

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name == "style":
            self.faults.append(f"<{tag} {name}>")
        if name == "id" and value in self._ids:
            self.faults.append(f"id {value} twice")
        if name == "id":
            self._ids.add(value)
        if _RUNNING.match(value) and name in (_LOADING | {"href"}):
            self.faults.append(f"<{tag} {name}={value}>")
        loads = name in _LOADING or (tag == "link" and name == "href")
        if loads and not (value.startswith("/") and not value.startswith("//")):
            self.faults.append(f"<{tag} {name}={value}> loads from elsewhere")


def faults_of(page: str) -> list[str]:
    """Return what is wrong with a page."""
    checker = PageChecker()
    if not page.startswith("<!DOCTYPE html>"):
        checker.faults.append("no doctype")
    checker.feed(page)
    return checker.finish()
