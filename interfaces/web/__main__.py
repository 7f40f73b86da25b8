"""The web page as a process: `python -m interfaces.web OPTIONS`, started by `icms up`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg_pool import ConnectionPool

from consumers.worker_log import log_to_stderr
from domain.errors import RegistryError, Unavailable
from infra.postgres import open_pool
from interfaces.web.app import create_app
from interfaces.web.database_pages import DatabasePages
from interfaces.web.options import WebOptions
from interfaces.web.schema_endpoint import routes
from interfaces.web.server import Server, listen
from schemas import catalogue

_PAUSE = 1.0

log = structlog.get_logger(__name__)


def main() -> None:
    """Serve pages and schemas until asked to stop."""
    if len(sys.argv) != 2:
        raise SystemExit("The name of the options file is missing. Workers are started by icms up.")
    try:
        options = WebOptions.read(Path(sys.argv[1]))
    except (OSError, msgspec.MsgspecError) as error:
        raise SystemExit(f"The options file of the web page cannot be used: {type(error).__name__}.") from None
    log_to_stderr("info")
    pool = _pool(options.dsn)
    try:
        endpoint = routes(catalogue.load(), options.events_topic, options.public_topic)
        server = Server(create_app(DatabasePages(pool), more_routes=endpoint), listen(options.host, options.port, None))
        log.info("web_serves", address=server.address)
        server.run()
    except RegistryError as error:
        raise SystemExit(str(error)) from error
    finally:
        pool.close()


def _pool(dsn: str) -> ConnectionPool[psycopg.Connection[Any]]:
    """Wait for the database; the page cannot say anything without it."""
    while True:
        try:
            return open_pool(dsn, "icms web")
        except Unavailable as error:
            log.error("web_waits", situation=error.name, problem=str(error))
            time.sleep(_PAUSE)


if __name__ == "__main__":
    main()
