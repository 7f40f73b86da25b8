"""What is set wrongly is refused with the name of the variable; nothing set at all is a good configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Misconfigured, Settings, load_settings, options, variable

OUTSIDE = {
    "ICMS_KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092",
    "ICMS_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "ICMS_KAFKA_ADMIN_PASSWORD": "a",
    "ICMS_KAFKA_RELAY_PASSWORD": "b",
    "ICMS_KAFKA_AUDITOR_PASSWORD": "c",
}


def test_nothing_set_is_the_local_stack() -> None:
    settings = load_settings({})

    assert settings.database_url is None
    assert settings.kafka_bootstrap_servers is None
    assert settings.state_dir.is_absolute()
    assert settings.web_host == "127.0.0.1"


def test_empty_counts_as_not_set() -> None:
    assert load_settings({"ICMS_DATABASE_URL": "", "ICMS_WEB_PORT": ""}) == load_settings({})


def test_an_own_kafka_is_taken_when_it_is_wholly_described() -> None:
    settings = load_settings(OUTSIDE)

    assert settings.kafka_bootstrap_servers == "kafka.example:9092"
    assert settings.kafka_relay_password is not None
    assert settings.kafka_relay_password.get_secret_value() == "b"


@pytest.mark.parametrize("left_out", sorted(set(OUTSIDE) - {"ICMS_KAFKA_BOOTSTRAP_SERVERS"}))
def test_half_an_own_kafka_is_refused(left_out: str) -> None:
    with pytest.raises(Misconfigured, match=left_out):
        load_settings({name: value for name, value in OUTSIDE.items() if name != left_out})


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"ICMS_WEBPORT": "1"}, "ICMS_WEBPORT .did you mean ICMS_WEB_PORT"),
        ({"ICMS_QQQ": "1"}, "there is no ICMS_QQQ"),
        ({"ICMS_WEB_PORT": "70000"}, "ICMS_WEB_PORT"),
        ({"ICMS_WEB_PORT": "eighty"}, "ICMS_WEB_PORT"),
        ({"ICMS_LOG_LEVEL": "loud"}, "ICMS_LOG_LEVEL"),
        ({"ICMS_DATABASE_URL": "mysql://somewhere"}, "postgresql://"),
        ({"ICMS_KAFKA_BROKERS": "2"}, "ICMS_KAFKA_BROKERS"),
        ({"ICMS_SOURCE_URI": "registry"}, "ICMS_SOURCE_URI"),
        ({"ICMS_MASTER_KEY_FILE": "/no/such/key"}, "there is no file /no/such/key"),
        ({"ICMS_KAFKA_RELAY_PASSWORD": "x"}, "ICMS_KAFKA_BOOTSTRAP_SERVERS is not set"),
        ({"ICMS_KAFKA_RELAY_USER": "x"}, "ICMS_KAFKA_RELAY_USER is for an own Kafka"),
        ({"ICMS_KAFKA_ADMIN_USER": "x"}, "ICMS_KAFKA_ADMIN_USER is for an own Kafka"),
        ({"ICMS_KAFKA_AUDITOR_USER": "x"}, "ICMS_KAFKA_AUDITOR_USER is for an own Kafka"),
        ({"ICMS_KAFKA_SUBSCRIBER_USER": "x"}, "ICMS_KAFKA_SUBSCRIBER_USER is for an own Kafka"),
        ({"ICMS_KAFKA_SASL_MECHANISM": "PLAIN"}, "ICMS_KAFKA_SASL_MECHANISM is for an own Kafka"),
        ({**OUTSIDE, "ICMS_KAFKA_RELAY_USER": "auditor"}, "ICMS_KAFKA_RELAY_USER.* must differ"),
        ({"ICMS_MASTER_KEY": "ab" * 32}, "neither ICMS_ID_KEY nor ICMS_ID_KEY_FILE"),
        ({"ICMS_ID_KEY": "ab" * 32}, "neither ICMS_MASTER_KEY nor ICMS_MASTER_KEY_FILE"),
        ({"ICMS_MASTER_KEY": "ab" * 31, "ICMS_ID_KEY": "ab" * 32}, "ICMS_MASTER_KEY: it must be 64"),
        (
            {"ICMS_MASTER_KEY": "ab" * 32, "ICMS_ID_KEY": "ab" * 32, "ICMS_ID_KEY_FILE": __file__},
            "ICMS_ID_KEY and ICMS_ID_KEY_FILE are both set",
        ),
        ({**OUTSIDE, "ICMS_KAFKA_BROKERS": "3"}, "ICMS_KAFKA_BROKERS"),
        ({**OUTSIDE, "ICMS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "ICMS_KAFKA_SECURITY_PROTOCOL"),
    ],
)
def test_what_is_wrong_is_refused_by_name(environ: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        load_settings(environ)


def test_a_ca_file_needs_encryption(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()

    with pytest.raises(Misconfigured, match="ICMS_KAFKA_CA_FILE"):
        load_settings({**OUTSIDE, "ICMS_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "ICMS_KAFKA_CA_FILE": str(ca)})


def test_a_refusal_names_every_fault_and_no_secret() -> None:
    wrong = {
        **OUTSIDE,
        "ICMS_KAFKA_ADMIN_PASSWORD": "hush-hush",
        "ICMS_ID_KEY": "hush-hush",
        "ICMS_WEB_PORT": "-1",
        "ICMS_LOG_LEVEL": "loud",
    }

    with pytest.raises(Misconfigured) as refusal:
        load_settings(wrong)

    assert "ICMS_WEB_PORT" in str(refusal.value)
    assert "ICMS_LOG_LEVEL" in str(refusal.value)
    assert "hush-hush" not in str(refusal.value)
    assert "hush-hush" not in repr(load_settings({**OUTSIDE, "ICMS_KAFKA_ADMIN_PASSWORD": "hush-hush"}))


def test_the_variables_of_the_tests_are_not_mistaken_for_typing_errors() -> None:
    load_settings({"ICMS_TEST_STATE_DIR": "/somewhere", "HOME": "/root"})


def test_every_option_is_explained() -> None:
    assert [option.variable for option in options()] == [variable(field) for field in Settings.model_fields]
    assert all(option.sentence.endswith(".") for option in options())
