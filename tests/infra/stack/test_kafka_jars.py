"""Only the jars that the lock names, with the very bytes it names, are ever used."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.stack import kafka_jars
from infra.stack.kafka_jars import KafkaJars, file_name, locked, sha256
from infra.stack.ports import LOOPBACK
from infra.stack.refusals import DownloadFailed, JarTampered
from tests.shared_stack import SharedStack


@pytest.fixture
def jars(stack: SharedStack, scratch: Path) -> KafkaJars:
    shutil.copytree(stack.state_dir.parent / "kafka-jars", scratch / "kafka-jars")
    return KafkaJars(scratch / "kafka-jars")


def test_every_jar_of_the_lock_has_a_checksum() -> None:
    assert len(locked()) > 40
    assert all(jar.sha256 is not None and len(jar.sha256) == 64 for jar in locked())
    assert "kafka_2.13-4.4.0.jar" in {file_name(jar) for jar in locked()}


def test_copied_jars_are_checked_and_used_without_a_network(jars: KafkaJars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_jars, "MAVEN_CENTRAL_URL", "http://127.0.0.1:9/nothing")

    assert len(jars.ready()) == len(locked())
    assert len(jars.ready()) == len(locked())


@pytest.mark.parametrize("with_stamp", [True, False])
def test_a_tampered_jar_is_refused_and_removed(jars: KafkaJars, with_stamp: bool) -> None:
    victim = jars.ready()[2]
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    if not with_stamp:
        (jars.folder / "checked.json").unlink()

    with pytest.raises(JarTampered, match=victim.name):
        jars.ready()

    assert not victim.exists()


def test_a_removed_jar_is_fetched_again(jars: KafkaJars, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar, victim = locked()[2], jars.ready()[2]
    expected = sha256(victim)
    published = scratch / "web" / jar.groupId.replace(".", "/") / jar.artifactId / jar.version / victim.name
    published.parent.mkdir(parents=True)
    victim.rename(published)

    with web_server(scratch / "web") as address:
        monkeypatch.setattr(kafka_jars, "MAVEN_CENTRAL_URL", address)
        jars.ready()

    assert sha256(victim) == expected


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()


def test_without_a_network_the_remedy_is_said(jars: KafkaJars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_jars, "MAVEN_CENTRAL_URL", "http://127.0.0.1:9/nothing")
    jars.ready()[0].unlink()

    with pytest.raises(DownloadFailed, match="Check the connection"):
        jars.ready()


def test_other_bytes_from_the_network_never_reach_the_folder(jars: KafkaJars, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = jars.ready()[:2]
    first.unlink()
    monkeypatch.setattr(KafkaJars, "_download", lambda self, jar, aside: copy_of(second, aside))

    with pytest.raises(JarTampered):
        jars.ready()

    assert not first.exists()


def copy_of(path: Path, aside: Path) -> Path:
    aside.mkdir()
    return Path(shutil.copy(path, aside / "fetched.jar"))
