"""An administrator's connection that could not be made leaves nothing behind: no thread, no open socket."""

from __future__ import annotations

from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from infra.stack.kafka_config import ADMIN


class TidyAdminClient(KafkaAdminClient):  # type: ignore[misc]
    """kafka-python's client, which by itself keeps its thread and sockets when the first connection fails."""

    def __init__(self, **options: Any) -> None:
        try:
            super().__init__(**options)
        except KafkaError:
            self._closed = False
            self.close()
            raise


def describe(bootstrap_servers: str, admin_password: str) -> dict[str, Any]:
    """Return the cluster's id and its brokers that serve now.

    Raises: KafkaError if nobody answers, or does not know the password
    """
    admin = TidyAdminClient(
        bootstrap_servers=bootstrap_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=ADMIN,
        sasl_plain_password=admin_password,
        bootstrap_timeout_ms=5000,
        request_timeout_ms=5000,
    )
    try:
        described: dict[str, Any] = admin.describe_cluster()
    finally:
        admin.close()
    return described
