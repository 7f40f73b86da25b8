"""The only place where things are built from configuration; everybody else is handed what they need.

The environment is read once, by `Bootstrap.from_environment`. Nothing connects before it is asked for, and nothing
is imported before it is needed: `icms status` neither speaks to Kafka nor decodes an event.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from domain.errors import Unavailable
from infra.settings import Settings, load_settings
from infra.stack.state_files import Secrets, make_folder, make_private_folder, read_json

if TYPE_CHECKING:
    import psycopg

    from application.command import CommandHandler
    from application.ports import Surroundings
    from infra.avro_codec import Codec
    from infra.event_log import EventLog
    from infra.kafka_access import KafkaUsers
    from infra.kafka_clients import KafkaServers
    from infra.kafka_log import Envelope, Topics
    from infra.key_files import Keys
    from infra.sealing import KeyRing
    from infra.stack.kafka_broker import KafkaCluster
    from infra.stack.postgres_server import PostgresServer
    from schemas.catalogue import Catalogue

SOFTWARE = f"icms-registry {version('icms-registry')}"


class StackNotRunning(Unavailable):
    """{part} of the local stack does not run."""

    remedy = "Start it with `icms up`. Whatever was recorded is safe."


class RealSurroundings:
    """Implements `application.ports.Surroundings`: the clock of this machine and its randomness."""

    def now(self) -> datetime:
        """Return the present time, UTC."""
        return datetime.now(UTC)

    def new_id(self) -> UUID:
        """Return a random id."""
        return uuid4()

    def salt(self) -> bytes:
        """Return 16 random bytes."""
        return secrets.token_bytes(16)


class Bootstrap:
    """What this installation is made of, by its settings."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.environment = {name: value for name, value in (environment or {}).items() if name.startswith("ICMS_")}

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Bootstrap:
        """Read the environment; raise Misconfigured naming every variable that is wrong."""
        return cls(load_settings(environ), environ)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Return all schemas."""
        from schemas import catalogue as schemas_catalogue

        return schemas_catalogue.load()

    @cached_property
    def codec(self) -> Codec:
        """Return the codec of events and sealed parts."""
        from infra.avro_codec import Codec

        return Codec(self.catalogue)

    @cached_property
    def secrets(self) -> Secrets:
        """Return the passwords made by this installation."""
        return Secrets(make_folder(self.settings.state_dir))

    @cached_property
    def postgres_server(self) -> PostgresServer | None:
        """Return the embedded PostgreSQL, or None where an own one is configured."""
        from infra.stack.postgres_server import PostgresServer

        return None if self.settings.database_url else PostgresServer(self.settings.state_dir)

    @cached_property
    def kafka_cluster(self) -> KafkaCluster | None:
        """Return the embedded Kafka, or None where an own one is configured."""
        from infra.stack.kafka_broker import KafkaCluster

        if self.settings.kafka_bootstrap_servers:
            return None
        return KafkaCluster(self.settings.state_dir, self.settings.kafka_brokers)

    @property
    def owner_dsn(self) -> str:
        """Return the DSN of the database's owner; raise StackNotRunning."""
        if self.settings.database_url:
            return self.settings.database_url
        assert self.postgres_server is not None
        if not self.postgres_server.running():
            raise StackNotRunning(part="PostgreSQL")
        return self.postgres_server.dsn()

    def role_password(self, role: str) -> str:
        """Return the password of one of our roles in PostgreSQL."""
        return self.secrets.password(role)

    def role_dsn(self, role: str) -> str:
        """Return the DSN of one of our roles."""
        from infra import postgres

        return postgres.role_dsn(self.owner_dsn, role, self.role_password(role))

    @property
    def topics(self) -> Topics:
        """Return the names of the topics."""
        from infra.kafka_log import Topics

        return Topics(self.settings.kafka_topic_prefix)

    @property
    def kafka_bootstrap(self) -> str:
        """Return where Kafka is; raise StackNotRunning."""
        if self.settings.kafka_bootstrap_servers:
            return self.settings.kafka_bootstrap_servers
        assert self.kafka_cluster is not None
        if not any(node.running for node in self.kafka_cluster.nodes()):
            raise StackNotRunning(part="Kafka")
        return self.kafka_cluster.bootstrap_servers()

    def kafka_servers(self, who: str) -> KafkaServers:
        """Return how one of admin, relay, auditor and subscriber reaches Kafka."""
        from infra.kafka_clients import KafkaServers

        servers = self.kafka_bootstrap
        user = getattr(self.settings, f"kafka_{who}_user")
        given = getattr(self.settings, f"kafka_{who}_password")
        if given is not None:
            password = given.get_secret_value()
        else:
            password = self.kafka_cluster.users()[user] if self.kafka_cluster else ""
        return KafkaServers(
            bootstrap_servers=servers,
            user=user,
            password=password,
            security_protocol=self.settings.kafka_security_protocol,
            sasl_mechanism=self.settings.kafka_sasl_mechanism,
            ca_file=self.settings.kafka_ca_file,
        )

    @property
    def kafka_users(self) -> KafkaUsers:
        """Return the names to which rights on the topics are given; the projector reads as the auditor."""
        from infra.kafka_access import KafkaUsers

        settings = self.settings
        names = settings.kafka_relay_user, settings.kafka_auditor_user, settings.kafka_subscriber_user
        return KafkaUsers(*names, projector=settings.kafka_auditor_user)

    @property
    def public_address(self) -> str:
        """Return under which address others see the pages and schemas."""
        if self.settings.public_address:
            return self.settings.public_address.rstrip("/")
        port = self.settings.web_port or read_json(self.settings.state_dir / "web.port") or 0
        return f"http://{self.settings.web_host}:{port}"

    @property
    def envelope(self) -> Envelope:
        """Return what wraps stored rows into records."""
        from infra.kafka_log import Envelope

        ids = {schema.topic: schema.id for schema in self.catalogue.all()}
        return Envelope(self.settings.source_uri, self.public_address, ids)

    def keys(self, *, may_create: bool = False) -> Keys:
        """Return master key and id key; raise KeyMissing and what else is wrong with them.

        Only the opening of a new store may create them; a store whose keys are gone must not get others.
        """
        from infra.key_files import ID, ID_FILE, MASTER, MASTER_FILE, Keys, create_keys, read_key

        settings, folder = self.settings, self.settings.state_dir / "keys"
        master = settings.master_key or settings.master_key_file or folder / MASTER_FILE
        id_key = settings.id_key or settings.id_key_file or folder / ID_FILE
        files = [source for source in (master, id_key) if isinstance(source, Path)]
        if folder.exists():
            make_private_folder(folder)
        if may_create and not all(file.exists() for file in files):
            create_keys(make_private_folder(folder))
        return Keys(read_key(master, MASTER), read_key(id_key, ID))

    @contextmanager
    def writer(
        self,
        surroundings: Surroundings | None = None,
        new_subject: Callable[[], UUID] = uuid4,
        freshness: float = 0.02,
    ) -> Iterator[CommandHandler]:
        """Yield what carries out commands; raise DatabaseRefused, StoreNotOpened, WrongKey.

        A simulation brings its own time, ids and subjects, and knows for longer what nobody else changes.
        """
        from application.command import CommandHandler
        from infra import postgres
        from infra.clinic_index import StoreClinicIndex
        from infra.event_store import EventStore
        from infra.key_files import verify_keys
        from infra.relay_wake import RelayWake
        from infra.sealing import KeyRing
        from interfaces.waking_store import WakingStore

        with ExitStack() as stack:
            dsn = self.role_dsn("icms_app")
            with postgres.connect(dsn, "icms keys") as connection:
                # A store that is not there, or not opened, is the first thing to know; its keys come after.
                postgres.store_facts(connection)
                keys = self.keys()
                verify_keys(connection, keys)
            store = EventStore(
                dsn, self.codec, lambda topic: self.catalogue.by_topic(topic).disclosure, freshness=freshness
            )
            stack.callback(store.close)
            wake = RelayWake(dsn)
            stack.callback(wake.close)
            key_ring = KeyRing(store.pool, keys.master_key, keys.id_key, self.codec, new_subject=new_subject)
            yield CommandHandler(
                WakingStore(store, wake.wake),
                key_ring,
                surroundings or RealSurroundings(),
                SOFTWARE,
                StoreClinicIndex(store.pool),
            )

    @contextmanager
    def sealer(self) -> Iterator[KeyRing]:
        """Yield what opens sealed parts."""
        from infra import postgres
        from infra.key_files import verify_keys
        from infra.sealing import KeyRing

        dsn = self.role_dsn("icms_app")
        with postgres.open_pool(dsn, "icms sealer", 2) as pool:
            with pool.connection() as connection:
                postgres.store_facts(connection)
                keys = self.keys()
                verify_keys(connection, keys)
            yield KeyRing(pool, keys.master_key, keys.id_key, self.codec)

    @contextmanager
    def reader(self) -> Iterator[psycopg.Connection[Any]]:
        """Yield a connection that reads events and read models and can write nothing."""
        from infra import postgres

        with postgres.connect(self.role_dsn("icms_reader"), "icms reader") as connection:
            yield connection

    @contextmanager
    def log(self) -> Iterator[EventLog]:
        """Yield the log as the store has it."""
        from infra import postgres
        from infra.event_log import EventLog

        with self.reader() as connection:
            postgres.store_facts(connection)
            yield EventLog(connection)
