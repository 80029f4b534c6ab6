"""What a message of each type says, as words that people read on the desk."""

from __future__ import annotations

from wechat.push import Push

MEDIA = frozenset({"image", "voice", "video", "shortvideo"})


def words_of(push: Push) -> str:
    """The customer's words; of a place or a link, what the customer sees of it. Links are never fetched."""
    told = push.fields.get
    if push.type == "text":
        return told("Content", "")
    if push.type == "location":
        return f"{told('Label', '')} ({told('Location_X', '')}, {told('Location_Y', '')})".strip()
    if push.type == "link":
        return "\n".join(filter(None, (told("Title"), told("Description"), told("Url"))))
    return ""


def media_of(push: Push) -> str:
    """The media's id; of a voice the better one (16 kHz) where WeChat offers it."""
    return push.fields.get("MediaId16K") or push.fields.get("MediaId", "")
