"""A foreign consumer decodes every record with our addresses alone; nobody can change a schema by asking."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from struct import pack
from typing import Any

import httpx
import pytest
import uvicorn
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from starlette.applications import Starlette

from domain.catalogue import event_classes
from infra.avro_codec import Codec
from interfaces.web.schema_endpoint import MEDIA_TYPE, routes
from schemas.catalogue import load
from tests.factories import as_foreigners_see_it, full, minimal

EVENTS, PUBLIC = "icms.registry.events.v1", "icms.registry.public.v1"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # Naming the protocol makes asyncio send small answers at once (TCP_NODELAY).
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=routes(load(), EVENTS, PUBLIC))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as made:
        yield made


def topics_of(name: str) -> list[str]:
    public = load().newest(name).disclosure == "public"
    return [EVENTS, PUBLIC] if public else [EVENTS]


def test_foreign_deserializer_reads_every_event_type(address: str) -> None:
    codec = Codec(load())
    with SchemaRegistryClient({"url": address}) as registry:
        deserialize = AvroDeserializer(registry)

        for name, event_class in event_classes().items():
            for event in (full(event_class), minimal(event_class)):
                value = b"\x00" + pack(">I", load().by_topic(event_class.TOPIC).id) + codec.encode(event)
                for topic in topics_of(name):
                    read = deserialize(value, SerializationContext(topic, MessageField.VALUE))

                    assert read == as_foreigners_see_it(event), name


def test_schema_is_found_under_its_id_in_the_recorded_ways(client: httpx.Client) -> None:
    for schema in load().all():
        first = client.get(f"/schemas/ids/{schema.id}", params={"subject": f"{EVENTS}-icms.registry.{schema.name}"})
        java = client.get(f"/schemas/ids/{schema.id}", params={"fetchMaxId": "false"})

        assert first.status_code == 200
        assert first.headers["content-type"] == MEDIA_TYPE
        assert java.json() == first.json() == {"schema": schema.text}


def test_highest_id_is_told_when_asked(client: httpx.Client) -> None:
    answer = client.get("/schemas/ids/1", params={"fetchMaxId": "true"}).json()

    assert answer["maxId"] == load().all()[-1].id


def test_association_call_gets_an_empty_list(client: httpx.Client) -> None:
    answer = client.get(f"/associations/resources/-/{EVENTS}", params={"resourceType": "topic"})

    assert (answer.status_code, answer.json()) == (200, [])


def test_public_topic_lists_public_records_alone(client: httpx.Client) -> None:
    events = {f"{EVENTS}-icms.registry.{schema.name}" for schema in load().all()}
    public = {f"{PUBLIC}-icms.registry.{schema.name}" for schema in load().all() if schema.disclosure == "public"}

    subjects = client.get("/subjects").json()

    assert len(subjects) == len(events) + len(public)
    assert set(subjects) == events | public
    assert public
    assert set(client.get("/subjects", params={"subjectPrefix": PUBLIC}).json()) == public


def test_every_listed_address_answers_with_its_schema(client: httpx.Client) -> None:
    listed = client.get("/schemas").json()

    for entry in listed:
        at = f"/subjects/{entry['subject']}/versions"
        assert entry["version"] in client.get(at).json()
        assert client.get(f"{at}/{entry['version']}").json() == entry
        assert client.get(f"{at}/latest").json()["schema"]
        assert client.get(f"{at}/{entry['version']}/schema").json() == json.loads(entry["schema"])
        assert client.get(f"{at}/{entry['version']}/referencedby").json() == []
        assert entry["subject"] in client.get(f"/schemas/ids/{entry['id']}/subjects").json()
        place = {"subject": entry["subject"], "version": entry["version"]}
        assert place in client.get(f"/schemas/ids/{entry['id']}/versions").json()
        assert client.get(f"/config/{entry['subject']}").json() == {"compatibilityLevel": "FULL_TRANSITIVE"}
    assert len(client.get("/schemas", params={"latestOnly": "true"}).json()) == len(client.get("/subjects").json())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
        ("/mode", {"mode": "READONLY"}),
        ("/schemas/types", ["AVRO"]),
        ("/contexts", ["."]),
    ],
)
def test_tools_learn_the_rules_of_the_house(client: httpx.Client, path: str, content: Any) -> None:
    assert client.get(path).json() == content


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/schemas/ids/999999", 404, 40403),
        ("/schemas/ids/abc", 404, 404),
        ("/schemas/ids/99999999999999999999999", 404, 40403),
        ("/subjects/unknown/versions", 404, 40401),
        ("/config/unknown", 404, 40401),
        (f"/subjects/{PUBLIC}-icms.registry.RoleGranted/versions/1", 404, 40401),
        (f"/subjects/{EVENTS}-icms.registry.RoleGranted/versions/77", 404, 40402),
        (f"/subjects/{EVENTS}-icms.registry.RoleGranted/versions/zero", 422, 42202),
        (f"/subjects/{EVENTS}-icms.registry.RoleGranted/versions/²", 422, 42202),
        ("/subjects/a/b/c/d/e", 404, 404),
    ],
)
def test_what_does_not_exist_is_said_in_the_known_form(client: httpx.Client, path: str, status: int, code: int) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["message"]


SUBJECT = f"{EVENTS}-icms.registry.RoleGranted"


def test_connect_finds_a_schema_that_differs_only_in_words(client: httpx.Client) -> None:
    schema = json.loads(load().by_topic("RoleGranted.v1").text)
    schema["doc"] = "Other words."
    query = {"normalize": "false", "deleted": "true"}

    answer = client.post(f"/subjects/{SUBJECT}", params=query, json={"schema": json.dumps(schema)})

    assert (answer.json()["id"], answer.json()["version"]) == (load().by_topic("RoleGranted.v1").id, 1)


def test_registering_what_is_ours_returns_its_id_and_anything_else_is_refused(client: httpx.Client) -> None:
    ours = json.loads(load().by_topic("RoleGranted.v1").text)
    other = {**ours, "fields": ours["fields"][:-1]}

    kept = client.post(f"/subjects/{SUBJECT}/versions", json={"schema": json.dumps(ours), "schemaType": None})
    refused = client.post(f"/subjects/{SUBJECT}/versions", json={"schema": json.dumps(other)})
    elsewhere = client.post("/subjects/new-value/versions", json={"schema": json.dumps(ours)})

    assert kept.json() == {"id": load().by_topic("RoleGranted.v1").id}
    assert (refused.status_code, refused.json()["error_code"]) == (422, 42205)
    assert (elsewhere.status_code, elsewhere.json()["error_code"]) == (422, 42205)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"schema": 1}',
        b'{"schema": "{\\"type\\": \\"nonsense\\"}"}',
        b'{"schema": "\\"string", "schemaType": "AVRO"}',
        b'{"schema": "syntax = 1;", "schemaType": "PROTOBUF"}',
        b"[" * 100_000,
        json.dumps({"schema": "[" * 50_000}).encode(),
    ],
)
def test_malformed_schema_is_refused_in_the_known_form(client: httpx.Client, body: bytes) -> None:
    for path in (f"/subjects/{SUBJECT}", f"/subjects/{SUBJECT}/versions"):
        answer = client.post(path, content=body)

        assert (answer.status_code, answer.json()["error_code"]) == (422, 42201)


def test_oversized_schema_is_refused_before_it_is_read_whole(client: httpx.Client) -> None:
    answer = client.post(f"/subjects/{SUBJECT}", content=b" " * 300_000)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/config"),
        ("PUT", f"/config/{SUBJECT}"),
        ("DELETE", f"/config/{SUBJECT}"),
        ("PUT", "/mode"),
        ("DELETE", f"/subjects/{SUBJECT}"),
        ("DELETE", f"/subjects/{SUBJECT}/versions/1"),
        ("POST", f"/compatibility/subjects/{SUBJECT}/versions/latest"),
    ],
)
def test_nothing_can_be_changed(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, json={"compatibility": "NONE", "mode": "READWRITE"})

    assert (answer.status_code, answer.json()["error_code"]) == (422, 42205)
