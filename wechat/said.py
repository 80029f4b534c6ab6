"""What a message of each type says, as words that people read on the desk."""

from __future__ import annotations

from collections.abc import Collection

from wechat.push import EVENT, Push

TEXT = "text"
MEDIA = frozenset({"image", "voice", "video", "shortvideo"})
KNOWN = frozenset({TEXT, "location", "link", *MEDIA})
FOLLOWED_BY = "qrscene_"
"""How WeChat begins the scene of a code by which somebody has followed the account."""
BRACKETS = "[]【】"


def words_of(push: Push) -> str:
    """The customer's words; of a place or a link, what the customer sees of it. Links are never fetched."""
    told = push.fields.get
    if push.type == TEXT:
        return told("Content", "")
    if push.type == "location":
        return f"{told('Label', '')} ({told('Location_X', '')}, {told('Location_Y', '')})".strip()
    if push.type == "link":
        return "\n".join(filter(None, (told("Title"), told("Description"), told("Url"))))
    return ""


def media_of(push: Push) -> str:
    """The media's id; of a voice the better one (16 kHz) where WeChat offers it."""
    return push.fields.get("MediaId16K") or push.fields.get("MediaId", "")


def is_placeholder(words: str, known: Collection[str]) -> bool:
    """Whether WeChat wrote this in place of what it does not hand on, such as a sticker."""
    return words.strip().strip(BRACKETS) in known


def scene_of(push: Push) -> str:
    """What the code says that was scanned with this event, "" for none."""
    key = push.fields.get("EventKey", "") if push.type == EVENT else ""
    if push.event == "scan":
        return key
    return key.removeprefix(FOLLOWED_BY) if key.startswith(FOLLOWED_BY) else ""
