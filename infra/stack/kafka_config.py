"""What a node of the local Kafka is told: who may speak to it (everybody needs a password, and rights are given one by
one), how many copies make a record safe, and to stay small. Paths are relative to the node's folder, so that none of
them can contain a character that Kafka or Java would read as a separator."""

from __future__ import annotations

from dataclasses import dataclass

ADMIN = "admin"
USERS = (ADMIN, "relay", "auditor", "subscriber")
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"

LOG4J = """\
status = warn
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = server.log
appender.file.filePattern = server.log.1
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %p %m (%c)%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 1
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


@dataclass(frozen=True)
class NodePorts:
    """Where a node listens on loopback: for clients, and for the other nodes' controllers."""

    clients: int
    controller: int


def java_options(heap_mb: int = 384) -> list[str]:
    """Return what keeps the Java machine small and its start short."""
    return [
        f"-Xmx{heap_mb}m",
        "-Xms64m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        "-Djava.io.tmpdir=tmp",
        "-Dlog4j2.configurationFile=log4j2.properties",
        "--enable-native-access=ALL-UNNAMED",
    ]


def server_properties(node: int, ports: dict[int, NodePorts], admin_password: str) -> str:
    """Return the node's `server.properties`. It contains the administrator's password: keep the file private."""
    settings = {**_listeners(node, ports), **_rights(admin_password), **_copies(len(ports)), **_smallness()}
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _listeners(node: int, ports: dict[int, NodePorts]) -> dict[str, object]:
    own = ports[node]
    voters = ",".join(f"{other}@127.0.0.1:{there.controller}" for other, there in sorted(ports.items()))
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": voters,
        "listeners": f"CLIENTS://127.0.0.1:{own.clients},CONTROLLER://127.0.0.1:{own.controller}",
        "advertised.listeners": f"CLIENTS://127.0.0.1:{own.clients}",
        "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "data",
    }


def _rights(admin_password: str) -> dict[str, object]:
    credentials = f'required username="{ADMIN}" password="{admin_password}"'
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{_SCRAM} {credentials};",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": f'{_PLAIN} {credentials} user_{ADMIN}="{admin_password}";',
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN}",
        "allow.everyone.if.no.acl.found": "false",
    }


def _copies(nodes: int) -> dict[str, object]:
    needed = 2 if nodes >= 3 else 1
    return {
        "default.replication.factor": nodes,
        "min.insync.replicas": needed,
        "unclean.leader.election.enable": "false",
        "offsets.topic.replication.factor": nodes,
        "transaction.state.log.replication.factor": nodes,
        "transaction.state.log.min.isr": needed,
        "share.coordinator.state.topic.replication.factor": nodes,
        "share.coordinator.state.topic.min.isr": needed,
        # A node that was killed is let in again as soon as its old session has ended.
        "broker.session.timeout.ms": 1500,
        "broker.heartbeat.interval.ms": 250,
    }


def _smallness() -> dict[str, object]:
    return {
        "auto.create.topics.enable": "false",
        "num.partitions": 1,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.num.partitions": 3,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.replica.fetchers": 1,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 2,
        "log.cleaner.dedupe.buffer.size": 8388608,
        "controlled.shutdown.max.retries": 1,
    }
