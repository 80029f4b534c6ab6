"""The one place where the house is put together, for every process that needs it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from core import number
from core.due import ZONE
from core.learned import NOT_LEARNED, NOTHING_LEARNED, Learned
from ivr.rest import API, Account, Line, Rest, Wire
from reception.assistant import Assistant
from reception.bell import Bell
from reception.case_links import Links
from reception.content import Content, load
from reception.desk import Agents
from reception.house import Clock, House
from reception.keeping import Names
from reception.reception import Reception
from settings import Settings
from store.db import Database
from wechat import door as wechat_door
from wechat.api import API as WECHAT
from wechat.api import Account as Client
from wechat.api import Api
from wechat.envelope import Envelope
from wechat.kf_api import API as WECOM
from wechat.kf_api import Corp, KfApi

CONTENT = Path(__file__).resolve().parent / "content"
LEARNED = Path(__file__).resolve().parent / "models" / "learned.json"  # made by tools/judgements.py
log = logging.getLogger("jiesu")


def now() -> datetime:
    """The wall clock, read nowhere else."""
    return datetime.now(UTC)


def house(settings: Settings, clock: Clock = now, content: Content | None = None) -> House:
    """Everything wired, the database brought to this version and checked; the words read unless given.

    Raises core.content.ContentError or store.db.Unfit, in words for whoever starts it.
    """
    bell = Bell(settings.redis_url, settings.database_url) if settings.redis_url else None
    db = Database(settings.database_url, bell.ring if bell else None)
    db.migrate()
    db.check()
    content = content or load(CONTENT, today=clock().astimezone(ZONE).date(), learned=learned())
    reception = Reception(
        db=db,
        content=content,
        assistant=Assistant(settings.rasa_url),
        ids=names(settings.secret_key),
        data_dir=settings.data_dir,
    )
    return House(
        db=db,
        content=content,
        clock=clock,
        data_dir=settings.data_dir,
        reception=reception,
        agents=Agents(db, content),
        case_links=Links(settings.secret_key, settings.public_url, settings.case_links_last),
        telephone=telephone(settings),
        trunk=settings.twilio.byoc_trunk,
        bell=bell,
        public_url=settings.public_url,
    )


def telephone(settings: Settings) -> Rest | None:
    """The phone company's REST side; None while the account's name or token is missing."""
    twilio = settings.twilio
    if not (twilio.account_sid and twilio.auth_token):
        return None
    account = Account(twilio.account_sid, twilio.auth_token, twilio.api_key, twilio.api_secret)
    line = Line(twilio.caller_id, twilio.byoc_trunk)
    return Rest(account, Wire(twilio.api_url or API), line)


def wechat(settings: Settings, content: Content) -> wechat_door.Account | None:
    """WeChat's service account; None while its settings are missing."""
    told = settings.wechat
    if not told.on:
        return None
    envelope = Envelope(told.token, told.aes_key, told.app_id)
    return wechat_door.Account(envelope, content.grants, told.transfer)


def kf_envelope(settings: Settings) -> Envelope | None:
    """What WeChat customer service seals its bell with; None while its settings are missing."""
    told = settings.kf
    return Envelope(told.token, told.aes_key, told.corp_id) if told.on else None


def kf_api(settings: Settings) -> KfApi | None:
    """WeChat customer service's own side; None while its settings are missing."""
    told = settings.kf
    return KfApi(Corp(told.corp_id, told.secret), told.api_url or WECOM) if told.on else None


def wechat_api(settings: Settings) -> Api | None:
    """WeChat's own side; None while the account's settings are missing."""
    told = settings.wechat
    return Api(Client(told.app_id, told.app_secret), told.api_url or WECHAT) if told.on else None


def learned(file: Path = LEARNED) -> Learned:
    """The learned judgements; none when they are not fitted yet or unreadable: then the cue lists stand
    alone, plainer, and the log says so."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, *NOT_LEARNED) as problem:
        log.warning("understanding by cue lists alone", extra={"why": type(problem).__name__})
        return NOTHING_LEARNED


@lru_cache(maxsize=1)
def _read(file: Path, _changed: int) -> Learned:
    """Read once in a process: it is large, and never changed after that."""
    return Learned.from_mapping(json.loads(file.read_text(encoding="utf-8")))


def names(secret: str) -> Names:
    """What must not be guessed: 128 random bits, eight random digits, and a keyed hash for Rasa."""
    return Names(
        conversation=lambda: secrets.token_urlsafe(16),
        number=lambda: number.make(10_000_000 + secrets.randbelow(90_000_000)),
        sender=lambda conversation, generation: _keyed(secret, f"{conversation}:{generation}"),
    )


def _keyed(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
