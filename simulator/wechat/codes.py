"""WeChat's error codes that the stand-in answers with (Tencent, "Global return codes")."""

from __future__ import annotations

BUSY = -1
WRONG_TOKEN = 40001
WRONG_CONTACT = 40003
WRONG_MEDIA_TYPE = 40004
WRONG_FILE = 40005
WRONG_SIZE = 40006
WRONG_MEDIA = 40007
WRONG_TYPE = 40008
WRONG_IMAGE_SIZE = 40009
WRONG_APP = 40013
WRONG_TEMPLATE = 40037
WRONG_SECRET = 40125
NO_MEDIA = 41005
NOT_ALLOWED = 40164
UNFOLLOWED = 43004
TOO_LONG = 45002
DAILY = 45009
TOO_FAST = 45011
WINDOW = 45015
SPENT = 45047
WRONG_COMMAND = 45072
TYPED_UNASKED = 45080
TYPED_TWICE = 45081
NO_JSON = 47001
WRONG_FIELD = 47003
NO_PERMISSION = 48001

MESSAGES = {
    BUSY: "system error",
    WRONG_TOKEN: "invalid credential, access_token is invalid or not latest",
    WRONG_CONTACT: "invalid openid",
    WRONG_MEDIA_TYPE: "invalid media type",
    WRONG_FILE: "invalid file type",
    WRONG_SIZE: "invalid media size",
    WRONG_MEDIA: "invalid media_id",
    WRONG_TYPE: "invalid message type",
    WRONG_IMAGE_SIZE: "invalid image size",
    WRONG_APP: "invalid appid",
    WRONG_TEMPLATE: "invalid template_id",
    WRONG_SECRET: "invalid appsecret",
    NO_MEDIA: "media data missing",
    NOT_ALLOWED: "invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist",
    UNFOLLOWED: "require subscribe",
    TOO_LONG: "content size out of limit",
    DAILY: "reach max api daily quota limit",
    TOO_FAST: "api minute-quota reach limit, must slower, retry next minute",
    WINDOW: "response out of time limit or subscription is canceled",
    SPENT: "out of response count limit",
    WRONG_COMMAND: "invalid command",
    TYPED_UNASKED: "no message within 30 seconds",
    TYPED_TWICE: "already typing",
    NO_JSON: "data format error",
    NO_PERMISSION: "api unauthorized",
    WRONG_FIELD: "argument invalid! data value invalid",
}


def answer(code: int) -> dict[str, object]:
    """The JSON object that says so."""
    return {"errcode": code, "errmsg": MESSAGES.get(code, "ok" if code == 0 else "error")}
