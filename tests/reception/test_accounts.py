"""Phones of accounts: what can be rung at all, and what Twilio cannot ring for us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reception import accounts
from reception.accounts import Unfit
from store import users
from store.db import Database
from tests.fakes.complaints import NOON, database

PASSWORD = "a long enough password"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    base = database(tmp_path)
    yield base
    base.close()


def made(db: Database, phone: str, trunk: bool = False) -> str | None:
    with db.writing() as conn:
        id = accounts.create(conn, "lin", "林", "agent", PASSWORD, NOON, phone, trunk)
        row = users.get(conn, id)
        assert row is not None
        return str(row.phone) if row.phone else None


@pytest.mark.parametrize(
    "phone", ["client:agent1", "sip:lin@desk.example", "sips:lin@desk.example:5061", "tel:+12025550123"]
)
def test_a_phone_that_rings(db: Database, phone: str) -> None:
    assert made(db, phone) == phone


@pytest.mark.parametrize(
    "phone", ["13800138000", "tel:13800138000", "tel:+86", "tel:+861380013800012345", "https://x", "sip:lin"]
)
def test_a_phone_that_nothing_rings(db: Database, phone: str) -> None:
    with pytest.raises(Unfit, match="bad_phone"):
        made(db, phone)


def test_a_telephone_on_the_mainland_needs_our_own_trunk(db: Database) -> None:
    with pytest.raises(Unfit, match="no_trunk"):
        made(db, "tel:+8613800138000")
    assert made(db, "tel:+8613800138000", trunk=True) == "tel:+8613800138000"


@pytest.mark.parametrize("reason", ["bad_phone", "no_trunk"])
def test_each_reason_has_its_words(reason: str) -> None:
    labels = Path(accounts.__file__).resolve().parents[1] / "content" / "labels.yml"
    told = labels.read_text("utf-8").partition("account_errors:")[2]
    assert f"\n  {reason}: " in told
