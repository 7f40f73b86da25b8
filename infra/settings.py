"""What can be set from outside is set here, once, with a type, a safe default and a sentence that explains it.

An environment that is half configured, misspelt or contradictory is refused before anything is touched.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.errors import RegistryError

PREFIX = "ICMS_"
_OF_THE_TESTS = f"{PREFIX}TEST_"
_NEEDED_OUTSIDE = ("kafka_admin_password", "kafka_relay_password", "kafka_auditor_password")
_KAFKA_USERS = ("kafka_admin_user", "kafka_relay_user", "kafka_auditor_user", "kafka_subscriber_user")
_ONLY_OUTSIDE = (
    *_NEEDED_OUTSIDE,
    *_KAFKA_USERS,
    "kafka_subscriber_password",
    "kafka_ca_file",
    "kafka_security_protocol",
    "kafka_sasl_mechanism",
)


class Misconfigured(RegistryError):
    """The settings cannot be used: {problem}."""

    remedy = "Nothing was started or changed. Correct the environment variables named and try again."


class Option(NamedTuple):
    """One thing that can be set, for documentation."""

    variable: str
    default: str
    sentence: str


def _default_state_dir() -> Path:
    beside_the_code = Path(__file__).resolve().parents[1]
    home = beside_the_code if (beside_the_code / "pyproject.toml").exists() else Path.cwd()
    return home / "var"


class Settings(BaseSettings):
    """What this installation was told; made by `load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=False)

    state_dir: Path = Field(
        default_factory=_default_state_dir,
        description="Folder of the local stack: data, passwords, logs. By default the folder var of the checkout.",
    )
    database_url: str | None = Field(
        None, description="DSN (postgresql://…) of the database's owner. Without it, an embedded PostgreSQL is started."
    )
    kafka_bootstrap_servers: str | None = Field(
        None, description="host:port of Kafka brokers, with commas between. Without it, an embedded Kafka is started."
    )
    kafka_security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "SASL_PLAINTEXT", description="How to speak to an own Kafka; must be said when it is on another machine."
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        "SCRAM-SHA-512", description="How users prove to Kafka who they are."
    )
    kafka_ca_file: Path | None = Field(
        None, description="Certificates (PEM) that may sign the brokers'. Without it, those the system trusts."
    )
    kafka_admin_user: str = Field("admin", description="Kafka user who makes topics and gives rights.")
    kafka_admin_password: SecretStr | None = Field(
        None, description="Password of that user; made up for the local Kafka."
    )
    kafka_relay_user: str = Field("relay", description="Kafka user of the relay, the only one who may write.")
    kafka_relay_password: SecretStr | None = Field(
        None, description="Password of that user; made up for the local Kafka."
    )
    kafka_auditor_user: str = Field("auditor", description="Kafka user who reads all events: projectors and auditors.")
    kafka_auditor_password: SecretStr | None = Field(
        None, description="Password of that user; made up for the local Kafka."
    )
    kafka_subscriber_user: str = Field("subscriber", description="Kafka user who reads public events only.")
    kafka_subscriber_password: SecretStr | None = Field(
        None, description="Password of that user; made up for the local Kafka, and needed only to show it to somebody."
    )
    kafka_topic_prefix: str = Field(
        "",
        pattern=r"^[a-z0-9.-]{0,80}$",
        description="Beginning of the topics' names, where several registries share a Kafka; such as north.",
    )
    kafka_brokers: Literal[1, 3] = Field(1, description="Nodes of the embedded Kafka: 1, or 3 to try what a loss does.")
    web_host: str = Field("127.0.0.1", description="Address at which the pages and the API listen.")
    web_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and remembers it.")
    source_uri: str = Field("urn:icms:registry", description="Name of this registry in every event (ce_source).")
    public_address: str | None = Field(
        None, description="Address (http…) under which others see the pages; by default the one where they listen."
    )
    master_key_file: Path | None = Field(
        None, description="File with the key that wraps all subjects' keys; by default one in the state folder."
    )
    id_key_file: Path | None = Field(
        None, description="File with the key that makes ids from what people enter; by default one in the state folder."
    )
    master_key: SecretStr | None = Field(
        None, description="The first key itself (64 hexadecimal digits), where secrets come from the environment."
    )
    id_key: SecretStr | None = Field(
        None, description="The second key itself (64 hexadecimal digits), where secrets come from the environment."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `load_settings` alone, so that no second place reads the environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("kafka_brokers", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("state_dir", "master_key_file", "id_key_file", "kafka_ca_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("master_key_file", "id_key_file", "kafka_ca_file")
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}")
        return value

    @field_validator("master_key", "id_key")
    @classmethod
    def _thirty_two_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"\s*[0-9a-fA-F]{64}\s*", value.get_secret_value()):
            raise ValueError("it must be 64 hexadecimal digits (32 bytes)")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("postgresql://"):
            raise ValueError("it must begin with postgresql://")
        return value

    @field_validator("source_uri", "public_address")
    @classmethod
    def _uri(cls, value: str | None) -> str | None:
        if value is not None and not urlsplit(value).scheme:
            raise ValueError("it must be a URI, such as urn:example:registry or https://registry.example")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = list(_halves(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment (by default this process's) asks for; empty counts as not set.

    Raises: Misconfigured, naming every variable that is wrong
    """
    given = {
        name: value for name, value in (os.environ if environ is None else environ).items() if name.startswith(PREFIX)
    }
    known = {variable(field) for field in Settings.model_fields}
    problems = [_unknown(name, known) for name in given if name not in known and not name.startswith(_OF_THE_TESTS)]
    if problems:
        raise Misconfigured(problem="; ".join(problems))
    values = {name.removeprefix(PREFIX).lower(): value for name, value in given.items() if name in known and value}
    try:
        return Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        raise Misconfigured(problem="; ".join(_spoken(error))) from None


def variable(field: str) -> str:
    """Return the environment variable of a field of `Settings`."""
    return PREFIX + field.upper()


def options() -> list[Option]:
    """Return every option with its default and its sentence, for people who look for one."""
    return [
        Option(variable(name), _shown(field.get_default(call_default_factory=False)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _halves(settings: Settings) -> Iterator[str]:
    """Yield what contradicts itself or is only half said."""
    yield from _half_of_the_keys(settings)
    said = settings.model_fields_set
    if settings.kafka_bootstrap_servers is None:
        for field in _ONLY_OUTSIDE:
            if field in said:
                yield f"{variable(field)} is for an own Kafka, but {variable('kafka_bootstrap_servers')} is not set"
        return
    for field in _NEEDED_OUTSIDE:
        if getattr(settings, field) is None:
            yield f"{variable(field)} is missing, and {variable('kafka_bootstrap_servers')} is set"
    names = [getattr(settings, field) for field in _KAFKA_USERS]
    if len(set(names)) < len(names):
        fields = ", ".join(variable(field) for field in _KAFKA_USERS)
        yield f"{fields} must differ: each user has rights of its own"
    if "kafka_brokers" in said:
        yield f"{variable('kafka_brokers')} is for the embedded Kafka, but an own one is configured"
    if settings.kafka_security_protocol != "SASL_SSL" and settings.kafka_ca_file is not None:
        yield f"{variable('kafka_ca_file')} is set, but {variable('kafka_security_protocol')} is not SASL_SSL"
    if "kafka_security_protocol" not in said and not _on_this_machine(settings.kafka_bootstrap_servers):
        yield f"{variable('kafka_security_protocol')} must say how to speak to a Kafka on another machine"


def _half_of_the_keys(settings: Settings) -> Iterator[str]:
    for key, other in (("master_key", "id_key"), ("id_key", "master_key")):
        if getattr(settings, key) is None:
            continue
        if getattr(settings, f"{key}_file") is not None:
            yield f"{variable(key)} and {variable(f'{key}_file')} are both set; one of them says which key it is"
        if getattr(settings, other) is None and getattr(settings, f"{other}_file") is None:
            yield f"{variable(key)} is set, but neither {variable(other)} nor {variable(f'{other}_file')}"


def _on_this_machine(servers: str) -> bool:
    hosts = [server.strip().rpartition(":")[0].strip("[]") for server in servers.split(",")]
    return all(host == "localhost" or _loopback(host) for host in hosts)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _unknown(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"there is no {name}" + (f" (did you mean {near[0]}?)" if near else "")


def _spoken(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        text = problem["msg"].removeprefix("Value error, ")
        where = variable(str(problem["loc"][0])) if problem["loc"] else None
        yield f"{where}: {text}" if where else text


def _shown(default: object) -> str:
    return "" if default is None or default is PydanticUndefined else str(default)
