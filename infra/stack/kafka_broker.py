"""The local Kafka is one durable cluster per state folder, of one node or three; who asks gets the one that runs.

Clients give a name and a password (SCRAM-SHA-512), and only the administrator may do anything before rights are given.
A node that was killed finds its log again when it is started.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from infra.stack.kafka_config import ADMIN, USERS, NodePorts
from infra.stack.kafka_node import KafkaNode
from infra.stack.ports import LOOPBACK, is_free, keep_or_choose
from infra.stack.process import end_all
from infra.stack.refusals import ForeignCluster, ServerDidNotAnswer, StateOfAnotherShape
from infra.stack.state_files import Secrets, exclusive, make_folder, make_private_folder, read_json, write_json

if TYPE_CHECKING:
    from infra.stack.kafka_jars import KafkaJars

_PATIENCE = 120.0
_HAND_OVER = 10.0


class NodeState(NamedTuple):
    """A node as seen now."""

    name: str
    pid: int | None
    running: bool


class KafkaCluster:
    """The Kafka of one state folder; nodes are numbered from 1."""

    def __init__(self, state_dir: Path, brokers: Literal[1, 3] = 1, jars: Path | None = None) -> None:
        self.state_dir = Path(state_dir).absolute()
        self.folder = self.state_dir / "kafka"
        self.brokers = brokers
        self._jars_folder = jars or self.state_dir / "kafka-jars"
        self._file = self.folder / "cluster.json"
        self._nodes = {number: KafkaNode(self.folder / f"node-{number}", number) for number in range(1, brokers + 1)}

    @cached_property
    def _jars(self) -> KafkaJars:
        # Imported here: who only looks at the nodes needs neither Kafka's client nor what fetches jars.
        from infra.stack.kafka_jars import KafkaJars

        return KafkaJars(self._jars_folder)

    def start(self) -> str:
        """Start the nodes that do not run, wait until all of them serve, and return the bootstrap servers.

        Raises: StackRefused
        """
        make_folder(self.state_dir)
        make_private_folder(self.folder)
        with exclusive(self.folder / ".lock"):
            cluster_id, ports = self._plan()
            asleep = [number for number in self._nodes if self._nodes[number].process() is None]
            if asleep:
                self._launch(asleep, cluster_id, ports)
            self._wait_until_ready(cluster_id)
        return self.bootstrap_servers()

    def stop(self) -> None:
        """End all nodes together: one after the other, the last would wait for a majority that is gone."""
        if not self.folder.exists():
            return
        with exclusive(self.folder / ".lock"):
            found = [process for node in self._nodes.values() for process in node.processes()]
            end_all(found, who="Kafka", patience=_HAND_OVER)

    def nodes(self) -> list[NodeState]:
        """Return each node with its process number."""
        found = [(node.name, node.process()) for node in self._nodes.values()]
        return [NodeState(name, process.pid if process else None, process is not None) for name, process in found]

    def kill_node(self, number: int) -> None:
        """End one node as a crash does."""
        self._nodes[number].kill()

    def start_node(self, number: int) -> None:
        """Start one node at the ports it had, without waiting for it to serve.

        Raises: PortTaken, ServerDidNotStart
        """
        with exclusive(self.folder / ".lock"):
            if self._nodes[number].process() is None:
                ports = self._ports()
                self._nodes[number].launch(ports[number], self._jars.ready())

    def users(self) -> dict[str, str]:
        """Return the password of each user of the cluster."""
        made = any(node.has_data() for node in self._nodes.values())
        secrets = Secrets(make_folder(self.state_dir))
        return {user: secrets.password(f"kafka.{user}", may_create=not made) for user in USERS}

    def bootstrap_servers(self) -> str:
        """Return the addresses at which the nodes listen or listened last."""
        return ",".join(f"{LOOPBACK}:{ports.clients}" for _, ports in sorted(self._ports().items()))

    def cluster_id(self) -> str | None:
        """Return the cluster's id, or None before the first start."""
        match read_json(self._file):
            case {"cluster_id": str(cluster_id)}:
                return cluster_id
            case _:
                return None

    def _ports(self) -> dict[int, NodePorts]:
        match read_json(self._file):
            case {"ports": dict(ports)}:
                return {int(number): NodePorts(*pair) for number, pair in ports.items()}
            case _:
                return {}

    def _plan(self) -> tuple[str, dict[int, NodePorts]]:
        """Return the id and the ports, remembered before anything is made with them."""
        cluster_id, ports = self.cluster_id() or _new_cluster_id(), self._ports()
        if ports and len(ports) != self.brokers:
            raise StateOfAnotherShape(path=self.folder, made=len(ports), asked=self.brokers)
        if not any(node.process() for node in self._nodes.values()):
            ports = _settled(ports, self._nodes)
        self._remember(cluster_id, ports)
        return cluster_id, ports

    def _remember(self, cluster_id: str, ports: dict[int, NodePorts]) -> None:
        plain = {str(number): [pair.clients, pair.controller] for number, pair in ports.items()}
        write_json(self._file, {"cluster_id": cluster_id, "ports": plain})

    def _launch(self, numbers: Sequence[int], cluster_id: str, ports: dict[int, NodePorts]) -> None:
        jars, passwords = self._jars.ready(), self.users()
        for number in numbers:
            self._nodes[number].format(cluster_id, ports, passwords, jars)
        for number in numbers:
            self._nodes[number].configure(ports, passwords[ADMIN])
            self._nodes[number].launch(ports[number], jars)

    def _wait_until_ready(self, cluster_id: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not self._all_serve(cluster_id):
            for node in self._nodes.values():
                if node.process() is None:
                    raise node.did_not_start()
            if time.monotonic() > deadline:
                node = self._nodes[1]
                raise ServerDidNotAnswer(who=node.name, seconds=_PATIENCE, log=node.log)
            time.sleep(0.1)

    def _all_serve(self, cluster_id: str) -> bool:
        from kafka.errors import KafkaError

        from infra.stack.kafka_admin import describe

        if any(is_free(ports.clients) for ports in self._ports().values()):
            return False
        try:
            described = describe(self.bootstrap_servers(), self.users()[ADMIN])
        except KafkaError:
            return False
        if described["cluster_id"] != cluster_id:
            address = self.bootstrap_servers()
            raise ForeignCluster(address=address, found=described["cluster_id"], ours=cluster_id)
        return len(described["brokers"]) == self.brokers


def _settled(ports: dict[int, NodePorts], numbers: Iterable[int]) -> dict[int, NodePorts]:
    """Keep each port that is free, and choose another for each that is not; nobody depends on them while all sleep."""
    settled: dict[int, NodePorts] = {}
    used: set[int] = set()
    for number in numbers:
        old = ports.get(number)
        clients = keep_or_choose(old.clients if old else None, used)
        used.add(clients)
        controller = keep_or_choose(old.controller if old else None, used)
        used.add(controller)
        settled[number] = NodePorts(clients, controller)
    return settled


def _new_cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
