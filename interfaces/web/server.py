"""The web server as a process of its own: it keeps the address it had, and ends cleanly when it is told to."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from domain.errors import RegistryError

LOOPBACK = "127.0.0.1"
_LONGEST_HEAD = 16 * 1024


class AddressTaken(RegistryError):
    """The web page cannot listen at {host}:{port}: {problem}."""

    remedy = "Stop what listens there, or choose another port. Nothing was changed."


def listen(host: str, port: int, port_file: Path | None) -> socket.socket:
    """Return a bound socket: at the port given, for 0 at the one remembered or a free one; and remember it.

    Raises: AddressTaken when a port was given and cannot be had; a remembered one that is taken is replaced
    """
    listener = _bind(host, port) if port else _bind_remembered(host, port_file) or _bind(host, 0)
    if port_file is not None:
        _remember(port_file, listener.getsockname()[1])
    return listener


class Server:
    """One listening application."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._listener = listener
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                h11_max_incomplete_event_size=_LONGEST_HEAD,
                limit_concurrency=512,
                timeout_keep_alive=10,
                timeout_graceful_shutdown=5,
                proxy_headers=False,
            )
        )

    @property
    def address(self) -> str:
        """Return where the pages are: http://127.0.0.1:8080/."""
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`; requests that have begun are finished, for five seconds at most."""
        if threading.current_thread() is threading.main_thread():
            # uvicorn handles both itself and then raises them again, for these handlers: a stop is no failure.
            signal.signal(signal.SIGTERM, self._stop_on)
            signal.signal(signal.SIGINT, self._stop_on)
        with self._listener:
            self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        """Let `run` return soon."""
        self._server.should_exit = True

    def _stop_on(self, _: int, __: FrameType | None) -> None:
        self.stop()


def _bind_remembered(host: str, port_file: Path | None) -> socket.socket | None:
    try:
        return _bind(host, int(port_file.read_text(encoding="ascii"))) if port_file else None
    except (FileNotFoundError, ValueError, AddressTaken):
        return None  # nothing usable is remembered: a free port does as well


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)  # bind alone lets a second server take the same port with SO_REUSEADDR
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressTaken(host=host, port=port, problem=error) from error
    return listener


def _remember(port_file: Path, port: int) -> None:
    port_file.parent.mkdir(parents=True, exist_ok=True)
    draft = port_file.with_suffix(".new")
    draft.write_text(f"{port}\n", encoding="ascii")
    draft.replace(port_file)
