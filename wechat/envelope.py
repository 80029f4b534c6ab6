"""What WeChat signs and encrypts ("safe mode"), opened and made.

Tencent, "Message push: encryption" (developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption).
The plain text is 16 random bytes, the message's length (unsigned, four bytes, big end first), the message,
the account's id, and a padding to 32 bytes: a stock PKCS#7 for AES's 16 would refuse most good messages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
SALT = 16
LENGTH = 4


class Refused(Exception):
    """Not from WeChat for this account, or not whole. The text names no content."""


@dataclass(frozen=True)
class Envelope:
    """One account's secrets: its token, the EncodingAESKey as shown in its settings, and its id."""

    token: str
    aes_key: str
    account: str

    def signature(self, *parts: str) -> str:
        """SHA-1 of the sorted parts, the token among them, one after the other."""
        joined = "".join(sorted((self.token, *parts)))
        return hashlib.sha1(joined.encode("utf-8", "surrogatepass")).hexdigest()

    def check(self, signature: str, *parts: str) -> None:
        """Raise Refused unless the signature is ours, compared in constant time."""
        given = signature.encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self.signature(*parts).encode()):
            raise Refused("wrong signature")

    def open(self, sealed: str, signature: str, timestamp: str, nonce: str) -> str:
        """The message inside. Raises Refused for a wrong signature, another account's, or a broken one."""
        self.check(signature, timestamp, nonce, sealed)
        return _message(_unpadded(self._decrypted(_bytes(sealed))), self.account)

    def seal(self, message: str, salt: bytes) -> str:
        """The message encrypted, as WeChat does; `salt`: 16 random bytes."""
        content = message.encode()
        plain = salt + len(content).to_bytes(LENGTH, "big") + content + self.account.encode()
        rest = BLOCK - len(plain) % BLOCK
        sealing = self._cipher().encryptor()
        return base64.b64encode(sealing.update(plain + bytes([rest]) * rest) + sealing.finalize()).decode()

    def _decrypted(self, sealed: bytes) -> bytes:
        opening = self._cipher().decryptor()
        return opening.update(sealed) + opening.finalize()

    def _cipher(self) -> Cipher[CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(AES(key), CBC(key[:16]))


def _bytes(sealed: str) -> bytes:
    try:
        content = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not base64") from None
    if not content or len(content) % (AES.block_size // 8):
        raise Refused("not whole blocks")
    return content


def _unpadded(plain: bytes) -> bytes:
    """Without the padding, of which every byte is looked at."""
    rest = plain[-1]
    if not 1 <= rest <= BLOCK or plain[-rest:] != bytes([rest]) * rest:
        raise Refused("wrong padding")
    return plain[:-rest]


def _message(plain: bytes, account: str) -> str:
    start = SALT + LENGTH
    if len(plain) < start:
        raise Refused("too short")
    end = start + int.from_bytes(plain[SALT:start], "big")
    if end > len(plain):
        raise Refused("wrong length")
    if not hmac.compare_digest(plain[end:], account.encode()):
        raise Refused("another account")
    try:
        return plain[start:end].decode()
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
