"""Every setting is refused in plain words when wrong, and told of in docs/running.md."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import settings

RUNNING = settings.ROOT / "docs" / "running.md"
GOOD = "Zm9vYmFyYmF6cXV4MTIzNDU2"


class Asking(dict):
    """An environment that remembers what it was asked for."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.asked: set[str] = set()

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)


def load(tmp_path, **env):
    return settings.load({"JIESU_DATA_DIR": str(tmp_path), **env})


def test_every_setting_is_documented_and_nothing_else_is(tmp_path):
    env = Asking({"JIESU_DATA_DIR": str(tmp_path)})
    settings.load(env)
    rows = re.findall(r"^\| (`(?:JIESU|TWILIO|WECHAT|WECOM)_[^|]+) \|", RUNNING.read_text("utf-8"), re.M)
    told = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    of_the_command = {"JIESU_CHROMIUM", "JIESU_PYTHON"}
    assert told - of_the_command == env.asked


def test_without_any_setting_everything_has_a_value(tmp_path):
    told = load(tmp_path)
    assert told.database_url == f"sqlite:///{tmp_path}/jiesu.db"
    assert told.public_url == "http://127.0.0.1:8000"
    assert not told.twilio.on
    assert not told.secure
    assert told.streams <= told.threads - settings.STREAM_MARGIN


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIESU_SECRET_KEY", "changeme"),
        ("JIESU_SECRET_KEY", "short"),
        ("JIESU_SECRET_KEY", " " * 40),
        ("JIESU_SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("TWILIO_AUTH_TOKEN", "test"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_API_KEY", "AC" + "0" * 32),
        ("TWILIO_API_SECRET", GOOD),
        ("TWILIO_BYOC_TRUNK_SID", "TK" + "0" * 32),
        ("JIESU_TWILIO_API_URL", "https://api.example.com"),
        ("JIESU_SWEEP_HOURS", "25"),
        ("JIESU_WEBHOOK_SECRET", "secret"),
        ("JIESU_PUBLIC_URL", "complaints.example.com"),
        ("JIESU_PUBLIC_URL", "ftp://example.com"),
        ("JIESU_PUBLIC_URL", "https://"),
        ("JIESU_PUBLIC_URL", "https://例子.中国"),
        ("JIESU_PUBLIC_URL", "https://user:pass@example.com"),
        ("JIESU_PUBLIC_URL", "https://example.com/jiesu"),
        ("JIESU_PUBLIC_URL", "https://example.com?x=1"),
        ("JIESU_PUBLIC_URL", "https://example.com:x"),
        ("JIESU_RASA_URL", "localhost:5005"),
        ("JIESU_DATABASE_URL", "postgresql://localhost/jiesu"),
        ("JIESU_DATABASE_URL", "sqlite:///"),
        ("JIESU_DATABASE_URL", "jiesu.db"),
        ("JIESU_PORT", "http"),
        ("JIESU_PORT", "0"),
        ("JIESU_PORT", "70000"),
        ("JIESU_WEB_THREADS", "4"),
        ("JIESU_STREAMS", "640"),
        ("JIESU_WEB_CLASS", "sync"),
        ("JIESU_WEB_WORKERS", "0"),
        ("JIESU_REDIS_URL", "localhost:6379"),
        ("JIESU_REDIS_URL", "redis://"),
        ("JIESU_PROXIES", "-1"),
        ("JIESU_LOG_LEVEL", "LOUD"),
        ("JIESU_WEBHOOK_PRIVATE", "maybe"),
        ("JIESU_SECOND_FACTOR", "sometimes"),
        ("JIESU_OIDC_ISSUER", "http://login.example.com"),
        ("JIESU_OIDC_ISSUER", "https://login.example.com?x=1"),
        ("JIESU_OIDC_CLIENT_SECRET", "changeme"),
    ],
)
def test_a_wrong_one_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(settings.Wrong, match=name):
        load(tmp_path, **{name: value})


def test_a_refused_secret_is_never_repeated(tmp_path):
    with pytest.raises(settings.Wrong) as wrong:
        load(tmp_path, JIESU_SECRET_KEY="hunter2hunter2x", TWILIO_AUTH_TOKEN="hunter2")
    assert "hunter2" not in str(wrong.value)
    assert GOOD not in repr(load(tmp_path, JIESU_SECRET_KEY=GOOD, TWILIO_AUTH_TOKEN=GOOD))


def test_an_api_key_needs_its_secret_and_the_account(tmp_path):
    key = {"TWILIO_API_KEY": "SK" + "0" * 32}
    with pytest.raises(settings.Wrong, match="TWILIO_API_SECRET belong together"):
        load(tmp_path, **key)
    with pytest.raises(settings.Wrong, match="without TWILIO_ACCOUNT_SID"):
        load(tmp_path, **key, TWILIO_API_SECRET=GOOD)
    whole = load(tmp_path, **key, TWILIO_API_SECRET=GOOD, TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert whole.twilio.api_key == "SK" + "0" * 32
    assert GOOD not in repr(whole)


def test_signing_on_elsewhere_needs_all_three(tmp_path):
    one = {"JIESU_OIDC_ISSUER": "https://login.example.com/realms/house"}
    with pytest.raises(settings.Wrong, match="JIESU_OIDC_CLIENT_SECRET belong together"):
        load(tmp_path, **one)
    whole = load(tmp_path, **one, JIESU_OIDC_CLIENT_ID="jiesu", JIESU_OIDC_CLIENT_SECRET=GOOD)
    assert whole.sign_on.on
    assert GOOD not in repr(whole)
    assert not load(tmp_path).sign_on.on


def test_the_notes_of_the_trail_can_be_kept_elsewhere(tmp_path):
    assert load(tmp_path).audit_heads == tmp_path / "audit-heads.txt"
    assert str(load(tmp_path, JIESU_AUDIT_HEADS="/elsewhere/heads.txt").audit_heads) == "/elsewhere/heads.txt"


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(settings.Wrong) as wrong:
        load(tmp_path, JIESU_PORT="x", JIESU_PUBLIC_URL="y", JIESU_SECRET_KEY="z")
    assert len(wrong.value.problems) == 3


def test_the_own_secret_is_made_once_and_kept(tmp_path):
    with ThreadPoolExecutor(8) as several:
        keys = set(several.map(lambda _: load(tmp_path).secret_key, range(8)))
    assert len(keys) == 1
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert settings.weakness(keys.pop()) is None
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_kept_secret_that_was_weakened_is_refused(tmp_path):
    (tmp_path / "secret_key").write_text("test")
    with pytest.raises(settings.Wrong, match="well-known sample"):
        load(tmp_path)


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(settings.Wrong, match="JIESU_DATA_DIR"):
        load(tmp_path / "file" / "folder")


def test_https_customers_have_secure_cookies(tmp_path):
    assert load(tmp_path, JIESU_PUBLIC_URL="https://tousu.example.com/").secure


@pytest.mark.parametrize(
    "start",
    [
        ["flask", "run", "--port", "0"],
        [
            "gunicorn",
            "--bind",
            "127.0.0.1:0",
            "--no-control-socket",
            "--worker-class",
            "gthread",
            "app:create_app()",
        ],
    ],
)
def test_the_application_ends_in_plain_words(tmp_path, start):
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_SECRET_KEY": "test", "PATH": ""}
    command = [sys.executable, "-m", *start]
    ended = subprocess.run(command, cwd=settings.ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 3
    assert "JIESU_SECRET_KEY is a well-known sample" in ended.stderr
    assert "Traceback" not in ended.stderr
