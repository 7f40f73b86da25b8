"""Standard Kafka clients find every schema here, by the calls they make to a Confluent schema registry.

Nothing can be registered: schemas come with a release. Clients that try get the schema's id if it is ours, else a
refusal in the form they know. Subjects are named by TopicRecordName.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fastavro import parse_schema
from fastavro.schema import SchemaParseException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.catalogue import Catalogue, NoSuchSchema, Schema

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
LARGEST_BODY = 256 * 1024
COMPATIBILITY = {"compatibilityLevel": "FULL_TRANSITIVE"}

_READ_ONLY = "Schemas come with a release of the registry; nothing can be registered or changed here."

Answer = Callable[[Request], Any]


class _Refusal(Exception):
    """An answer in the form of the Confluent schema registry: HTTP status, its error code and a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error_code": code, "message": message}


@dataclass(frozen=True)
class _Subject:
    """One record name on one topic, with its versions."""

    name: str
    versions: tuple[Schema, ...]

    def version(self, text: str) -> Schema:
        """Return a version given as number, `latest` or -1."""
        if text in {"latest", "-1"}:
            return self.versions[-1]
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
            raise _Refusal(422, 42202, f"The specified version '{text}' is not a valid version id.")
        for schema in self.versions:
            if schema.version == int(text):
                return schema
        raise _Refusal(404, 40402, f"Version {text} not found.")


class SchemaEndpoint:
    """The answers; each method that takes a request returns what is to be sent as JSON."""

    def __init__(self, catalogue: Catalogue, events_topic: str, public_topic: str) -> None:
        self._catalogue = catalogue
        everything = catalogue.all()
        public = [schema for schema in everything if schema.disclosure == "public"]
        self._subjects = {**_subjects(events_topic, everything), **_subjects(public_topic, public)}

    def schema_by_id(self, request: Request) -> dict[str, Any]:
        """Return a schema; with `fetchMaxId=true` also the highest id."""
        answer: dict[str, Any] = {"schema": self._by_id(request).text}
        if request.query_params.get("fetchMaxId", "").lower() == "true":
            answer["maxId"] = self._catalogue.all()[-1].id
        return answer

    def schema_text_by_id(self, request: Request) -> Any:
        """Return a schema as itself."""
        return json.loads(self._by_id(request).text)

    def subjects_by_id(self, request: Request) -> list[str]:
        """Return the subjects that have a schema."""
        return [place["subject"] for place in self.versions_by_id(request)]

    def versions_by_id(self, request: Request) -> list[dict[str, Any]]:
        """Return subject and version wherever a schema stands."""
        schema = self._by_id(request)
        return [
            {"subject": subject.name, "version": schema.version}
            for subject in self._subjects.values()
            if schema in subject.versions
        ]

    def all_schemas(self, request: Request) -> list[dict[str, Any]]:
        """Return every version of every subject, filtered by `subjectPrefix` and `latestOnly`."""
        latest = request.query_params.get("latestOnly", "").lower() == "true"
        return [
            _described(subject, schema)
            for subject in self._matching(request)
            for schema in (subject.versions[-1:] if latest else subject.versions)
        ]

    def all_subjects(self, request: Request) -> list[str]:
        """Return the names of the subjects, filtered by `subjectPrefix`."""
        return [subject.name for subject in self._matching(request)]

    def versions(self, request: Request) -> list[int]:
        """Return the versions of a subject."""
        return [schema.version for schema in self._subject(request).versions]

    def version(self, request: Request) -> dict[str, Any]:
        """Return one version of a subject."""
        subject = self._subject(request)
        return _described(subject, subject.version(request.path_params["version"]))

    def version_text(self, request: Request) -> Any:
        """Return one version of a subject as itself."""
        return json.loads(self._subject(request).version(request.path_params["version"]).text)

    def referenced_by(self, request: Request) -> list[int]:
        """Return the ids that refer to a version: none, every schema stands for itself."""
        self._subject(request).version(request.path_params["version"])
        return []

    async def look_up(self, request: Request) -> dict[str, Any]:
        """Return where a posted schema stands under a subject."""
        subject = self._subject(request)
        schema = _same(subject, await _posted(request))
        if schema is None:
            raise _Refusal(404, 40403, "Schema not found")
        return _described(subject, schema)

    async def register(self, request: Request) -> dict[str, Any]:
        """Return the id of a posted schema that is ours; refuse every other."""
        posted = await _posted(request)
        subject = self._subjects.get(request.path_params["subject"])
        schema = _same(subject, posted) if subject else None
        if schema is None:
            raise _Refusal(422, 42205, _READ_ONLY)
        return {"id": schema.id}

    def subject_compatibility(self, request: Request) -> dict[str, str]:
        """Return the rule that every version of a subject keeps."""
        self._subject(request)
        return COMPATIBILITY

    def _by_id(self, request: Request) -> Schema:
        try:
            return self._catalogue.by_id(request.path_params["id"])
        except NoSuchSchema as error:
            raise _Refusal(404, 40403, f"Schema {request.path_params['id']} not found") from error

    def _subject(self, request: Request) -> _Subject:
        name = request.path_params["subject"]
        if name not in self._subjects:
            raise _Refusal(404, 40401, f"Subject '{name}' not found.")
        return self._subjects[name]

    def _matching(self, request: Request) -> list[_Subject]:
        prefix = request.query_params.get("subjectPrefix", "")
        return [subject for name, subject in self._subjects.items() if name.startswith(prefix)]


def routes(catalogue: Catalogue, events_topic: str, public_topic: str) -> list[Route]:
    """Return the routes of the endpoint, for both topics; put them at the root of the address given to clients."""
    endpoint = SchemaEndpoint(catalogue, events_topic, public_topic)
    get: dict[str, Answer] = {
        # confluent-kafka asks first whether a topic is tied to a subject by other means than its name.
        "/associations/resources/{namespace}/{topic}": _always([]),
        "/associations/resources/{topic}": _always([]),
        "/schemas/ids/{id:int}": endpoint.schema_by_id,
        "/schemas/ids/{id:int}/schema": endpoint.schema_text_by_id,
        "/schemas/ids/{id:int}/subjects": endpoint.subjects_by_id,
        "/schemas/ids/{id:int}/versions": endpoint.versions_by_id,
        "/schemas": endpoint.all_schemas,
        "/schemas/types": _always(["AVRO"]),
        "/subjects": endpoint.all_subjects,
        "/subjects/{subject}/versions": endpoint.versions,
        "/subjects/{subject}/versions/{version}": endpoint.version,
        "/subjects/{subject}/versions/{version}/schema": endpoint.version_text,
        "/subjects/{subject}/versions/{version}/referencedby": endpoint.referenced_by,
        "/config": _always(COMPATIBILITY),
        "/config/{subject}": endpoint.subject_compatibility,
        "/mode": _always({"mode": "READONLY"}),
        "/mode/{subject}": _always({"mode": "READONLY"}),
        "/contexts": _always(["."]),
    }
    post: dict[str, Callable[[Request], Awaitable[Any]]] = {
        "/subjects/{subject}": endpoint.look_up,
        "/subjects/{subject}/versions": endpoint.register,
    }
    return [
        *(Route(path, _answering(post[path]), methods=["POST"]) for path in post),
        *(Route(path, _answering(_at_once(answer)), methods=["GET"]) for path, answer in get.items()),
        *(Route(path, _answering(_refuse), methods=["GET", "POST", "PUT", "DELETE"]) for path in _EVERYTHING_ELSE),
    ]


_EVERYTHING_ELSE = tuple(
    f"/{room}{rest}"
    for room in ("associations", "compatibility", "config", "contexts", "exporters", "mode", "schemas", "subjects")
    for rest in ("", "/{rest:path}")
)


async def _refuse(request: Request) -> Any:
    """Answer what we do not have, and every attempt to change something, in the form that clients understand."""
    if request.method == "GET":
        raise _Refusal(404, 404, "HTTP 404 Not Found")
    raise _Refusal(422, 42205, _READ_ONLY)


def _always(content: Any) -> Answer:
    return lambda _: content


def _at_once(answer: Answer) -> Callable[[Request], Awaitable[Any]]:
    async def later(request: Request) -> Any:
        return answer(request)

    return later


def _answering(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            return _json(await answer(request), 200)
        except _Refusal as refusal:
            return _json(refusal.body, refusal.status)

    return respond


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status_code=status, media_type=MEDIA_TYPE)


def _subjects(topic: str, schemas: Iterable[Schema]) -> dict[str, _Subject]:
    by_name: dict[str, list[Schema]] = {}
    for schema in schemas:
        by_name.setdefault(f"{topic}-{schema.full_name}", []).append(schema)
    return {
        name: _Subject(name, tuple(sorted(versions, key=lambda schema: schema.version)))
        for name, versions in by_name.items()
    }


def _described(subject: _Subject, schema: Schema) -> dict[str, Any]:
    return {
        "subject": subject.name,
        "version": schema.version,
        "id": schema.id,
        "schemaType": "AVRO",
        "schema": schema.text,
    }


async def _posted(request: Request) -> Any:
    """Return the posted schema in a form that is equal for schemas that mean the same."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _Refusal(413, 413, f"A schema has at most {LARGEST_BODY} bytes")
    try:
        content = json.loads(bytes(body))
        if (content.get("schemaType") or "AVRO") != "AVRO":
            raise _Refusal(422, 42201, "Only Avro schemas are known here.")
        return _meaning(json.loads(content["schema"]))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, SchemaParseException) as error:
        raise _Refusal(422, 42201, "Invalid schema") from error


def _same(subject: _Subject, posted: Any) -> Schema | None:
    return next((schema for schema in subject.versions if _meaning(json.loads(schema.text)) == posted), None)


def _meaning(schema: Any) -> Any:
    """Return a schema with full names and without the words and attributes that reading and writing do not need."""
    return _without_words(parse_schema(schema))


def _without_words(part: Any) -> Any:
    if isinstance(part, dict):
        words = {"doc", "disclosure", "__fastavro_parsed__", "__named_schemas"}
        return {key: _without_words(value) for key, value in part.items() if key not in words}
    return [_without_words(each) for each in part] if isinstance(part, list) else part
