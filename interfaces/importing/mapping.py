"""How the columns of one kind of extract become treatments, adverse events and follow-ups: a TOML file, checked whole.

Every column of the extract is used or listed as ignored with the reason, so that nothing is silently lost. The names
of the mapping and of its rules are part of the ids of what is imported: they stay when a mapping is improved.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interfaces.importing.mapping_rule import Rule, RuleKind, rule_of
from interfaces.importing.refusals import MappingFault, MappingRefused
from interfaces.importing.row import ROW_NUMBER
from interfaces.importing.value_source import Source, source_of

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_SHORT_CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")
_PARTS = frozenset(
    {"name", "reference", "registry", "clinic", "file", "values", "ignored", "treatment", "adverse_event", "follow_up"}
)
_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class FileShape:
    """How the text of the extract is laid out."""

    delimiter: str = ","
    encoding: str = "utf-8"
    empty: frozenset[str] = frozenset()
    """Texts that stand for no value, beside nothing at all."""


@dataclass(frozen=True, slots=True)
class ExtractMapping:
    """A mapping, checked as far as it can be without the extract."""

    file: str
    """Where it was read from, for messages."""
    name: str
    shape: FileShape
    reference: Source
    """The clinic's own reference of the treatment."""
    registry: Source
    """Short code of the registry."""
    clinic: Source | None
    """Name of the clinic; None where all rows belong to one."""
    values: Mapping[str, frozenset[str]]
    """Columns whose every cell must be one of these texts."""
    ignored: Mapping[str, str]
    """Columns that are left out, with the reason."""
    treatment: Rule
    adverse_events: tuple[Rule, ...]
    follow_ups: tuple[Rule, ...]

    @property
    def columns(self) -> frozenset[str]:
        """Return every column that the mapping uses."""
        sources = [self.reference, self.registry, *([self.clinic] if self.clinic else [])]
        rules = [self.treatment, *self.adverse_events, *self.follow_ups]
        used = frozenset[str]().union(*(source.columns for source in sources), *(rule.columns for rule in rules))
        return used - {ROW_NUMBER}

    def check_header(self, header: Sequence[str]) -> None:
        """Refuse an extract whose columns are not exactly those used and those ignored; raise MappingRefused."""
        known = set(header)
        for field, named in (("columns used", self.columns), ("[ignored]", self.ignored), ("[values]", self.values)):
            if absent := sorted(set(named) - known):
                problem = f"the extract has no column {_listed(absent)}; its columns are {_listed(header)}"
                raise MappingRefused(file=self.file, field=field, problem=problem)
        if both := sorted(self.columns & self.ignored.keys()):
            raise MappingRefused(file=self.file, field="[ignored]", problem=f"{_listed(both)} is used all the same")
        if unused := [column for column in header if column not in self.columns and column not in self.ignored]:
            problem = f"{_listed(unused)} is neither used nor ignored; list it with the reason, so that nothing is lost"
            raise MappingRefused(file=self.file, field="[ignored]", problem=problem)


def load_mapping(path: Path) -> ExtractMapping:
    """Read a mapping; raise MappingRefused naming the file, the place and the problem."""
    try:
        if path.stat().st_size > _LARGEST:
            raise MappingRefused(file=path.name, field="size", problem="no mapping is larger than a megabyte")
        content = tomllib.loads(path.read_text("utf-8-sig"))
        return _mapping(content, path.name)
    except OSError as error:
        raise MappingRefused(file=path.name, field="file", problem=error.strerror or "it cannot be read") from error
    except UnicodeDecodeError as error:
        raise MappingRefused(file=path.name, field="encoding", problem="it is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingRefused(file=path.name, field="TOML", problem=str(error)) from error
    except MappingFault as fault:
        raise MappingRefused(file=path.name, field=fault.where, problem=fault.problem) from fault


def _mapping(content: dict[str, Any], file: str) -> ExtractMapping:
    if unknown := sorted(content.keys() - _PARTS):
        raise MappingFault(unknown[0], f"is no part of a mapping; there are {', '.join(sorted(_PARTS))}")
    for part in ("name", "reference", "registry", "treatment"):
        if part not in content:
            raise MappingFault(part, "is missing")
    harms = _rules(RuleKind.adverse_event, content.get("adverse_event", []), ())
    return ExtractMapping(
        file=file,
        name=rule_name(content["name"], "name"),
        shape=_shape(content.get("file", {})),
        reference=source_of(content["reference"], "reference"),
        registry=_registry(content["registry"]),
        clinic=source_of(content["clinic"], "clinic") if "clinic" in content else None,
        values=_values(content.get("values", {})),
        ignored=_ignored(content.get("ignored", {})),
        treatment=rule_of(RuleKind.treatment, "treatment", content["treatment"], "treatment", ()),
        adverse_events=harms,
        follow_ups=_rules(RuleKind.follow_up, content.get("follow_up", []), tuple(rule.name for rule in harms)),
    )


def rule_name(name: Any, where: str) -> str:
    """Return a name that can be part of an id; raise MappingFault."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise MappingFault(where, f"{name!r} is no name; it has up to 40 lower-case letters, digits and hyphens")
    return name


def _rules(kind: RuleKind, tables: Any, harms: tuple[str, ...]) -> tuple[Rule, ...]:
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise MappingFault(kind.value, f"is written [[{kind.value}]], with two brackets, once for each rule")
    rules: dict[str, Rule] = {}
    for number, table in enumerate(tables, 1):
        name = rule_name(table.get("name"), f"name of [[{kind.value}]] number {number}")
        if name in rules:
            raise MappingFault(f"{kind.value} {name}", "two rules have this name; their ids would be the same")
        content = {word: value for word, value in table.items() if word != "name"}
        rules[name] = rule_of(kind, name, content, f"{kind.value} {name}", harms)
    return tuple(rules.values())


def _registry(content: Any) -> Source:
    source = source_of(content, "registry")
    for code in source.constants:
        if _SHORT_CODE.fullmatch(code) is None:
            raise MappingFault("registry", f"{code!r} is no short code of a registry, such as 'blood' or 'knee'")
    return source


def _shape(content: Any) -> FileShape:
    if not isinstance(content, dict) or content.keys() - {"delimiter", "encoding", "empty"}:
        raise MappingFault("[file]", "takes delimiter, encoding and empty")
    delimiter, encoding = content.get("delimiter", ","), content.get("encoding", "utf-8")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise MappingFault("[file] delimiter", f'{delimiter!r} is no single character, such as ";" or "\\t"')
    try:
        name = codecs.lookup(encoding).name
        "text".encode(name)
    except (LookupError, TypeError) as error:
        raise MappingFault("[file] encoding", f'{encoding!r} is no encoding, such as "utf-8" or "cp1252"') from error
    empty = content.get("empty", [])
    if not isinstance(empty, list) or not all(isinstance(each, str) for each in empty):
        raise MappingFault("[file] empty", 'takes a list of texts, such as ["NA", "."]')
    return FileShape(delimiter, name, frozenset(empty))


def _values(content: Any) -> dict[str, frozenset[str]]:
    if not isinstance(content, dict):
        raise MappingFault("[values]", 'is written "column" = ["0", "1"]')
    for column, texts in content.items():
        if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
            raise MappingFault(f"[values] {column}", 'takes a list of texts, such as ["0", "1"]')
    return {column: frozenset(texts) for column, texts in content.items()}


def _ignored(content: Any) -> dict[str, str]:
    if not isinstance(content, dict):
        raise MappingFault("[ignored]", 'is written "column" = "why it is left out"')
    for column, why in content.items():
        if not isinstance(why, str) or not why.strip():
            raise MappingFault(f"[ignored] {column}", "say in words why the column is left out")
    return dict(content)


def _listed(columns: Sequence[str]) -> str:
    texts = [repr(column) for column in columns[:30]]
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    return ", ".join(texts) + more
