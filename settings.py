"""Every environment variable, read once where a process starts, and refused in plain words when wrong.

What each one means stands in docs/running.md; a test compares the two.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from core.roles import RULES

ROOT = Path(__file__).resolve().parent

SAMPLES = frozenset(
    {"changeme", "change-me", "secret", "password", "test", "testing", "dev", "example", "jiesu"}
)
LEAST_SECRET = 16
STREAM_MARGIN = 16
"""Threads that no event stream may take: they answer the phone."""
WECHAT_APP_ID = re.compile(r"wx[0-9a-f]{16}")
WECHAT_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
WECHAT_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{20,64}")
WECOM_CORP_ID = re.compile(r"w[wx][0-9a-f]{16}")
T = TypeVar("T")
HEARING = ("NONE", "VOSK", "FASTER_WHISPER", "AZURE", "GOOGLE_CLOUD")
LOCAL = ("127.0.0.1", "localhost", "::1")
SECOND_FACTOR = tuple(rule.upper() for rule in RULES)
WORKER_CLASSES = ("GTHREAD", "GEVENT")
THREADS = 640
"""As in the Procfile. They are started as they are needed."""
STREAMS_OF_GEVENT, MOST_STREAMS = 4000, 9000
"""In one process, where a stream costs no thread: unless said otherwise, and at most."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Wrong(Exception):
    """The settings cannot be used; the text says what is wrong and what to do, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Twilio:
    """Twilio's own names. Without `auth_token` the phone door refuses every request; without `api_key` no
    browser can be a phone. `api_url`: where its REST side is, for a stand-in on this machine."""

    account_sid: str
    auth_token: str = field(repr=False)
    caller_id: str
    api_key: str
    api_secret: str = field(repr=False)
    byoc_trunk: str
    api_url: str

    @property
    def on(self) -> bool:
        return bool(self.auth_token)


@dataclass(frozen=True)
class WeChat:
    """The verified service account, by the names of its settings page. Without them the door is closed.
    `transfer`: who wishes for a person is handed to Tencent's own desk.
    `template`: its id of the message that tells of progress; without it people call.
    `api_url`: where WeChat's own side is, for a stand-in on this machine. `port`: where the callback's own
    process listens."""

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    template: str
    api_url: str
    port: int
    transfer: bool

    @property
    def on(self) -> bool:
        return bool(self.app_id)


@dataclass(frozen=True)
class Kf:
    """WeChat customer service (Kf), by the names of its settings page. Without them its door is closed.
    `api_url`: where WeCom's own side is, for a stand-in on this machine."""

    corp_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_url: str

    @property
    def on(self) -> bool:
        return bool(self.corp_id)


@dataclass(frozen=True)
class Hearing:
    """The engine that hears recordings, and what it needs; `none`: a person listens."""

    engine: str
    model: str
    key: str = field(repr=False)
    region: str
    credentials: str


@dataclass(frozen=True)
class SignOn:
    """The house's own login service (OpenID Connect); without `issuer` there is none. `name`: what its button
    says, in place of our words."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str

    @property
    def on(self) -> bool:
        return bool(self.issuer)


@dataclass(frozen=True)
class Settings:
    """What this installation was told. URLs carry no slash at the end; empty text means not set."""

    data_dir: Path
    database_url: str
    secret_key: str = field(repr=False)
    public_url: str
    port: int
    actions_port: int
    proxies: int
    workers: int
    worker_class: str
    threads: int
    streams: int
    redis_url: str = field(repr=False)
    rasa_url: str
    webhook_url: str
    webhook_secret: str = field(repr=False)
    webhook_private: bool
    twilio: Twilio
    simulator_token: str = field(repr=False)
    hold_music_url: str
    sweep_hours: int
    record_talks: bool
    hearing: Hearing
    second_factor: str
    sign_on: SignOn
    audit_heads: Path
    wechat: WeChat
    kf: Kf
    case_links_last: timedelta
    log_level: str

    @property
    def secure(self) -> bool:
        """Customers come by https, so cookies never travel without it."""
        return self.public_url.startswith("https:")


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """All settings. Makes the data folder, and the secret key in it, when they are missing. Raises Wrong."""
    ask = _Reader(env)
    data_dir = (ROOT / ask.text("JIESU_DATA_DIR", "var")).resolve()
    port = ask.number("JIESU_PORT", 8000, 1, 65535)
    worker_class = ask.one_of("JIESU_WEB_CLASS", WORKER_CLASSES, "GTHREAD").lower()
    threads = ask.number("JIESU_WEB_THREADS", THREADS, STREAM_MARGIN + 1, 10_000)
    threaded = worker_class == "gthread"
    most = threads - STREAM_MARGIN if threaded else MOST_STREAMS
    usual = max(1, min(most, threads - 2 * STREAM_MARGIN)) if threaded else STREAMS_OF_GEVENT
    settings = Settings(
        data_dir=data_dir,
        database_url=ask.database(f"sqlite:///{data_dir}/jiesu.db"),
        secret_key=ask.secret("JIESU_SECRET_KEY"),
        public_url=ask.address("JIESU_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        port=port,
        actions_port=ask.number("JIESU_ACTIONS_PORT", 5055, 1, 65535),
        proxies=ask.number("JIESU_PROXIES", 0, 0, 5),
        workers=ask.number("JIESU_WEB_WORKERS", 1, 1, 16),
        worker_class=worker_class,
        threads=threads,
        streams=ask.number("JIESU_STREAMS", usual, 0, most),
        redis_url=ask.redis("JIESU_REDIS_URL"),
        rasa_url=ask.address("JIESU_RASA_URL", "http://127.0.0.1:5005"),
        webhook_url=ask.address("JIESU_WEBHOOK_URL", "", path=True),
        webhook_secret=ask.secret("JIESU_WEBHOOK_SECRET"),
        webhook_private=ask.yes("JIESU_WEBHOOK_PRIVATE"),
        twilio=_twilio(ask),
        simulator_token=ask.secret("JIESU_SIMULATOR_TOKEN"),
        hold_music_url=ask.address("JIESU_HOLD_MUSIC_URL", "", path=True),
        sweep_hours=ask.number("JIESU_SWEEP_HOURS", 2, 1, 24),
        record_talks=ask.yes("JIESU_RECORD_TALKS", "yes"),
        hearing=_hearing(ask),
        second_factor=ask.one_of("JIESU_SECOND_FACTOR", SECOND_FACTOR, "CHOSEN").lower(),
        sign_on=_sign_on(ask),
        audit_heads=ROOT / ask.text("JIESU_AUDIT_HEADS", str(data_dir / "audit-heads.txt")),
        wechat=_wechat(ask),
        kf=_kf(ask),
        case_links_last=timedelta(days=ask.number("JIESU_CASE_LINK_DAYS", 180, 1, 3650)),
        log_level=ask.one_of("JIESU_LOG_LEVEL", LEVELS, "INFO"),
    )
    if ask.problems:
        raise Wrong(ask.problems)
    return _kept(settings)


def _twilio(ask: _Reader) -> Twilio:
    twilio = Twilio(
        account_sid=ask.sid("TWILIO_ACCOUNT_SID", "AC"),
        auth_token=ask.secret("TWILIO_AUTH_TOKEN"),
        caller_id=ask.text("TWILIO_CALLER_ID", ""),
        api_key=ask.sid("TWILIO_API_KEY", "SK"),
        api_secret=ask.secret("TWILIO_API_SECRET"),
        byoc_trunk=ask.sid("TWILIO_BYOC_TRUNK_SID", "BY"),
        api_url=ask.local_address("JIESU_TWILIO_API_URL"),
    )
    key, secret, account = ask.given("TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_ACCOUNT_SID")
    if key != secret:
        ask.refuse("TWILIO_API_KEY", "and TWILIO_API_SECRET belong together: set both, or neither")
    elif key and not account:
        ask.refuse("TWILIO_API_KEY", "says nothing without TWILIO_ACCOUNT_SID: set that too")
    return twilio


def _wechat(ask: _Reader) -> WeChat:
    wechat = WeChat(
        app_id=ask.shaped("WECHAT_APP_ID", WECHAT_APP_ID, "must be wx and 16 hexadecimal digits"),
        app_secret=ask.secret("WECHAT_APP_SECRET"),
        token=ask.secret("WECHAT_TOKEN"),
        aes_key=ask.shaped("WECHAT_AES_KEY", WECHAT_AES_KEY, "must be 43 letters and digits"),
        template=ask.shaped("WECHAT_TEMPLATE_PROGRESS", WECHAT_TEMPLATE, "must be 20 to 64 characters"),
        api_url=ask.local_address("JIESU_WECHAT_API_URL"),
        port=ask.number("JIESU_WECHAT_PORT", 8001, 1, 65535),
        transfer=ask.yes("JIESU_WECHAT_TRANSFER"),
    )
    names = ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_AES_KEY")
    if len(set(ask.given(*names))) > 1:
        ask.refuse("WECHAT_APP_ID", f"and {', '.join(names[1:])} belong together: set all four, or none")
    return wechat


def _kf(ask: _Reader) -> Kf:
    names = ("WECOM_CORP_ID", "WECOM_KF_SECRET", "WECOM_KF_TOKEN", "WECOM_KF_AES_KEY")
    kf = Kf(
        corp_id=ask.shaped(names[0], WECOM_CORP_ID, "must be ww (or wx) and 16 hexadecimal digits"),
        secret=ask.secret(names[1]),
        token=ask.secret(names[2]),
        aes_key=ask.shaped(names[3], WECHAT_AES_KEY, "must be 43 letters and digits"),
        api_url=ask.local_address("JIESU_WECOM_API_URL"),
    )
    if len(set(ask.given(*names))) > 1:
        ask.refuse(names[0], f"and {', '.join(names[1:])} belong together: set all four, or none")
    return kf


def _hearing(ask: _Reader) -> Hearing:
    return Hearing(
        engine=ask.one_of("JIESU_HEARING", HEARING, "NONE").lower(),
        model=ask.text("JIESU_HEARING_MODEL", ""),
        key=ask.text("JIESU_HEARING_KEY", ""),
        region=ask.text("JIESU_HEARING_REGION", ""),
        credentials=ask.text("JIESU_HEARING_CREDENTIALS", ""),
    )


def _sign_on(ask: _Reader) -> SignOn:
    named = ("JIESU_OIDC_ISSUER", "JIESU_OIDC_CLIENT_ID", "JIESU_OIDC_CLIENT_SECRET")
    sign_on = SignOn(
        issuer=ask.trusted_address(named[0]),
        client_id=ask.text(named[1], ""),
        client_secret=ask.secret(named[2]),
        name=ask.text("JIESU_OIDC_NAME", ""),
    )
    if len(set(ask.given(*named))) > 1:
        ask.refuse(named[0], f"{named[1]} and {named[2]} belong together: set all three, or none")
    return sign_on


def _kept(settings: Settings) -> Settings:
    """The settings with a data folder that exists and a secret key that stays the same from now on."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = settings.secret_key or own_key(settings.data_dir / "secret_key")
    except OSError as error:
        where = error.filename or settings.data_dir
        raise Wrong(
            [f"JIESU_DATA_DIR: {where} cannot be used ({error.strerror}); name a writable folder"]
        ) from None
    return replace(settings, secret_key=key)


def own_key(path: Path) -> str:
    """The key kept in the data folder. Raises Wrong for a weak one."""
    key = kept_token(path)
    problem = weakness(key)
    if problem:
        raise Wrong([f"{path} {problem}; delete the file and start again (everybody is logged out)"])
    return key


def kept_token(path: Path) -> str:
    """The token in this file, made when it is missing; readable by its owner only. Made once, also when
    several processes start together."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        draft.touch(0o600)
        draft.write_text(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    path.chmod(0o600)
    return path.read_text().strip()


def weakness(secret: str) -> str | None:
    """What is wrong with a secret, in words that fit after its name; None when it will do."""
    if secret.strip().lower() in SAMPLES:
        return "is a well-known sample"
    if len(secret.encode()) < LEAST_SECRET:
        return f"is shorter than {LEAST_SECRET} bytes"
    if len(set(secret)) < 5:
        return "repeats too few characters"
    return None


class _Reader:
    """Reads variables by name, and collects what is wrong with them, so that all is told at once."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return (self._env.get(name) or default).strip()

    def number(self, name: str, default: int, least: int, most: int) -> int:
        raw = self.text(name, str(default))
        if not (raw.isascii() and raw.isdigit() and least <= int(raw) <= most):
            return self._wrong(name, f"must be a whole number from {least} to {most}, not {raw!r}", default)
        return int(raw)

    def yes(self, name: str, default: str = "no") -> bool:
        raw = self.text(name, default).lower()
        known = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
        return known[raw] if raw in known else self._wrong(name, "must be yes or no", False)

    def one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        raw = self.text(name, default).upper()
        return raw if raw in known else self._wrong(name, f"must be one of {', '.join(known)}", default)

    def secret(self, name: str) -> str:
        """Empty when not set. A weak one is refused, and never repeated in the message."""
        raw = self._env.get(name)
        if raw is None or raw == "":
            return ""
        problem = weakness(raw)
        advice = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        return self._wrong(name, f"{problem}; {advice}", "") if problem else raw

    def sid(self, name: str, kind: str) -> str:
        """One of Twilio's names: two letters, then 32 hexadecimal digits. Empty when not set."""
        raw = self.text(name, "")
        if raw and not re.fullmatch(f"{kind}[0-9a-fA-F]{{32}}", raw):
            return self._wrong(name, f"must be {kind} and 32 hexadecimal digits, as in Twilio's console", "")
        return raw

    def shaped(self, name: str, shape: re.Pattern[str], problem: str) -> str:
        """A name of a provider's, of this shape; never repeated in the message. Empty when not set."""
        raw = self.text(name, "")
        if raw and not shape.fullmatch(raw):
            return self._wrong(name, problem, "")
        return raw

    def given(self, *names: str) -> list[bool]:
        """Which of these are set at all, whether they will do or not."""
        return [bool(self._env.get(name)) for name in names]

    def refuse(self, name: str, problem: str) -> None:
        self.problems.append(f"{name} {problem}")

    def address(self, name: str, default: str, *, path: bool = False) -> str:
        raw = self.text(name, default)
        if not raw:
            return ""
        problem = _bad_address(raw, path)
        return self._wrong(name, problem, default) if problem else raw.rstrip("/")

    def local_address(self, name: str) -> str:
        """An address of this machine, or empty: what is sent there is as secret as our tokens."""
        raw = self.address(name, "")
        if raw and urlsplit(raw).hostname not in LOCAL:
            return self._wrong(name, "must be an address of this machine", "")
        return raw

    def trusted_address(self, name: str) -> str:
        """An https address, or one of this machine, or empty: who answers there says who somebody is."""
        raw = self.address(name, "", path=True)
        if raw and urlsplit(raw).scheme != "https" and urlsplit(raw).hostname not in LOCAL:
            return self._wrong(name, "must begin with https:", "")
        return self.text(name, "") if raw else ""

    def redis(self, name: str) -> str:
        """A Redis server, or empty. Its password may stand in the address, which is never repeated."""
        raw = self.text(name, "")
        hint = "must look like redis://127.0.0.1:6379/0"
        try:
            parts = urlsplit(raw)
            fits = not raw or (
                parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
            )
        except ValueError:
            fits = False
        return raw if fits else self._wrong(name, hint, "")

    def database(self, default: str) -> str:
        raw = self.text("JIESU_DATABASE_URL", default)
        if raw.startswith("sqlite:///") and len(raw) > len("sqlite:///"):
            return raw
        hint = "must look like sqlite:////folder/jiesu.db (other databases come in a later version)"
        return self._wrong("JIESU_DATABASE_URL", hint, default)

    def _wrong(self, name: str, problem: str, default: T) -> T:
        self.refuse(name, problem)
        return default


def _bad_address(raw: str, path: bool) -> str | None:
    hint = "must look like https://complaints.example.com"
    try:
        parts = urlsplit(raw)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return hint
    if not (whole and raw.isascii()) or any(mark in raw for mark in " \"'<>\\"):
        return hint
    if parts.username or parts.query or parts.fragment:
        return f"{hint}, without user name, ? or #"
    if parts.path.rstrip("/") and not path:
        return f"{hint}, without a path"
    return None
