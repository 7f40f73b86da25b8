"""Kafka's program files are exactly those of `kafka-jars.lock`: none is used whose SHA-256 is another one.

A file is fetched into a folder aside, checked there, and only then moved to its place; so what is in place was good
when it came. A stamp remembers sizes and times of files that were checked; without it all are checked again.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext
from jgo.parse import Coordinate

from infra.stack.refusals import DownloadFailed, JarTampered
from infra.stack.state_files import exclusive, make_folder, read_json, require_space, write_json

LOCK = Path(__file__).with_name("kafka-jars.lock")
_FETCHERS = 6
_TRIES = 3


class KafkaJars:
    """The jars of Apache Kafka in one folder, fetched from Maven Central when they are missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self._stamp = self.folder / "checked.json"

    def ready(self) -> list[Path]:
        """Return the checked jars in the order of the lock; fetch what is missing.

        Raises: JarTampered, DownloadFailed, DiskTooFull
        """
        make_folder(self.folder)
        with exclusive(self.folder / ".lock"):
            wanted = {self.folder / file_name(jar): jar for jar in locked()}
            if self._known() != _fingerprint(wanted):
                self._fetch([jar for path, jar in wanted.items() if not path.exists()])
                for path, jar in wanted.items():
                    _require_intact(path, jar)
                write_json(self._stamp, _fingerprint(wanted))
        return list(wanted)

    def _known(self) -> object:
        return read_json(self._stamp)

    def _fetch(self, missing: list[LockedDependency]) -> None:
        if not missing:
            return
        require_space(self.folder)
        aside = self.folder / ".incoming"
        shutil.rmtree(aside, ignore_errors=True)
        with ThreadPoolExecutor(_FETCHERS) as pool:
            for jar, fetched in pool.map(lambda jar: (jar, self._download(jar, aside)), missing):
                _require_intact(fetched, jar)
                fetched.replace(self.folder / file_name(jar))
        shutil.rmtree(aside, ignore_errors=True)

    def _download(self, jar: LockedDependency, aside: Path) -> Path:
        logging.getLogger("jgo").setLevel(logging.ERROR)
        problem: Exception | None = None
        for _ in range(_TRIES):
            own = aside / uuid.uuid4().hex
            context = MavenContext(repo_cache=own, local_repos=[], remote_repos={"central": MAVEN_CENTRAL_URL})
            coordinate = Coordinate(jar.groupId, jar.artifactId, jar.version, packaging=jar.packaging)
            try:
                return context.create_dependency(coordinate).artifact.resolve()
            except (OSError, RuntimeError) as error:
                problem = error
        raise DownloadFailed(jar=file_name(jar), problem=_short(problem), cache=self.folder) from problem


def locked() -> list[LockedDependency]:
    """Return the jars of the committed lock."""
    dependencies: list[LockedDependency] = LockFile.load(LOCK).dependencies
    return dependencies


def file_name(jar: LockedDependency) -> str:
    """Return the name of the jar's file."""
    return f"{jar.artifactId}-{jar.version}.{jar.packaging}"


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_intact(path: Path, jar: LockedDependency) -> None:
    found = sha256(path)
    if found != jar.sha256:
        path.unlink()
        raise JarTampered(jar=path.name, found=found, expected=jar.sha256)


def _fingerprint(paths: Iterable[Path]) -> dict[str, object]:
    files: dict[str, object] = {"lock": sha256(LOCK)}
    for path in paths:
        if path.exists():
            status = path.stat()
            files[path.name] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return files


def _short(problem: Exception | None) -> str:
    text = type(problem).__name__ if isinstance(problem, OSError) else str(problem)
    return text.split("\n", 1)[0][:200]
