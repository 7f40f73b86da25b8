"""A worker is told everything by one private file, whose name is its only argument.

So no password stands on a command line or in an environment, and nothing but `interfaces/bootstrap.py` reads settings.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Self

import msgspec

from consumers.worker_log import Level, log_to_stderr
from domain.errors import RegistryError
from infra import crash_points
from infra.kafka_clients import KafkaServers
from infra.kafka_log import Topics
from infra.stack.state_files import write_whole


class OptionsUnusable(RegistryError):
    """The options file of this worker cannot be used: {problem}."""

    remedy = "Nothing was started. Workers are started by icms up, which writes that file."


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a worker needs to know; written as JSON, readable by its user alone."""

    dsn: str
    """Of the role of this worker."""
    kafka: KafkaServers
    """As the user of this worker."""
    topic_prefix: str = ""
    source: str = "urn:icms:registry"
    """URI of the registry, `ce_source`."""
    address: str = ""
    """Public address under which `/schemas/ids/{id}` is served."""
    log_level: Level = "info"
    patience: float = 20.0
    """Seconds without any acknowledgement after which a relay no longer trusts its client and ends."""
    look_every: float = 15.0
    """Seconds after which a relay looks again whether the topics have the shape they must have."""

    @property
    def topics(self) -> Topics:
        """Return the names of the topics."""
        return Topics(self.topic_prefix)

    def write(self, path: Path) -> None:
        """Write the file whole or not at all, for the user's eyes only."""
        write_whole(path, msgspec.json.encode(self).decode(), 0o600)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read such a file.

        Raises: OptionsUnusable
        """
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            raise OptionsUnusable(problem=f"{path}: {type(error).__name__}") from None

    @classmethod
    def of_process(cls) -> Self:
        """Read the file named on the command line, begin to log, and arm a crash point if one is asked for.

        Raises: SystemExit with a message for people
        """
        try:
            if len(sys.argv) != 2:
                raise OptionsUnusable(problem="its name is missing")
            options = cls.read(Path(sys.argv[1]))
            crash_points.arm(os.environ)
        except RegistryError as error:
            raise SystemExit(str(error)) from None
        log_to_stderr(options.log_level)
        return options
