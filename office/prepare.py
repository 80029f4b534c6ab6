"""`python -m office.prepare`: everything an installation needs before its first start. Safe to repeat.

Prints `login: NAME PASSWORD` for the accounts it makes, once and only when there is nobody yet; no
password is kept anywhere else.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.content import ContentError
from office import outgoing, webhooks
from reception import accounts
from reception.content import load_words
from settings import Settings, Wrong, kept_token, load
from store import deliveries, users
from store.db import Connection, Database, Unfit

API_TOKEN = "api_token"
SIMULATOR_TOKEN = "simulator_token"
DESTINATION = "default"
CONTENT = Path(__file__).resolve().parent.parent / "content"


@dataclass(frozen=True)
class Person:
    """A first account: what it may do, what customers call it (a role), and the phone that rings."""

    login: str
    role: str
    called: str
    phone: str | None = None


FIRST = (
    Person("supervisor", "admin_agent", "supervisor"),
    Person("agent", "agent", "agent", "client:agent"),
)


def main() -> int:
    os.umask(0o077)
    try:
        settings = load()
        check_webhook(settings)
        for line in prepare(settings, datetime.now(UTC)):
            print(line)
    except (Wrong, Unfit, ContentError) as error:
        print(f"jiesu: not prepared: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"jiesu: not prepared: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    return 0


def prepare(settings: Settings, now: datetime) -> Iterator[str]:
    """Secrets, tables, first accounts, destination. Yields the lines to print."""
    settings.data_dir.chmod(0o700)
    kept_token(settings.data_dir / SIMULATOR_TOKEN)
    token = kept_token(settings.data_dir / API_TOKEN)
    db = Database(settings.database_url)
    try:
        db.migrate()
        db.check()
        with db.writing() as conn:
            know_token(conn, token, now)
            set_destination(conn, settings, now)
            made = list(first_accounts(conn, now))
    finally:
        db.close()
    for file in settings.data_dir.glob("jiesu.db*"):
        file.chmod(0o600)
    yield from made


def know_token(conn: Connection, token: str, now: datetime) -> None:
    """The database keeps only the digest, so a stolen copy opens nothing."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    if users.token_name(conn, digest) is None:
        users.add_token(conn, DESTINATION, digest, now)


def check_webhook(settings: Settings) -> None:
    """Raises Wrong, in words for whoever sets the variables."""
    if not settings.webhook_url:
        return
    try:
        outgoing.check_url(settings.webhook_url)
        webhooks.keys(settings.webhook_secret)
    except outgoing.Unsuitable as unsuitable:
        raise Wrong([f"JIESU_WEBHOOK_URL: {unsuitable}"]) from None
    except webhooks.WeakSecret as weak:
        made = "python3 -c 'import base64, os; print(\"whsec_\" + base64.b64encode(os.urandom(32)).decode())'"
        raise Wrong([f"JIESU_WEBHOOK_SECRET: {weak}; make one with: {made}"]) from None


def set_destination(conn: Connection, settings: Settings, now: datetime) -> None:
    """The back office of the settings; without one, an earlier one hears nothing more."""
    if settings.webhook_url:
        secret = settings.webhook_secret
        deliveries.set_destination(conn, DESTINATION, settings.webhook_url, secret, now)
    else:
        deliveries.remove_destination(conn, DESTINATION, now)


def first_accounts(conn: Connection, now: datetime) -> Iterator[str]:
    """An agent, and a supervisor who also keeps the accounts, when there is nobody."""
    if users.count(conn):
        return
    words = load_words(CONTENT)
    for person in FIRST:
        password = secrets.token_urlsafe(12)
        name = words.label("roles", person.called)
        accounts.create(conn, person.login, name, person.role, password, now, person.phone)
        yield f"login: {person.login} {password}"


if __name__ == "__main__":
    sys.exit(main())
