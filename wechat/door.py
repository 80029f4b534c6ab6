"""The door itself: the blueprint, and what it needs to read what WeChat sends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, current_app

from core.quota import Grant
from reception.house import House
from wechat.envelope import Envelope

log = logging.getLogger("jiesu.wechat")
blueprint = Blueprint("wechat", __name__)


@dataclass(frozen=True)
class Account:
    """The service account, as its settings page shows it. `grants`: what each act of a customer opens;
    `transfers`: who wishes for a person is handed to Tencent's own desk."""

    envelope: Envelope
    grants: Mapping[str, Grant]
    transfers: bool = False

    @property
    def id(self) -> str:
        return self.envelope.account


def kf_envelope() -> Envelope | None:
    """What Kf's bell is sealed with, or None while its door is closed because its settings are missing."""
    found: Envelope | None = current_app.extensions["jiesu_kf"]
    return found


def house() -> House:
    found: House = current_app.extensions["jiesu"]
    return found


def account() -> Account | None:
    """The account, or None while the door is closed because its settings are missing."""
    found: Account | None = current_app.extensions["jiesu_wechat"]
    return found
