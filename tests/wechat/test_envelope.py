"""Signatures and envelopes against known answers, and against wechatpy, an independent implementation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto

from wechat.envelope import Envelope, Refused

KNOWN = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
GOOD = [*KNOWN["public"], *KNOWN["made"]]
SEALED = [entry for entry in GOOD if "aes_key" in entry]
TOKEN, KEY, ACCOUNT = "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2"


def envelope(entry: dict[str, Any]) -> Envelope:
    return Envelope(entry["token"], entry.get("aes_key", ""), entry.get("receive_id", ""))


def sealed(entry: dict[str, Any]) -> str:
    return str(entry.get("encrypt", entry.get("echostr", "")))


def by_name(entry: dict[str, Any]) -> str:
    return str(entry["name"])


@pytest.mark.parametrize("entry", [one for one in GOOD if "signature" in one], ids=by_name)
def test_plain_signatures(entry):
    envelope(entry).check(entry["signature"], entry["timestamp"], entry["nonce"])
    with pytest.raises(Refused):
        envelope(entry).check(entry["signature"], entry["timestamp"], entry["nonce"] + "0")


@pytest.mark.parametrize("entry", SEALED, ids=by_name)
def test_known_answers_open_and_are_sealed_alike(entry):
    ours = envelope(entry)
    opened = ours.open(sealed(entry), entry["msg_signature"], entry["timestamp"], entry["nonce"])
    assert opened == entry["plain"]
    assert ours.seal(opened, entry["random16"].encode()) == sealed(entry)


@pytest.mark.parametrize("entry", KNOWN["must_refuse"], ids=by_name)
def test_what_must_be_refused(entry):
    with pytest.raises(Refused):
        envelope(entry).open(sealed(entry), entry["msg_signature"], entry["timestamp"], entry["nonce"])


@pytest.mark.parametrize("words", ["一", "洗衣机漏水第三次了😡", "𠮷" * 40, "x" * 4096])
def test_an_independent_implementation_agrees(words):
    theirs, ours = WeChatCrypto(TOKEN, KEY, ACCOUNT), Envelope(TOKEN, KEY, ACCOUNT)
    message = f"<xml><Content><![CDATA[{words}]]></Content></xml>"
    wrapped = theirs.encrypt_message(message, "20300101", "1893456000")
    encrypted = wrapped.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    signature = wrapped.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    assert ours.open(encrypted, signature, "1893456000", "20300101") == message
    back = ours.seal(message, b"0123456789abcdef")
    signed = ours.signature("1893456000", "20300101", back)
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{back}]]></Encrypt></xml>"
    assert theirs.decrypt_message(body, signed, "1893456000", "20300101") == message
