"""Pushes sealed by wechatpy, which shares no mistake with our envelope."""

from __future__ import annotations

import re

from wechatpy.crypto import WeChatCrypto

from simulator.wechat.pushing import Seal


def sealed_by_wechatpy(token: str, aes_key: str, app_id: str) -> Seal:
    crypto = WeChatCrypto(token, aes_key, app_id)

    def seal(message: str, timestamp: str, nonce: str) -> tuple[str, str]:
        wrapped = crypto.encrypt_message(message, nonce, timestamp)
        (sealed,) = re.findall(r"<Encrypt><!\[CDATA\[(.*?)\]\]>", wrapped)
        (signature,) = re.findall(r"<MsgSignature><!\[CDATA\[(.*?)\]\]>", wrapped)
        return sealed, signature

    return seal
