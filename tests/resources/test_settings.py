from datetime import UTC, timedelta
from pathlib import Path

import pytest

from resources.settings import Settings, load_settings, now
from saetm.errors import InputError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    for field in Settings.model_fields:
        monkeypatch.delenv(f"SAETM_{field.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default_that_needs_nothing_outside(tmp_path):
    settings = load_settings()

    assert settings.root == tmp_path / ".saetm"
    assert settings.lake_uri == str(tmp_path / ".saetm" / "lake")
    assert settings.inbox_uri == str(tmp_path / ".saetm" / "inbox")
    assert settings.dagster_home == tmp_path / ".saetm" / "dagster"
    assert (settings.api_url, settings.api_key, settings.nltk_download) == (None, None, False)
    assert (settings.device, settings.executor, settings.batch_size) == ("auto", "in_process", 64)
    assert not (tmp_path / ".saetm").exists()


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_every_setting_is_described(field):
    assert Settings.model_fields[field].description


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("SAETM_BATCH_SIZE", "7", "batch_size", 7),
        ("saetm_batch_size", "7", "batch_size", 7),
        ("SAETM_EXECUTOR", "multiprocess", "executor", "multiprocess"),
        ("SAETM_NLTK_DOWNLOAD", "true", "nltk_download", True),
        ("SAETM_LEXICON", "simplemma", "lexicon", "simplemma"),
        ("SAETM_HOME", "/srv/saetm", "root", Path("/srv/saetm")),
        ("SAETM_LAKE", "s3://bucket/lake", "lake_uri", "s3://bucket/lake"),
        ("SAETM_LAKE", "/data/../data/lake", "lake_uri", "/data/lake"),
        ("SAETM_INBOX", "s3://bucket/inbox", "inbox_uri", "s3://bucket/inbox"),
        ("SAETM_INBOX", "/data/inbox/", "inbox_uri", "/data/inbox"),
        ("SAETM_LAKE", "~/lake", "lake_uri", str(Path("~/lake").expanduser())),
        ("SAETM_INSTANCE", "/etc/saetm", "dagster_home", Path("/etc/saetm")),
        ("SAETM_EXPLORER_URL", "https://a.b:81/x/", "explorer_url", "https://a.b:81/x"),
        ("SAETM_DAGSTER_URL", "http://[::1]:3000", "dagster_url", "http://[::1]:3000"),
    ],
)
def test_a_variable_with_the_prefix_is_read(monkeypatch, variable, value, field, expected):
    monkeypatch.setenv(variable, value)

    assert getattr(load_settings(), field) == expected


def test_a_relative_lake_does_not_move_with_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("SAETM_LAKE", "tables")

    assert load_settings().lake_uri == str(tmp_path / "tables")


def test_variables_without_the_prefix_and_empty_ones_count_as_not_set(monkeypatch):
    default = load_settings()
    for name in ("BATCH_SIZE", "HOME_", "SAETM_BATCH_SIZE", "SAETM_HOME", "SAETM_LAKE"):
        monkeypatch.setenv(name, "" if name.startswith("SAETM") else "3")
    monkeypatch.setenv("SAETM_UNKNOWN", "3")

    assert load_settings() == default
    assert load_settings().root == default.root


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SAETM_BATCH_SIZE", "many"),
        ("SAETM_BATCH_SIZE", "0"),
        ("SAETM_BATCH_SIZE", "9" * 5000),
        ("SAETM_EXECUTOR", "celery"),
        ("SAETM_LEXICON", "word\nnet"),
        ("SAETM_EXPLORER_URL", "javascript:alert(1)"),
        ("SAETM_EXPLORER_URL", "http://x/) <b>"),
        ("SAETM_DAGSTER_URL", "127.0.0.1:3000"),
        ("SAETM_DAGSTER_URL", "http://user:secret@host"),
        ("SAETM_NLTK_DOWNLOAD", "perhaps"),
        ("SAETM_HOME", "~nobody-of-that-name/x"),
        ("SAETM_LAKE", "~nobody-of-that-name/x"),
        ("SAETM_INBOX", "~nobody-of-that-name/x"),
        ("SAETM_INSTANCE", "~nobody-of-that-name/x"),
    ],
    ids=lambda value: value[:40],
)
def test_a_bad_value_is_one_sentence_that_names_the_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError) as caught:
        load_settings()

    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_key_is_not_shown(monkeypatch):
    monkeypatch.setenv("SAETM_API_KEY", "top secret")
    settings = load_settings()

    assert "top secret" not in repr(settings) + str(settings.model_dump())
    assert settings.api_key.get_secret_value() == "top secret"


def test_the_clock_shows_universal_time_and_goes_on():
    first = now()

    assert first.tzinfo is UTC
    assert timedelta(0) <= now() - first < timedelta(minutes=1)
