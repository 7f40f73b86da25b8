"""The web server as a process: it answers, ends cleanly when told to, and comes back where it was."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from interfaces.web.server import AddressTaken, listen

REPOSITORY = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from pathlib import Path
from interfaces.web.app import create_app
from interfaces.web.server import Server, listen
from tests.interfaces.web.sample_pages import MemoryPages
server = Server(create_app(MemoryPages()), listen("127.0.0.1", 0, Path(sys.argv[1])))
print(server.address, flush=True)
server.run()
"""


def start(port_file: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port_file)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_comes_back_at_the_same_address_after_it_was_ended(tmp_path: Path, number: signal.Signals) -> None:
    port_file = tmp_path / "a b" / "web.port"
    first, address = start(port_file)
    page = httpx.get(address)
    head = httpx.head(address)

    first.send_signal(number)
    _, complaints = first.communicate(timeout=20)
    second, again = start(port_file)
    back = httpx.get(again)
    second.terminate()
    second.communicate(timeout=20)

    assert page.status_code == head.status_code == back.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == page.headers["etag"]
    assert "server" not in page.headers
    assert again == address
    assert complaints == ""
    assert first.returncode == (-number if number is signal.SIGKILL else 0)


def test_remembered_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    port_file = tmp_path / "web.port"
    with listen("127.0.0.1", 0, None) as other:
        taken = other.getsockname()[1]
        port_file.write_text(f"{taken}\n")

        with listen("127.0.0.1", 0, port_file) as listener:
            port = listener.getsockname()[1]

    assert port != taken
    assert port_file.read_text() == f"{port}\n"


@pytest.mark.parametrize("content", ["", "not a port", "99999999", "-1"])
def test_port_file_that_makes_no_sense_is_replaced(tmp_path: Path, content: str) -> None:
    port_file = tmp_path / "web.port"
    port_file.write_text(content)

    with listen("127.0.0.1", 0, port_file) as listener:
        assert port_file.read_text() == f"{listener.getsockname()[1]}\n"


def test_port_that_was_asked_for_and_is_taken_is_refused_by_name() -> None:
    with listen("127.0.0.1", 0, None) as other:
        port = other.getsockname()[1]

        with pytest.raises(AddressTaken, match=str(port)):
            listen("127.0.0.1", port, None)


def test_request_that_never_ends_its_head_is_cut_off(tmp_path: Path) -> None:
    process, address = start(tmp_path / "web.port")
    with socket.create_connection(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]))) as connection:
        connection.sendall(b"GET /?name=" + b"x" * 40_000)
        connection.settimeout(10)

        answer = connection.recv(100)

    process.terminate()
    process.communicate(timeout=20)
    assert b"400" in answer
